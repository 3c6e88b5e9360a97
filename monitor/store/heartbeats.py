"""A row every 10 s that says we were here; where rows are missing, we were away."""

from __future__ import annotations

from itertools import pairwise

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import tables
from monitor.store.engine import insert_absent
from sla.span import Instant, Span

_h = tables.heartbeat.c


def beat(connection: Connection, at: Instant) -> None:
    """Note that we are here at ``at``."""
    connection.execute(insert_absent(connection, tables.heartbeat), [{"at": at}])


def last(connection: Connection) -> Instant | None:
    """When we were last here; None: never."""
    return connection.execute(sa.select(sa.func.max(_h.at))).scalar()


def absences(connection: Connection, span: Span, longer_than_ms: int) -> list[Span]:
    """Where in ``span`` two neighbouring beats are more than ``longer_than_ms`` apart."""
    question = sa.select(_h.at).where(_h.at >= span.start, _h.at < span.end).order_by(_h.at)
    beats = list(connection.execute(question).scalars())
    return [Span(a, b) for a, b in pairwise(beats) if b - a > longer_than_ms]
