"""The outbox: every letter as finished bytes, with what became of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table and the two ways into it: what is due, and what was told to one contact about one thing."""
    op.create_table(
        "letter",
        sa.Column("no", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("queued_at", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("event", "contact", "kind")),
        sa.Column("sequence", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("sender", "subject")),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next_at", sa.BigInteger, nullable=False),
        sa.Column("give_up_at", sa.BigInteger, nullable=False),
        sa.Column("settled_at", sa.BigInteger),
        sa.Column("reply", sa.Text, nullable=False),
        sa.UniqueConstraint("event", "contact", "kind", "sequence", name="letter_once"),
    )
    op.create_index("letter_by_state", "letter", ["state", "next_at"])
    op.create_index("letter_by_thread", "letter", ["contact", "event", "no"])
