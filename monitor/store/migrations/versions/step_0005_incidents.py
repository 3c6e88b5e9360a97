"""What people are told of troubles: incidents and their updates, append-only by triggers, and which sites each concerns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.store.migrations.append_only import guarded

revision = "0005"
down_revision = "0004"

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TABLES = ("incident", "incident_update", "incident_site")


def _fact() -> tuple[sa.Column[int], ...]:
    return (sa.Column("no", _SERIAL, primary_key=True), sa.Column("recorded_at", sa.BigInteger, nullable=False))


def _of_incident() -> sa.Column[int]:
    return sa.Column("incident_no", _SERIAL, sa.ForeignKey("incident.no"), nullable=False)


def upgrade() -> None:
    """Make the tables and guard them."""
    root, began = sa.Column("root", sa.Text, nullable=False), sa.Column("began_at", sa.BigInteger, nullable=False)
    op.create_table("incident", *_fact(), root, began)
    op.create_table(
        "incident_update",
        *_fact(),
        _of_incident(),
        sa.Column("at", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("status", "person", "components", "body")),
        *(sa.Column(name, sa.Text) for name in ("title", "impact")),
        sa.Column("public", sa.Boolean, nullable=False),
    )
    op.create_table("incident_site", *_fact(), _of_incident(), sa.Column("site", sa.Text, nullable=False))
    op.create_index("incident_update_by_incident", "incident_update", ["incident_no", "no"])
    op.create_index("incident_site_by_site", "incident_site", ["site", "incident_no"])
    for table in _TABLES:
        guarded(table, "no")
