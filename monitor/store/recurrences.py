"""Maintenance that recurs, as people planned and approved it, and which maintenance came of which beginning: kept for ever."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import tables
from monitor.store.engine import insert_absent
from monitor.store.maintenance import impact_of
from sla.maintenance import Impact
from sla.span import SECOND, Instant

_r = tables.recurrence_step.c
_o = tables.occurrence.c
PLANNED, APPROVED, ENDED = "planned", "approved", "ended"


@dataclass(frozen=True, slots=True)
class Window:
    """What recurs: a rule in a zone from the wall clock ``first`` (``2026-12-01T23:00``), ``length_ms`` long, and its words."""

    rule: str
    zone: str
    first: str
    length_ms: int
    impact: Impact
    impacts: Mapping[str, Impact]
    title: str
    about: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """Planned, approved or ended, by whom."""

    at: Instant
    kind: str
    person: str


@dataclass(frozen=True, slots=True)
class Recurrence:
    """One window of one ``site`` (its key) that recurs, with its steps, oldest first."""

    id: str
    site: str
    window: Window
    steps: tuple[Step, ...]

    @property
    def status(self) -> str:
        """How far it has come: planned, approved or ended."""
        return self.steps[-1].kind


def new_id(connection: Connection, now: Instant) -> str:
    """The id of the next recurrence of this year, ``REC-2026-0001``."""
    prefix = f"REC-{datetime.fromtimestamp(now // SECOND, UTC):%Y}-"
    many = sa.select(sa.func.count(sa.distinct(_r.recurrence))).where(_r.recurrence.startswith(prefix))
    return f"{prefix}{(connection.execute(many).scalar() or 0) + 1:04d}"


def append(connection: Connection, site_no: int, one: Recurrence) -> None:
    """Keep the newest step."""
    window, last = one.window, one.steps[-1]
    row = {
        "recorded_at": last.at,
        "site_no": site_no,
        "recurrence": one.id,
        "rule": window.rule,
        "zone": window.zone,
        "first": window.first,
        "length": window.length_ms,
        "impact": window.impact.word,
        "impacts": json.dumps({name: impact.word for name, impact in window.impacts.items()}),
        "title": window.title,
        "about": window.about,
        "action": window.action,
        "kind": last.kind,
        "person": last.person,
    }
    connection.execute(sa.insert(tables.recurrence_step), [row])


def find(connection: Connection, key: str) -> Recurrence | None:
    """One by its id."""
    return next(iter(_read(connection, _r.recurrence == key)), None)


def every(connection: Connection) -> tuple[Recurrence, ...]:
    """All of them, in the order planned."""
    return _read(connection, sa.true())


def occurred(connection: Connection, key: str, wall: str, maintenance: str, now: Instant) -> bool:
    """Note which maintenance came of a beginning (its wall clock); False: one had come of it before."""
    row = {"recorded_at": now, "recurrence": key, "local": wall, "maintenance": maintenance}
    return connection.execute(insert_absent(connection, tables.occurrence), row).rowcount == 1


def occurrences(connection: Connection, key: str) -> Mapping[str, str]:
    """The maintenance (ids) that came of a recurrence, by the wall clock of its beginning."""
    rows = connection.execute(sa.select(_o.local, _o.maintenance).where(_o.recurrence == key).order_by(_o.no))
    return {row.local: row.maintenance for row in rows}


def _read(connection: Connection, which: sa.ColumnElement[bool]) -> tuple[Recurrence, ...]:
    question = sa.select(tables.recurrence_step, tables.site.c.key).join_from(tables.recurrence_step, tables.site)
    found: dict[str, tuple[Any, list[Step]]] = {}
    for row in connection.execute(question.where(which).order_by(_r.no)):
        found.setdefault(row.recurrence, (row, []))[1].append(Step(row.recorded_at, row.kind, row.person))
    return tuple(Recurrence(key, row.key, _window(row), tuple(steps)) for key, (row, steps) in found.items())


def _window(row: Any) -> Window:
    impacts = {name: impact_of(word) for name, word in json.loads(row.impacts).items()}
    return Window(row.rule, row.zone, row.first, row.length, impact_of(row.impact), impacts, row.title, row.about, row.action)
