"""Releases carried in waves: every step of a rollout and every version of a release's notes, for ever."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.store.migrations.append_only import guarded

revision = "0023"
down_revision = "0022"

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=nullable) for name in names]


def _fact() -> list[sa.Column[int]]:
    return [sa.Column("no", _SERIAL, primary_key=True), sa.Column("recorded_at", sa.BigInteger, nullable=False)]


def upgrade() -> None:
    """Make the tables and guard them; a maintenance may take the place of one that was postponed."""
    op.add_column("maintenance_step", sa.Column("follows", sa.Text))
    op.create_table(
        "rollout_step",
        *_fact(),
        *_texts("rollout", "kind"),
        sa.Column("wave", sa.Integer),
        *_texts("plan", "person", "note"),
    )
    op.create_index("rollout_step_by_rollout", "rollout_step", ["rollout", "no"])
    op.create_table(
        "release_note",
        *_fact(),
        *_texts("version", "date", "title"),
        *_texts("rollout", nullable=True),
        sa.Column("public", sa.Boolean, nullable=False),
        *_texts("body", "person"),
    )
    op.create_index("release_note_by_version", "release_note", ["version", "no"])
    for table in ("rollout_step", "release_note"):
        guarded(table, "no")
