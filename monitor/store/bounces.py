"""What came back of our letters: one row a report, kept for ever; whoever was lost last and not found again is flagged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import tables
from monitor.store.engine import insert_absent
from sla.span import Instant

_b = tables.bounce.c


class Class(Enum):
    """What a row says of a contact: a letter was lost, was late, or a person vouches that they are reached again."""

    HARD = "hard"
    SOFT = "soft"
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Bounce:
    """One row. ``digest`` is that of the report: the same one twice is one row. ``letter_no`` None: a person cleared it."""

    at: Instant
    contact: str
    kind: Class
    status: str
    text: str
    digest: str
    letter_no: int | None = None


def append(connection: Connection, bounce: Bounce) -> bool:
    """Keep ``bounce`` in the caller's transaction; False: this very report is kept already."""
    row = {
        "recorded_at": bounce.at,
        "letter_no": bounce.letter_no,
        "contact": bounce.contact,
        "class": bounce.kind.value,
        "status": bounce.status,
        "text": bounce.text,
        "digest": bounce.digest,
    }
    return connection.execute(insert_absent(connection, tables.bounce), row).rowcount == 1


def softly(connection: Connection, contact: str, since: Instant) -> int:
    """How many reports said that a letter to ``contact`` was late: since ``since``, and since a loss or a clearing."""
    settled = sa.select(sa.func.coalesce(sa.func.max(_b.no), 0)).where(_b.contact == contact, _b["class"] != Class.SOFT.value)
    late = (_b.contact == contact) & (_b["class"] == Class.SOFT.value) & (_b.recorded_at >= since)
    question = sa.select(sa.func.count()).where(late, _b.no > settled.scalar_subquery())
    return int(connection.execute(question).scalar() or 0)


def flagged(connection: Connection) -> Mapping[str, Bounce]:
    """The contacts whose last word is that a letter was lost, each with that row."""
    newest = sa.select(sa.func.max(_b.no)).where(_b["class"] != Class.SOFT.value).group_by(_b.contact)
    question = sa.select(tables.bounce).where(_b.no.in_(newest), _b["class"] == Class.HARD.value).order_by(_b.no)
    return {row.contact: _bounce(row) for row in connection.execute(question)}


def counted(connection: Connection) -> Mapping[Class, int]:
    """How many rows there are of each class."""
    rows = connection.execute(sa.select(_b["class"], sa.func.count()).group_by(_b["class"]))
    return dict.fromkeys(Class, 0) | {Class(kind): many for kind, many in rows}


def _bounce(row: Any) -> Bounce:
    kind = Class(row._mapping["class"])
    return Bounce(row.recorded_at, row.contact, kind, row.status, row.text, row.digest, row.letter_no)
