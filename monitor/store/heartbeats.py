"""A row every 10 s that says we were here; where rows are missing, we were away."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import tables
from monitor.store.engine import insert_absent
from sla.span import Instant

_h = tables.heartbeat.c


def beat(connection: Connection, at: Instant) -> None:
    """Note that we are here at ``at``."""
    connection.execute(insert_absent(connection, tables.heartbeat), [{"at": at}])


def last(connection: Connection) -> Instant | None:
    """When we were last here; None: never."""
    return connection.execute(sa.select(sa.func.max(_h.at))).scalar()
