"""What people plan and say of a maintenance: every step of it, for ever."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.store.migrations.append_only import guarded

revision = "0008"
down_revision = "0007"

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=nullable) for name in names]


def upgrade() -> None:
    """Make the table and guard it."""
    op.create_table(
        "maintenance_step",
        sa.Column("no", _SERIAL, primary_key=True),
        sa.Column("recorded_at", sa.BigInteger, nullable=False),
        sa.Column("site_no", sa.Integer, sa.ForeignKey("site.no"), nullable=False),
        *_texts("maintenance", "kind"),
        *_texts("status", nullable=True),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
        *_texts("impact", "impacts", "title", "about", "action"),
        *_texts("emergency", "agreed_by", "outcome", nullable=True),
        *_texts("person", "note"),
    )
    op.create_index("maintenance_step_by_maintenance", "maintenance_step", ["maintenance", "no"])
    op.create_index("maintenance_step_by_site", "maintenance_step", ["site_no", "no"])
    guarded("maintenance_step", "no")
