"""Maintenance as people plan it and tell of it: one row a step, kept for ever. Its id is ``MNT-<year>-<number>``."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import tables
from sla.maintenance import Impact, Status
from sla.span import SECOND, Instant, Span

_m = tables.maintenance_step.c

PLANNED = "planned"
"""The kind of a step that only operators see: the first, and those before anything was announced."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step by ``person``. ``status`` None: a draft. ``impacts`` by component, empty: the whole site by ``impact``.

    ``kind`` is ``planned`` or the kind of its notice; ``note`` is for operators, everything else for the customer.
    ``follows`` is the maintenance (its id) that was postponed, where this one takes its place.
    """

    at: Instant
    kind: str
    status: Status | None
    span: Span
    impact: Impact
    impacts: Mapping[str, Impact]
    title: str
    person: str
    about: str = ""
    action: str = ""
    emergency: str | None = None
    agreed_by: str | None = None
    outcome: str | None = None
    note: str = ""
    follows: str | None = None

    @property
    def hit(self) -> tuple[str, ...]:
        """The components that are hit worst, empty: the whole site. To the others less was announced than ``impact`` says."""
        return tuple(sorted(name for name, impact in self.impacts.items() if impact is self.impact))


@dataclass(frozen=True, slots=True)
class Plan:
    """One maintenance of one ``site`` (its key) with all its steps, oldest first."""

    id: str
    site: str
    steps: tuple[Step, ...]

    @property
    def last(self) -> Step:
        """The newest step."""
        return self.steps[-1]

    @property
    def told(self) -> tuple[Step, ...]:
        """The steps that readers see; a revision's number is its place among them."""
        return tuple(step for step in self.steps if step.status is not None)


def new_id(connection: Connection, now: Instant) -> str:
    """The id of the next maintenance of this year."""
    prefix = f"MNT-{datetime.fromtimestamp(now // SECOND, UTC):%Y}-"
    many = sa.select(sa.func.count(sa.distinct(_m.maintenance))).where(_m.maintenance.startswith(prefix))
    return f"{prefix}{(connection.execute(many).scalar() or 0) + 1:04d}"


def append(connection: Connection, site_no: int, maintenance: str, step: Step) -> None:
    """Keep one more step."""
    row = {
        "recorded_at": step.at,
        "site_no": site_no,
        "maintenance": maintenance,
        "kind": step.kind,
        "status": None if step.status is None else step.status.value,
        "since": step.span.start,
        "until": step.span.end,
        "impact": step.impact.word,
        "impacts": json.dumps({name: impact.word for name, impact in step.impacts.items()}),
        "title": step.title,
        "about": step.about,
        "action": step.action,
        "emergency": step.emergency,
        "agreed_by": step.agreed_by,
        "outcome": step.outcome,
        "person": step.person,
        "note": step.note,
        "follows": step.follows,
    }
    connection.execute(sa.insert(tables.maintenance_step), [row])


def find(connection: Connection, key: str) -> Plan | None:
    """One maintenance by its id."""
    found = _plans(connection, _m.maintenance == key)
    return found[0] if found else None


def several(connection: Connection, keys: Collection[str]) -> Mapping[str, Plan]:
    """Those with one of these ids, by id."""
    return {plan.id: plan for plan in _plans(connection, _m.maintenance.in_(keys))}


def of_site(connection: Connection, site: str) -> tuple[Plan, ...]:
    """Those of one site by its key, in the order planned."""
    return _plans(connection, tables.site.c.key == site)


def every(connection: Connection) -> tuple[Plan, ...]:
    """All of them, in the order planned."""
    return _plans(connection, sa.true())


def going_on(connection: Connection) -> tuple[Plan, ...]:
    """Those that are announced and neither over nor cancelled."""
    newest = sa.select(sa.func.max(_m.no)).group_by(_m.maintenance)
    live = [status.value for status in (Status.TENTATIVE, Status.CONFIRMED, Status.IN_PROCESS)]
    alive = sa.select(_m.maintenance).where(_m.no.in_(newest), _m.status.in_(live))
    return _plans(connection, _m.maintenance.in_(alive))


def told_since(connection: Connection, at: Instant) -> tuple[str, ...]:
    """The sites (keys) of whose maintenance readers were told anything at ``at`` or later."""
    question = sa.select(tables.site.c.key).distinct().join_from(tables.maintenance_step, tables.site)
    rows = connection.execute(question.where(_m.recorded_at >= at, _m.status.is_not(None)).order_by(tables.site.c.key))
    return tuple(row.key for row in rows)


def _plans(connection: Connection, which: sa.ColumnElement[bool]) -> tuple[Plan, ...]:
    question = sa.select(tables.maintenance_step, tables.site.c.key).join_from(tables.maintenance_step, tables.site)
    found: dict[str, tuple[str, list[Step]]] = {}
    for row in connection.execute(question.where(which).order_by(_m.no)):
        found.setdefault(row.maintenance, (row.key, []))[1].append(_step(row))
    return tuple(Plan(key, site, tuple(steps)) for key, (site, steps) in found.items())


def impact_of(word: str) -> Impact:
    """The level of impact by its word of MAINTNOTE. Raises KeyError for another."""
    return Impact[word.replace("-", "_")]


def _step(row: Any) -> Step:
    return Step(
        row.recorded_at,
        row.kind,
        None if row.status is None else Status(row.status),
        Span(row.since, row.until),
        impact_of(row.impact),
        {name: impact_of(word) for name, word in json.loads(row.impacts).items()},
        row.title,
        row.person,
        row.about,
        row.action,
        row.emergency,
        row.agreed_by,
        row.outcome,
        row.note,
        row.follows,
    )
