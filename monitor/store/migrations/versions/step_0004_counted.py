"""What counts of each site, packed: derived from the facts up to a mark, so it may be dropped and rebuilt at any time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False)


def upgrade() -> None:
    """Make the two tables."""
    op.create_table(
        "counted",
        sa.Column("site_no", sa.Integer, sa.ForeignKey("site.no"), primary_key=True, autoincrement=False),
        _text("version"),
        _text("agreement"),
        *map(_number, ("in_force_from", "in_force_until", "since", "until", "recorded_at")),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table("counted_mark", sa.Column("facts", sa.Text, primary_key=True), _number("no"))
