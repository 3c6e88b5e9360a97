"""The tables of what comes back of letters, of windows that recur, and of what customers ask for. All are append-only."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Table, Text, UniqueConstraint

from monitor.store.columns import SERIAL, fact, metadata, recorded

bounce = Table(
    "bounce",
    metadata,
    *recorded(),
    Column("letter_no", SERIAL, ForeignKey("letter.no")),
    Column("contact", Text, nullable=False),
    Column("class", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("digest", Text, nullable=False, unique=True),
    Index("bounce_by_contact", "contact", "no"),
)
recurrence_step = Table(
    "recurrence_step",
    metadata,
    *fact(),
    Column("recurrence", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("first", Text, nullable=False),
    Column("length", BigInteger, nullable=False),
    Column("impact", Text, nullable=False),
    Column("impacts", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("person", Text, nullable=False),
    Index("recurrence_step_by_recurrence", "recurrence", "no"),
)
occurrence = Table(
    "occurrence",
    metadata,
    *recorded(),
    Column("recurrence", Text, nullable=False),
    Column("local", Text, nullable=False),
    Column("maintenance", Text, nullable=False),
    UniqueConstraint("recurrence", "local", name="occurrence_once"),
)
request = Table(
    "request",
    metadata,
    *fact(),
    Column("request", Text, nullable=False, unique=True),
    Column("form", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("components", Text, nullable=False),
    Column("contact", Text, nullable=False),
    Column("words", Text, nullable=False),
    Column("wanted_from", BigInteger),
    Index("request_by_site", "site_no", "no"),
)
request_step = Table(
    "request_step",
    metadata,
    *recorded(),
    Column("request_no", SERIAL, ForeignKey("request.no"), nullable=False),
    Column("status", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("found", Text),
    Column("maintenance", Text),
    Index("request_step_by_request", "request_no", "no"),
)
