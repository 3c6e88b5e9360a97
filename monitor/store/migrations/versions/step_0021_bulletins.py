"""What readers were told of incidents, and when the next word on one is promised for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0014"

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table; incidents are found by when something was said of them."""
    op.add_column("incident_update", sa.Column("next_at", sa.BigInteger))
    op.create_index("incident_update_by_time", "incident_update", ["at"])
    op.create_table(
        "bulletin",
        sa.Column("incident_no", _SERIAL, sa.ForeignKey("incident.no"), primary_key=True, autoincrement=False),
        sa.Column("page", sa.Text, primary_key=True),
        sa.Column("address", sa.Text, primary_key=True),
        sa.Column("updates", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_index("bulletin_by_time", "bulletin", ["at"])
