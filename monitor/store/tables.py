"""The tables. Instants are ``bigint`` ms UTC, states and causes the small integers of ``sla.state``; time comes first in keys.

A ``result`` has no state column: ``outcome`` is 0 for up, else the number of the cause, whose hundreds are the state
(100, 200, 300: a state without a cause). ``took`` counts tenths of a millisecond, ``at_offset`` ms from the slot.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData()
_SERIAL = BigInteger().with_variant(Integer, "sqlite")


def _name() -> tuple[Column[int], Column[int], Column[int]]:
    """The name of a look, as a key."""
    return (
        Column("slot", BigInteger, primary_key=True, autoincrement=False),
        Column("check_no", Integer, primary_key=True, autoincrement=False),
        Column("location_no", SmallInteger, primary_key=True, autoincrement=False),
    )


site = Table("site", metadata, Column("no", Integer, primary_key=True), Column("key", Text, nullable=False, unique=True))
location = Table("location", metadata, Column("no", Integer, primary_key=True), Column("key", Text, nullable=False, unique=True))
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
    Column("at_offset", Integer, nullable=False),
    Column("took", Integer),
    Column("outcome", SmallInteger, nullable=False),
    Column("lag", Integer, nullable=False),
    sqlite_with_rowid=False,
)
result_note = Table(
    "result_note",
    metadata,
    *_name(),
    Column("note", Text),
    Column("facts", Text),
    Column("notices", Text),
    sqlite_with_rowid=False,
)
result_phase = Table("result_phase", metadata, *_name(), Column("phases", Text, nullable=False), sqlite_with_rowid=False)
rejected = Table(
    "rejected",
    metadata,
    Column("no", _SERIAL, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("code", Text, nullable=False),
    Column("raw", Text, nullable=False),
)

chunk = Table(
    "chunk",
    metadata,
    Column("hour", BigInteger, primary_key=True, autoincrement=False),
    Column("check_no", Integer, primary_key=True, autoincrement=False),
    Column("location_no", SmallInteger, primary_key=True, autoincrement=False),
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
    Column("no", _SERIAL, primary_key=True),
    Column("recorded_at", BigInteger, nullable=False),
    Column("check_no", Integer, nullable=False),
    Column("location_no", SmallInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("state", SmallInteger, nullable=False),
    Column("cause", SmallInteger),
    Index("change_by_stream", "check_no", "location_no", "at"),
)
doubt = Table(
    "doubt",
    metadata,
    Column("no", _SERIAL, primary_key=True),
    Column("recorded_at", BigInteger, nullable=False),
    Column("check_no", Integer, nullable=False),
    Column("location_no", SmallInteger, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("worst", SmallInteger, nullable=False),
    Column("best", SmallInteger, nullable=False),
    Index("doubt_by_stream", "check_no", "location_no", "since"),
)
heartbeat = Table("heartbeat", metadata, Column("at", BigInteger, primary_key=True, autoincrement=False))
