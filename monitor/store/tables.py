"""The tables. Instants are ``bigint`` ms UTC, states and causes the small integers of ``sla.state``; time comes first in keys.

A stream has one number, so that a row of it carries one: ``stream_no``, the check's number for the first location.
What a look found is one integer too (see ``found``): a raw row costs 21 bytes. Whoever asks by hand asks the view ``look``,
which has plain columns.

What people decided, promised and published (``agreement`` to ``audit``) is append-only: triggers refuse every change of a row.

``counted`` is derived: what counts of each site, packed, from all facts up to the numbers in ``counted_mark``. Both may be
emptied at any time.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

from monitor.store import asked_tables, columns
from monitor.store.columns import SERIAL, fact, recorded

metadata = columns.metadata
bounce, occurrence, recurrence_step = asked_tables.bounce, asked_tables.occurrence, asked_tables.recurrence_step
request, request_step = asked_tables.request, asked_tables.request_step

CHECKS = 1 << 20
"""Stream numbers a location has: its checks are fewer (``check_def`` says so), and 2,048 locations fit into 31 bits."""
LOCATIONS = 1 << 11


def stream_no(stream: tuple[int, int]) -> int:
    """The number of the stream (check_no, location_no)."""
    check_no, location_no = stream
    return (location_no - 1) * CHECKS + check_no


def stream_of(number: int) -> tuple[int, int]:
    """The stream (check_no, location_no) of a number."""
    return number % CHECKS, number // CHECKS + 1


def _name() -> tuple[Column[int], Column[int]]:
    """The name of a look, as a key."""
    return (
        Column("slot", BigInteger, primary_key=True, autoincrement=False),
        Column("stream_no", Integer, primary_key=True, autoincrement=False),
    )


site = Table("site", metadata, Column("no", Integer, primary_key=True), Column("key", Text, nullable=False, unique=True))
location = Table(
    "location",
    metadata,
    Column("no", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    CheckConstraint(f"no BETWEEN 1 AND {LOCATIONS}", name="location_fits_stream_no"),
)
component = Table(
    "component",
    metadata,
    Column("no", Integer, primary_key=True),
    Column("site_no", Integer, ForeignKey("site.no"), nullable=False),
    Column("key", Text, nullable=False),
    UniqueConstraint("site_no", "key"),
)
check_def = Table(
    "check_def",
    metadata,
    Column("no", Integer, primary_key=True),
    Column("site_no", Integer, ForeignKey("site.no"), nullable=False),
    Column("key", Text, nullable=False),
    UniqueConstraint("site_no", "key"),
    CheckConstraint(f"no BETWEEN 1 AND {CHECKS - 1}", name="check_fits_stream_no"),
)
check_version = Table(
    "check_version",
    metadata,
    Column("check_no", Integer, ForeignKey("check_def.no"), primary_key=True),
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("component_no", Integer, ForeignKey("component.no"), nullable=False),
    Column("config", Text, nullable=False),
    sqlite_with_rowid=False,
)

result = Table(
    "result",
    metadata,
    *_name(),
    Column("found", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
result_wide = Table(
    "result_wide",
    metadata,
    *_name(),
    Column("at_offset", BigInteger, nullable=False),
    Column("took", BigInteger),
    Column("outcome", SmallInteger, nullable=False),
    sqlite_with_rowid=False,
)
result_note = Table(
    "result_note",
    metadata,
    *_name(),
    Column("note", Text),
    Column("facts", Text),
    Column("notices", Text),
    Column("lag", Integer),
    sqlite_with_rowid=False,
)
result_phase = Table("result_phase", metadata, *_name(), Column("phases", Text, nullable=False), sqlite_with_rowid=False)
rejected = Table(
    "rejected",
    metadata,
    Column("no", SERIAL, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("code", Text, nullable=False),
    Column("raw", Text, nullable=False),
)

chunk = Table(
    "chunk",
    metadata,
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("stream_no", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
packed_hour = Table(
    "packed_hour",
    metadata,
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("packed_at", BigInteger, nullable=False),
    Column("looks", Integer, nullable=False),
)

change = Table(
    "change",
    metadata,
    *recorded(),
    Column("stream_no", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("cause", SmallInteger),
    Index("change_by_stream", "stream_no", "at"),
)
doubt = Table(
    "doubt",
    metadata,
    *recorded(),
    Column("stream_no", Integer, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("worst", SmallInteger, nullable=False),
    Column("best", SmallInteger, nullable=False),
    Index("doubt_by_stream", "stream_no", "since"),
)
heartbeat = Table("heartbeat", metadata, Column("at", BigInteger, primary_key=True, autoincrement=False))

agreement = Table(
    "agreement",
    metadata,
    *fact(),
    Column("version", Text, nullable=False),
    Column("effective_from", BigInteger),
    Column("body", Text, nullable=False),
    Index("agreement_by_site", "site_no", "no"),
)
makeup = Table("makeup", metadata, *fact(), Column("body", Text, nullable=False), Index("makeup_by_site", "site_no", "no"))
exclusion = Table(
    "exclusion",
    metadata,
    *fact(),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("cause", Text, nullable=False),
    Column("party", Text),
    Column("reason", Text, nullable=False),
    Column("components", Text, nullable=False),
    Index("exclusion_by_site", "site_no", "no"),
)
exclusion_step = Table(
    "exclusion_step",
    metadata,
    *recorded(),
    Column("exclusion_no", SERIAL, ForeignKey("exclusion.no"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Index("exclusion_step_by_exclusion", "exclusion_no", "no"),
)
announcement = Table(
    "announcement",
    metadata,
    *fact(),
    Column("maintenance", Text, nullable=False),
    Column("components", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("impact", Text, nullable=False),
    Column("agreed_by", Text),
    Index("announcement_by_site", "site_no", "no"),
)
maintenance_step = Table(
    "maintenance_step",
    metadata,
    *fact(),
    Column("maintenance", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("impact", Text, nullable=False),
    Column("impacts", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("emergency", Text),
    Column("agreed_by", Text),
    Column("outcome", Text),
    Column("person", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("follows", Text),
    Index("maintenance_step_by_maintenance", "maintenance", "no"),
    Index("maintenance_step_by_site", "site_no", "no"),
)
incident = Table(
    "incident",
    metadata,
    *recorded(),
    Column("root", Text, nullable=False),
    Column("began_at", BigInteger, nullable=False),
)
incident_update = Table(
    "incident_update",
    metadata,
    *recorded(),
    Column("incident_no", SERIAL, ForeignKey("incident.no"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("status", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("components", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("title", Text),
    Column("impact", Text),
    Column("public", Boolean, nullable=False),
    Column("next_at", BigInteger),
    Index("incident_update_by_incident", "incident_no", "no"),
    Index("incident_update_by_time", "at"),
)
incident_site = Table(
    "incident_site",
    metadata,
    *recorded(),
    Column("incident_no", SERIAL, ForeignKey("incident.no"), nullable=False),
    Column("site", Text, nullable=False),
    Index("incident_site_by_site", "site", "incident_no"),
)
statement = Table(
    "statement",
    metadata,
    *fact(),
    Column("period", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("as_of", BigInteger, nullable=False),
    Column("issued_by", Text, nullable=False),
    Column("engine", Text, nullable=False),
    Column("tzdata", Text, nullable=False),
    Column("input_sha256", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("deltas", Text, nullable=False),
    Column("about", Text, nullable=False, server_default="{}"),
    UniqueConstraint("site_no", "period", "version"),
    Index("statement_by_as_of", "as_of"),
)
audit = Table(
    "audit",
    metadata,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("auth_method", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("prev", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
letter = Table(
    "letter",
    metadata,
    Column("no", SERIAL, primary_key=True),
    Column("queued_at", BigInteger, nullable=False),
    Column("event", Text, nullable=False),
    Column("contact", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("sender", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("expires_at", BigInteger),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("give_up_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    Column("reply", Text, nullable=False),
    Column("channel", Text, nullable=False, server_default="mail"),
    UniqueConstraint("event", "contact", "kind", "sequence", name="letter_once"),
    Index("letter_by_state", "state", "next_at"),
    Index("letter_by_thread", "contact", "event", "no"),
    Index("letter_by_sender", "sender"),
)
token = Table(
    "token",
    metadata,
    Column("no", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("made_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
)
beat = Table(
    "beat",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("last_at", BigInteger, nullable=False),
    Column("good_at", BigInteger),
    Column("started_at", BigInteger),
    Column("failed_at", BigInteger),
    Column("code", Integer),
    Column("text", Text, nullable=False),
)
listened = Table(
    "listened",
    metadata,
    Column("since", BigInteger, primary_key=True, autoincrement=False),
    Column("until", BigInteger, nullable=False),
)
answered_once = Table(
    "answered_once",
    metadata,
    Column("person", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("asked", LargeBinary, nullable=False),
    Column("reply", Text, nullable=False),
)

counted = Table(
    "counted",
    metadata,
    Column("site_no", Integer, ForeignKey("site.no"), primary_key=True, autoincrement=False),
    Column("version", Text, nullable=False),
    Column("agreement", Text, nullable=False),
    Column("in_force_from", BigInteger, nullable=False),
    Column("in_force_until", BigInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
counted_mark = Table("counted_mark", metadata, Column("facts", Text, primary_key=True), Column("no", BigInteger, nullable=False))
