"""What people decide and promise: agreements, exclusions, announcements, the audit, tokens. Facts are append-only by triggers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.store.migrations.append_only import guarded

revision = "0002"
down_revision = "0001"

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_APPEND_ONLY = (
    ("change", "no"),
    ("doubt", "no"),
    ("agreement", "no"),
    ("makeup", "no"),
    ("exclusion", "no"),
    ("exclusion_step", "no"),
    ("announcement", "no"),
    ("audit", "seq"),
)


def _fact() -> tuple[sa.Column[int], ...]:
    return (
        sa.Column("no", _SERIAL, primary_key=True),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("site_no", sa.Integer, sa.ForeignKey("site.no"), nullable=False),
    )


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in names]


def _instants(*names: str) -> list[sa.Column[int]]:
    return [sa.Column(name, sa.BigInteger, nullable=False) for name in names]


def _promised() -> None:
    op.create_table("agreement", *_fact(), *_texts("version"), sa.Column("effective_from", sa.BigInteger), *_texts("body"))
    op.create_table("makeup", *_fact(), *_texts("body"))
    op.create_table(
        "announcement",
        *_fact(),
        *_texts("maintenance", "components"),
        *_instants("at", "since", "until"),
        *_texts("status", "impact"),
        sa.Column("agreed_by", sa.Text),
    )


def _decided() -> None:
    op.create_table(
        "exclusion",
        *_fact(),
        *_instants("since", "until"),
        *_texts("cause"),
        sa.Column("party", sa.Text),
        *_texts("reason", "components"),
    )
    op.create_table(
        "exclusion_step",
        sa.Column("no", _SERIAL, primary_key=True),
        *_instants("recorded_at"),
        sa.Column("exclusion_no", _SERIAL, sa.ForeignKey("exclusion.no"), nullable=False),
        *_instants("at"),
        *_texts("status", "person", "note", "evidence"),
    )
    for table in ("agreement", "makeup", "exclusion", "announcement"):
        op.create_index(f"{table}_by_site", table, ["site_no", "no"])
    op.create_index("exclusion_step_by_exclusion", "exclusion_step", ["exclusion_no", "no"])


def _audited() -> None:
    op.create_table(
        "audit",
        sa.Column("seq", _SERIAL, primary_key=True, autoincrement=False),
        *_instants("at"),
        *_texts("actor", "auth_method", "action", "object", "body", "evidence"),
        sa.Column("prev", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "token",
        sa.Column("no", sa.Integer, primary_key=True),
        *_texts("name", "scopes"),
        sa.Column("digest", sa.LargeBinary, nullable=False, unique=True),
        *_instants("made_at", "expires_at"),
        sa.Column("revoked_at", sa.BigInteger),
    )


def upgrade() -> None:
    """Make the tables and guard those that only grow."""
    _promised()
    _decided()
    _audited()
    for table, key in _APPEND_ONLY:
        guarded(table, key)
