"""Who asked for news of which page, who shall not be asked again, and by which way a letter goes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables; every letter that is there goes by mail."""
    op.create_table(
        "subscriber",
        sa.Column("no", _SERIAL, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("page", "channel", "address", "language", "kinds", "entries")),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("token_digest", sa.LargeBinary),
        sa.Column("confirmed_at", sa.BigInteger),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("former_until", sa.BigInteger),
        sa.Column("tell", sa.Text),
        sa.Column("failing_since", sa.BigInteger),
        sa.Column("off_at", sa.BigInteger),
        sa.UniqueConstraint("page", "channel", "address", name="subscriber_once"),
    )
    op.create_index("subscriber_by_token", "subscriber", ["token_digest"])
    op.create_table(
        "suppressed",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.add_column("letter", sa.Column("channel", sa.Text, nullable=False, server_default="mail"))
