"""Of every edition of a release's notes whether readers are to be told of it; of older ones that is not kept."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """A column more; what is there stays as it is."""
    op.add_column("release_note", sa.Column("told", sa.Boolean))
