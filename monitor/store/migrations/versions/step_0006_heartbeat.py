"""What senders have told us, and the spans in which we surely heard."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "beat",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("last_at", sa.BigInteger, nullable=False),
        sa.Column("good_at", sa.BigInteger),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("failed_at", sa.BigInteger),
        sa.Column("code", sa.Integer),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_table(
        "listened",
        sa.Column("since", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
