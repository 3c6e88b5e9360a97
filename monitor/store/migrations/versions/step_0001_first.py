"""The first schema: what is watched, looks, packed looks, changes and doubts, heartbeats."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_LOOK = """
CREATE VIEW look AS
SELECT r.slot, r.stream_no % 1048576 AS check_no, r.stream_no / 1048576 + 1 AS location_no,
       r.slot + COALESCE(w.at_offset, r.found & 255) AS at,
       CASE WHEN w.slot IS NULL THEN NULLIF((r.found >> 8) & 1048575, 0) - 1 ELSE w.took END / 10.0 AS took_ms,
       COALESCE(w.outcome, r.found >> 28) AS outcome
FROM result AS r LEFT JOIN result_wide AS w ON r.found < 0 AND w.slot = r.slot AND w.stream_no = r.stream_no
"""
_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _key(name: str, kind: type[sa.types.TypeEngine[int]]) -> sa.Column[int]:
    return sa.Column(name, kind, primary_key=True, autoincrement=False)


def _look() -> tuple[sa.Column[int], ...]:
    return (_key("slot", sa.BigInteger), _key("stream_no", sa.Integer))


def _up_to(greatest: int, name: str) -> tuple[sa.CheckConstraint, ...]:
    """Numbers beyond would share a stream number with another stream."""
    return (sa.CheckConstraint(f"no BETWEEN 1 AND {greatest}", name=name),)


def _watched() -> None:
    for name, limits in (("site", ()), ("location", _up_to(2_048, "location_fits_stream_no"))):
        op.create_table(
            name, sa.Column("no", sa.Integer, primary_key=True), sa.Column("key", sa.Text, nullable=False, unique=True), *limits
        )
    for name, limits in (("component", ()), ("check_def", _up_to(1_048_575, "check_fits_stream_no"))):
        op.create_table(
            name,
            sa.Column("no", sa.Integer, primary_key=True),
            sa.Column("site_no", sa.Integer, sa.ForeignKey("site.no"), nullable=False),
            sa.Column("key", sa.Text, nullable=False),
            sa.UniqueConstraint("site_no", "key"),
            *limits,
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
    op.create_table("result", *_look(), sa.Column("found", sa.BigInteger, nullable=False), sqlite_with_rowid=False)
    op.create_table(
        "result_wide",
        *_look(),
        sa.Column("at_offset", sa.BigInteger, nullable=False),
        sa.Column("took", sa.BigInteger),
        sa.Column("outcome", sa.SmallInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.execute(_LOOK)
    texts = [sa.Column(name, sa.Text) for name in ("note", "facts", "notices")]
    op.create_table("result_note", *_look(), *texts, sa.Column("lag", sa.Integer), sqlite_with_rowid=False)
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
        _key("stream_no", sa.Integer),
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
        sa.Column("stream_no", sa.Integer, nullable=False),
    )


def _derived() -> None:
    op.create_table(
        "change",
        *_stream(),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("state", sa.SmallInteger, nullable=False),
        sa.Column("cause", sa.SmallInteger),
    )
    op.create_index("change_by_stream", "change", ["stream_no", "at"])
    op.create_table(
        "doubt",
        *_stream(),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("worst", sa.SmallInteger, nullable=False),
        sa.Column("best", sa.SmallInteger, nullable=False),
    )
    op.create_index("doubt_by_stream", "doubt", ["stream_no", "since"])


def upgrade() -> None:
    """Make all tables."""
    _watched()
    _looks()
    _packed()
    _derived()
    op.create_table("heartbeat", _key("at", sa.BigInteger))
