"""What was done by requests that carry a key: the same request sent again is answered from here, and does nothing again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Make the table; a row of it is wanted for a day."""
    op.create_table(
        "answered_once",
        sa.Column("person", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("asked", sa.LargeBinary, nullable=False),
        sa.Column("reply", sa.Text, nullable=False),
    )
