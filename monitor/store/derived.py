"""What counts of each site, packed, and up to which facts: derived rows that may be dropped and rebuilt at any time.

Facts are only ever added, each with a greater number than all before: so the greatest number of each table says exactly what
a row was made from, and the rows behind it say which sites have to be counted again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import tables
from monitor.store.tables import stream_of
from sla.span import Instant, Span

Marks = Mapping[str, int]
"""The greatest number of each table of facts."""

_OF_STREAMS = (tables.change, tables.doubt)
_OF_SITES = (tables.agreement, tables.makeup, tables.exclusion, tables.announcement)
_FACTS = (*_OF_STREAMS, *_OF_SITES, tables.exclusion_step)
_c = tables.counted.c


@dataclass(frozen=True, slots=True)
class Row:
    """What counts of a site over ``[since, until)`` if nothing more is recorded, ``body`` as packed by ``sla.compact``.

    ``version`` names the form, the rules and the data of the zones that it was made with. ``agreement`` is the version of the
    agreement by which it is counted, a canonical member of a case without the beginning of the site's own time; it is in
    force over ``[in_force_from, in_force_until)``. No fact in it was recorded after ``recorded_at``.
    """

    site_no: int
    version: str
    agreement: str
    in_force_from: Instant
    in_force_until: Instant
    since: Instant
    until: Instant
    recorded_at: Instant
    body: bytes

    @property
    def within(self) -> Span:
        """The time whose windows may be asked for."""
        return Span(self.since, self.until)


def marks(connection: Connection) -> dict[str, int]:
    """How far the facts are by now."""
    return {table.name: connection.execute(sa.select(sa.func.max(table.c.no))).scalar() or 0 for table in _FACTS}


def marked(connection: Connection) -> dict[str, int]:
    """How far the facts were when the rows were last brought up; nothing of a table not named."""
    return {row.facts: row.no for row in connection.execute(sa.select(tables.counted_mark))}


def touched(connection: Connection, since: Marks) -> set[int]:
    """The numbers of the sites of which something was recorded behind ``since``."""
    found: set[int] = set()
    for table in _OF_SITES:
        found |= set(connection.execute(sa.select(table.c.site_no).where(table.c.no > since.get(table.name, 0))).scalars())
    e, s = tables.exclusion.c, tables.exclusion_step.c
    steps = sa.select(e.site_no).join_from(tables.exclusion_step, tables.exclusion, e.no == s.exclusion_no)
    found |= set(connection.execute(steps.where(s.no > since.get("exclusion_step", 0))).scalars())
    streams: set[int] = set()
    for table in _OF_STREAMS:
        told = sa.select(table.c.stream_no).where(table.c.no > since.get(table.name, 0)).distinct()
        streams |= set(connection.execute(told).scalars())
    if streams:
        d = tables.check_def.c
        owners = {row.no: row.site_no for row in connection.execute(sa.select(d.no, d.site_no))}
        found |= {owners[check] for check in (stream_of(number)[0] for number in streams) if check in owners}
    return found


def recorded_at(connection: Connection, site_no: int) -> Instant:
    """When something was last recorded of what people promised, decided or announced about a site; 0: never."""
    newest = [sa.select(sa.func.max(table.c.recorded_at)).where(table.c.site_no == site_no) for table in _OF_SITES]
    e, s = tables.exclusion.c, tables.exclusion_step.c
    steps = sa.select(sa.func.max(s.recorded_at)).join_from(tables.exclusion_step, tables.exclusion, e.no == s.exclusion_no)
    return max(connection.execute(one).scalar() or 0 for one in (*newest, steps.where(e.site_no == site_no)))


def rows(connection: Connection, sites: Iterable[int] | None = None) -> dict[int, Row]:
    """The rows of ``sites`` (None: all) by their numbers."""
    question = sa.select(tables.counted)
    if sites is not None:
        question = question.where(_c.site_no.in_(list(sites)))
    return {row.site_no: Row(*row) for row in connection.execute(question)}


def versions(connection: Connection) -> dict[int, tuple[str, Instant]]:
    """The version and the end of each row, by the numbers of the sites."""
    return {no: (version, until) for no, version, until in connection.execute(sa.select(_c.site_no, _c.version, _c.until))}


def keep(connection: Connection, made: Iterable[Row]) -> None:
    """Keep these rows in the place of those of the same sites."""
    fresh = [asdict(row) for row in made]
    if fresh:
        connection.execute(sa.delete(tables.counted).where(_c.site_no.in_([row["site_no"] for row in fresh])))
        connection.execute(sa.insert(tables.counted), fresh)


def mark(connection: Connection, far: Marks) -> None:
    """All rows have the facts up to ``far``."""
    connection.execute(sa.delete(tables.counted_mark))
    connection.execute(sa.insert(tables.counted_mark), [{"facts": name, "no": no} for name, no in far.items()])


def drop(connection: Connection) -> None:
    """Forget all rows: they are built again from the facts."""
    connection.execute(sa.delete(tables.counted))
    connection.execute(sa.delete(tables.counted_mark))
