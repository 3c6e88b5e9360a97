"""Incidents and what was said of them: rows are added, never changed."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import tables
from sla.incident import OVER, Impact, Incident, Status, Update
from sla.span import Instant

_i, _u, _s = tables.incident.c, tables.incident_update.c, tables.incident_site.c
_PREFIX = "I-"


def open_(connection: Connection, root: str, began_at: Instant, first: Update, recorded_at: Instant) -> Incident:
    """Keep a new incident with its first update."""
    row = {"recorded_at": recorded_at, "root": root, "began_at": began_at}
    made = connection.execute(sa.insert(tables.incident).values(row)).inserted_primary_key
    assert made is not None
    return add(connection, Incident(made[0], root, began_at, ()), first, recorded_at)


def add(connection: Connection, incident: Incident, update: Update, recorded_at: Instant) -> Incident:
    """Keep one more ``update``; the incident with it."""
    row = {
        "recorded_at": recorded_at,
        "incident_no": incident.number,
        "at": update.at,
        "status": update.status.value,
        "person": update.by,
        "components": json.dumps(update.components),
        "body": update.body,
        "title": update.title,
        "impact": None if update.impact is None else update.impact.word,
        "public": update.public,
        "next_at": update.next_at,
    }
    connection.execute(sa.insert(tables.incident_update), [row])
    told = Incident(incident.number, incident.root, incident.began_at, (*incident.updates, update))
    for site in (site for site in told.sites if site not in incident.sites):
        concerned = {"recorded_at": recorded_at, "incident_no": incident.number, "site": site}
        connection.execute(sa.insert(tables.incident_site), [concerned])
    return told


def find(connection: Connection, key: str) -> Incident | None:
    """One incident by its id."""
    digits = key.removeprefix(_PREFIX)
    if not (key.startswith(_PREFIX) and digits.isascii() and digits.isdigit() and len(digits) < 10):
        return None
    found = _read(connection, _i.no == int(digits))
    return found[0] if found else None


def every(connection: Connection) -> tuple[Incident, ...]:
    """All incidents in the order opened."""
    return _read(connection, sa.true())


def unresolved(connection: Connection) -> tuple[Incident, ...]:
    """Those that go on, in the order opened."""
    newest = sa.select(sa.func.max(_u.no)).group_by(_u.incident_no)
    over = [status.value for status in OVER]
    going_on = sa.select(_u.incident_no).where(_u.no.in_(newest), _u.status.not_in(over))
    return _read(connection, _i.no.in_(going_on))


def since(connection: Connection, at: Instant) -> tuple[Incident, ...]:
    """Those of which anything was said at ``at`` or later, in the order opened."""
    return _read(connection, _i.no.in_(sa.select(_u.incident_no).where(_u.at >= at)))


def of_sites(connection: Connection, sites: Collection[str]) -> tuple[Incident, ...]:
    """Those that concern any of these sites, in the order opened."""
    return _read(connection, _i.no.in_(sa.select(_s.incident_no).where(_s.site.in_(sites))))


def _read(connection: Connection, which: sa.ColumnElement[bool]) -> tuple[Incident, ...]:
    rows = connection.execute(sa.select(tables.incident).where(which).order_by(_i.no)).all()
    updates = _updates(connection, [row.no for row in rows])
    return tuple(Incident(row.no, row.root, row.began_at, tuple(map(_update, updates[row.no]))) for row in rows)


def _updates(connection: Connection, numbers: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(sa.select(tables.incident_update).where(_u.incident_no.in_(numbers)).order_by(_u.no)):
        found[row.incident_no].append(row)
    return found


def _update(row: Any) -> Update:
    impact = None if row.impact is None else Impact[row.impact.upper()]
    components = tuple(json.loads(row.components))
    return Update(row.at, Status(row.status), row.person, components, row.body, row.title, impact, bool(row.public), row.next_at)
