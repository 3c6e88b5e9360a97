"""What people call a site and its parts when a statement is published, kept with it: a later name changes no old statement."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0010"


def upgrade() -> None:
    """Add the column; what was published before has no names of its own."""
    op.add_column("statement", sa.Column("about", sa.Text, nullable=False, server_default="{}"))
