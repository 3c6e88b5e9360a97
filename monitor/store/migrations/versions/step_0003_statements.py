"""Statements as they were published: every version for ever, with what made it another than the one before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.store.migrations.append_only import guarded

revision = "0003"
down_revision = "0002"

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table and guard it."""
    texts = ("issued_by", "engine", "tzdata", "input_sha256")
    op.create_table(
        "statement",
        sa.Column("no", _SERIAL, primary_key=True),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("site_no", sa.Integer, sa.ForeignKey("site.no"), nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("as_of", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("deltas", sa.Text, nullable=False),
        sa.UniqueConstraint("site_no", "period", "version"),
    )
    op.create_index("statement_by_as_of", "statement", ["as_of"])
    guarded("statement", "no")
