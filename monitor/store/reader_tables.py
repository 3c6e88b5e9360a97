"""The tables of who reads what: what each reader was told of incidents, who asked for news, who shall not be asked again."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text, UniqueConstraint

from monitor.store.columns import SERIAL, metadata

bulletin = Table(
    "bulletin",
    metadata,
    Column("incident_no", SERIAL, ForeignKey("incident.no"), primary_key=True, autoincrement=False),
    Column("page", Text, primary_key=True),
    Column("address", Text, primary_key=True),
    Column("updates", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("bulletin_by_time", "at"),
)
subscriber = Table(
    "subscriber",
    metadata,
    Column("no", SERIAL, primary_key=True),
    Column("page", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("kinds", Text, nullable=False),
    Column("entries", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("token_digest", LargeBinary),
    Column("confirmed_at", BigInteger),
    Column("generation", Integer, nullable=False),
    Column("former_until", BigInteger),
    Column("tell", Text),
    Column("failing_since", BigInteger),
    Column("off_at", BigInteger),
    UniqueConstraint("page", "channel", "address", name="subscriber_once"),
    Index("subscriber_by_token", "token_digest"),
)
suppressed = Table(
    "suppressed",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("at", BigInteger, nullable=False),
)
