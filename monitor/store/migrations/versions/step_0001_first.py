"""The first schema: what is watched, looks, packed looks, changes and doubts, heartbeats."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _key(name: str, kind: type[sa.types.TypeEngine[int]]) -> sa.Column[int]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _look() -> tuple[sa.Column[int], ...]:
    return (_key("slot", sa.BigInteger), _key("check_no", sa.Integer), _key("location_no", sa.SmallInteger))


def _watched() -> None:
    for name in ("site", "location"):
        op.create_table(
            name, sa.Column("no", sa.Integer, primary_key=True), sa.Column("key", sa.Text, nullable=False, unique=True)
        )
    for name in ("component", "check_def"):
        op.create_table(
            name,
            sa.Column("no", sa.Integer, primary_key=True),
            sa.Column("site_no", sa.Integer, sa.ForeignKey("site.no"), nullable=False),
            sa.Column("key", sa.Text, nullable=False),
            sa.UniqueConstraint("site_no", "key"),
        )
    op.create_table(
        "check_version",
        sa.Column("check_no", sa.Integer, sa.ForeignKey("check_def.no"), primary_key=True),
        _key("since", sa.BigInteger),
        sa.Column("component_no", sa.Integer, sa.ForeignKey("component.no"), nullable=False),
        sa.Column("config", sa.Text, nullable=False),
        sqlite_with_rowid=False,
    )


def _looks() -> None:
    op.create_table(
        "result",
        *_look(),
        sa.Column("at_offset", sa.Integer, nullable=False),
        sa.Column("took", sa.Integer),
        sa.Column("outcome", sa.SmallInteger, nullable=False),
        sa.Column("lag", sa.Integer, nullable=False),
        sqlite_with_rowid=False,
    )
    texts = [sa.Column(name, sa.Text) for name in ("note", "facts", "notices")]
    op.create_table("result_note", *_look(), *texts, sqlite_with_rowid=False)
    op.create_table("result_phase", *_look(), sa.Column("phases", sa.Text, nullable=False), sqlite_with_rowid=False)
    op.create_table(
        "rejected",
        sa.Column("no", _SERIAL, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("raw", sa.Text, nullable=False),
    )


def _packed() -> None:
    op.create_table(
        "chunk",
        _key("hour", sa.BigInteger),
        _key("check_no", sa.Integer),
        _key("location_no", sa.SmallInteger),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "packed_hour",
        _key("hour", sa.BigInteger),
        sa.Column("packed_at", sa.BigInteger, nullable=False),
        sa.Column("looks", sa.Integer, nullable=False),
    )


def _stream() -> tuple[sa.Column[int], ...]:
    return (
        sa.Column("no", _SERIAL, primary_key=True),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("check_no", sa.Integer, nullable=False),
        sa.Column("location_no", sa.SmallInteger, nullable=False),
    )


def _derived() -> None:
    op.create_table(
        "change",
        *_stream(),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.SmallInteger, nullable=False),
        sa.Column("cause", sa.SmallInteger),
    )
    op.create_index("change_by_stream", "change", ["check_no", "location_no", "at"])
    op.create_table(
        "doubt",
        *_stream(),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("worst", sa.SmallInteger, nullable=False),
        sa.Column("best", sa.SmallInteger, nullable=False),
    )
    op.create_index("doubt_by_stream", "doubt", ["check_no", "location_no", "since"])


def upgrade() -> None:
    """Make all tables."""
    _watched()
    _looks()
    _packed()
    _derived()
    op.create_table("heartbeat", _key("at", sa.BigInteger))
