"""Rollouts as people plan them: one row a step with the whole plan, kept for ever. The id is ``RO-<year>-<number>``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store.rollout_tables import rollout_step
from sla.span import SECOND, Instant

_r = rollout_step.c


class Kind(Enum):
    """What a step does."""

    DRAFTED = "drafted"
    CHANGED = "changed"
    ANNOUNCED = "announced"
    MOVED = "moved"
    HELD = "held"
    RESUMED = "resumed"
    OVERRIDDEN = "overridden"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


OVER = (Kind.COMPLETED, Kind.CANCELLED)
_PLANNING = (Kind.DRAFTED, Kind.CHANGED, Kind.MOVED)


@dataclass(frozen=True, slots=True)
class WavePlan:
    """One wave: its ring, how long it soaks, and of each site (its key) its maintenances, the one that stands last."""

    ring: str
    soak_ms: int
    windows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is rolled out, under which name, and in which waves. ``release`` None: its version is not known yet."""

    release: str | None
    title: str
    waves: tuple[WavePlan, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step by ``person``; ``wave`` (from 1) where it concerns one; ``note`` is why, for operators."""

    at: Instant
    kind: Kind
    plan: Plan
    person: str
    wave: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """One rollout with all its steps, oldest first, at least one."""

    id: str
    steps: tuple[Step, ...]

    @property
    def last(self) -> Step:
        """The newest step."""
        return self.steps[-1]

    @property
    def plan(self) -> Plan:
        """The plan that stands."""
        return self.last.plan

    @property
    def over(self) -> bool:
        """Whether nothing more comes of it."""
        return self.last.kind in OVER

    @property
    def hold(self) -> Step | None:
        """The step that holds it; None: it is not held."""
        turns = [step for step in self.steps if step.kind in (Kind.HELD, Kind.RESUMED, Kind.OVERRIDDEN)]
        return turns[-1] if turns and turns[-1].kind is Kind.HELD else None

    @property
    def overridden(self) -> frozenset[int]:
        """The waves that may begin in spite of what the gate says."""
        return frozenset(step.wave for step in self.steps if step.kind is Kind.OVERRIDDEN and step.wave is not None)

    @property
    def planners(self) -> frozenset[str]:
        """Who had a hand in the plan."""
        return frozenset(step.person for step in self.steps if step.kind in _PLANNING)

    @property
    def state(self) -> str:
        """``draft``, ``announced``, ``held``, ``completed`` or ``cancelled``."""
        if self.over:
            return self.last.kind.value
        if self.hold is not None:
            return Kind.HELD.value
        return Kind.ANNOUNCED.value if any(step.kind is Kind.ANNOUNCED for step in self.steps) else "draft"


STATES = ("draft", "announced", "held", "completed", "cancelled")


def new_id(connection: Connection, now: Instant) -> str:
    """The id of the next rollout of this year."""
    prefix = f"RO-{datetime.fromtimestamp(now // SECOND, UTC):%Y}-"
    many = sa.select(sa.func.count(sa.distinct(_r.rollout))).where(_r.rollout.startswith(prefix))
    return f"{prefix}{(connection.execute(many).scalar() or 0) + 1:04d}"


def append(connection: Connection, rollout: str, step: Step) -> None:
    """Keep one more step."""
    row = {
        "recorded_at": step.at,
        "rollout": rollout,
        "kind": step.kind.value,
        "wave": step.wave,
        "plan": json.dumps(_written(step.plan)),
        "person": step.person,
        "note": step.note,
    }
    connection.execute(sa.insert(rollout_step), [row])


def find(connection: Connection, key: str) -> Kept | None:
    """One rollout by its id."""
    found = _read(connection, _r.rollout == key)
    return found[0] if found else None


def every(connection: Connection) -> tuple[Kept, ...]:
    """All of them, in the order drafted."""
    return _read(connection, sa.true())


def going_on(connection: Connection) -> tuple[Kept, ...]:
    """Those that are not over."""
    newest = sa.select(sa.func.max(_r.no)).group_by(_r.rollout)
    live = sa.select(_r.rollout).where(_r.no.in_(newest), _r.kind.not_in([kind.value for kind in OVER]))
    return _read(connection, _r.rollout.in_(live))


def carrying(connection: Connection, maintenance: str) -> Kept | None:
    """The rollout of which ``maintenance`` (its id) is a window, or was one."""
    quoted = json.dumps(maintenance)
    found = _read(connection, _r.rollout.in_(sa.select(_r.rollout).where(_r.plan.contains(quoted, autoescape=True))))
    return found[-1] if found else None


def _read(connection: Connection, which: sa.ColumnElement[bool]) -> tuple[Kept, ...]:
    found: dict[str, list[Step]] = {}
    for row in connection.execute(sa.select(rollout_step).where(which).order_by(_r.no)):
        found.setdefault(row.rollout, []).append(_step(row))
    return tuple(Kept(key, tuple(steps)) for key, steps in found.items())


def _step(row: Any) -> Step:
    return Step(row.recorded_at, Kind(row.kind), _plan(json.loads(row.plan)), row.person, row.wave, row.note)


def _written(plan: Plan) -> dict[str, Any]:
    waves = [{"ring": wave.ring, "soak_ms": wave.soak_ms, "windows": [list(one) for one in wave.windows]} for wave in plan.waves]
    return {"release": plan.release, "title": plan.title, "waves": waves}


def _plan(body: dict[str, Any]) -> Plan:
    waves = tuple(
        WavePlan(one["ring"], one["soak_ms"], tuple((site, tuple(ids)) for site, ids in one["windows"])) for one in body["waves"]
    )
    return Plan(body["release"], body["title"], waves)
