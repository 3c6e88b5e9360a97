"""Recordings by which a site reads otherwise at instants before them: what no case of an earlier time can hold.

A case says when each of its changes was recorded. Of the agreement and the make-up it holds only what stands, and of steps
and announcements the instant at which they were said: where that is earlier than the recording, the past reads otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import tables
from sla.restatement import Kind
from sla.span import Instant, Span

_a, _m = tables.agreement.c, tables.makeup.c
_an, _e, _s = tables.announcement.c, tables.exclusion.c, tables.exclusion_step.c


@dataclass(frozen=True, slots=True)
class Recording:
    """What was recorded when, ``of`` which version, exclusion or maintenance; ``span`` is what it speaks of (None: all time)."""

    recorded_at: Instant
    kind: Kind
    of: str
    said: str = ""
    span: Span | None = None


def between(connection: Connection, site_no: int, since: Instant, until: Instant) -> tuple[Recording, ...]:
    """Those of a site recorded after ``since`` up to ``until``, in the order recorded."""
    found = [
        *(Recording(row.recorded_at, Kind.AGREEMENT, row.version) for row in _rows(connection, tables.agreement, site_no, since)),
        *(Recording(row.recorded_at, Kind.MAKEUP, "") for row in _rows(connection, tables.makeup, site_no, since)),
        *_steps(connection, site_no, since),
        *_notices(connection, site_no, since),
    ]
    return tuple(sorted((one for one in found if one.recorded_at <= until), key=lambda one: (one.recorded_at, one.kind.value)))


def _rows(connection: Connection, table: sa.Table, site_no: int, since: Instant) -> Iterator[Any]:
    question = sa.select(table).where(table.c.site_no == site_no, table.c.recorded_at > since).order_by(table.c.no)
    yield from connection.execute(question)


def _steps(connection: Connection, site_no: int, since: Instant) -> Iterator[Recording]:
    joined = sa.select(tables.exclusion_step, _e.since, _e.until).join_from(tables.exclusion_step, tables.exclusion)
    late = joined.where(_e.site_no == site_no, _s.recorded_at > since, _s.recorded_at > _s.at).order_by(_s.no)
    for row in connection.execute(late):
        span = Span(row.since, row.until)
        yield Recording(row.recorded_at, Kind.EXCLUSION, f"X-{row.exclusion_no}", row.status, span)


def _notices(connection: Connection, site_no: int, since: Instant) -> Iterator[Recording]:
    for row in _rows(connection, tables.announcement, site_no, since):
        if row.recorded_at > row.at:
            yield Recording(row.recorded_at, Kind.ANNOUNCEMENT, row.maintenance, row.status, Span(row.since, row.until))
