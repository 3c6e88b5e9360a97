"""What comes back of letters, windows that recur, and what customers ask for: all of it for ever."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.store.migrations.append_only import guarded

revision = "0010"
down_revision = "0008"

_SERIAL = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _begun() -> list[sa.Column[int]]:
    return [sa.Column("no", _SERIAL, primary_key=True), sa.Column("recorded_at", sa.BigInteger, nullable=False)]


def _texts(*names: str, nullable: bool = False) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=nullable) for name in names]


def upgrade() -> None:
    """Make the tables and guard them; a bounce finds its letter by the sender that it came back to."""
    op.create_index("letter_by_sender", "letter", ["sender"])
    _bounces()
    _recurrences()
    _requests()
    for table in ("bounce", "recurrence_step", "occurrence", "request", "request_step"):
        guarded(table, "no")


def _bounces() -> None:
    op.create_table(
        "bounce",
        *_begun(),
        sa.Column("letter_no", _SERIAL, sa.ForeignKey("letter.no")),
        *_texts("contact", "class", "status", "text"),
        sa.Column("digest", sa.Text, nullable=False, unique=True),
    )
    op.create_index("bounce_by_contact", "bounce", ["contact", "no"])


def _recurrences() -> None:
    op.create_table(
        "recurrence_step",
        *_begun(),
        sa.Column("site_no", sa.Integer, sa.ForeignKey("site.no"), nullable=False),
        *_texts("recurrence", "rule", "zone", "first"),
        sa.Column("length", sa.BigInteger, nullable=False),
        *_texts("impact", "impacts", "title", "about", "action", "kind", "person"),
    )
    op.create_index("recurrence_step_by_recurrence", "recurrence_step", ["recurrence", "no"])
    op.create_table(
        "occurrence",
        *_begun(),
        *_texts("recurrence", "local", "maintenance"),
        sa.UniqueConstraint("recurrence", "local", name="occurrence_once"),
    )


def _requests() -> None:
    op.create_table(
        "request",
        *_begun(),
        sa.Column("site_no", sa.Integer, sa.ForeignKey("site.no"), nullable=False),
        sa.Column("request", sa.Text, nullable=False, unique=True),
        sa.Column("form", sa.Text, nullable=False, unique=True),
        *_texts("kind", "components", "contact", "words"),
        sa.Column("wanted_from", sa.BigInteger),
    )
    op.create_index("request_by_site", "request", ["site_no", "no"])
    op.create_table(
        "request_step",
        *_begun(),
        sa.Column("request_no", _SERIAL, sa.ForeignKey("request.no"), nullable=False),
        *_texts("status", "person", "note", "answer"),
        *_texts("found", "maintenance", nullable=True),
    )
    op.create_index("request_step_by_request", "request_step", ["request_no", "no"])
