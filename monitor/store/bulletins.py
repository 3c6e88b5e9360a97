"""How much of each incident each reader was told, and when: what a mail need not say again, and when the next may come."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import reader_tables
from sla.span import Instant

_b = reader_tables.bulletin.c


@dataclass(frozen=True, slots=True)
class Heard:
    """The reader behind ``address`` was told the first ``updates`` of an incident, as the page under ``page`` tells it."""

    incident_no: int
    page: str
    address: str
    updates: int


def keep(connection: Connection, heard: Iterable[Heard], at: Instant) -> None:
    """Note what a mail that is queued in the caller's transaction tells."""
    for one in heard:
        same = (_b.incident_no == one.incident_no) & (_b.page == one.page) & (_b.address == one.address)
        connection.execute(sa.delete(reader_tables.bulletin).where(same))
        row = {"incident_no": one.incident_no, "page": one.page, "address": one.address, "updates": one.updates, "at": at}
        connection.execute(sa.insert(reader_tables.bulletin), [row])


def told(connection: Connection, incidents: Collection[int]) -> Mapping[tuple[int, str, str], int]:
    """How many updates of these incidents readers were told, by (incident, page, address)."""
    rows = connection.execute(sa.select(reader_tables.bulletin).where(_b.incident_no.in_(incidents)))
    return {(row.incident_no, row.page, row.address): row.updates for row in rows}


def last(connection: Connection, since: Instant) -> Mapping[str, Instant]:
    """When each address that was told anything after ``since`` was last told something."""
    question = sa.select(_b.address, sa.func.max(_b.at).label("at")).where(_b.at > since).group_by(_b.address)
    return {row.address: row.at for row in connection.execute(question)}


def forget(connection: Connection, page: str, address: str) -> None:
    """Forget one reader of a page."""
    connection.execute(sa.delete(reader_tables.bulletin).where(_b.page == page, _b.address == address))
