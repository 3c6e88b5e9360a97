"""How a rollout stands, from its plan and its windows' maintenances; and what it has against a step of one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy.engine import Connection

from monitor.desk import gate
from monitor.desk.deed import Sitting
from monitor.store import maintenance, rollouts
from monitor.store.maintenance import Plan
from monitor.store.rollouts import Kept, WavePlan
from reports.maintenance_notice import Kind
from sla.exclusion import Fault
from sla.gate import Answer
from sla.maintenance import Status
from sla.rollout import Rollout, Wave, Window, order_faults, start_faults

_TIMED = frozenset({Kind.ANNOUNCED.value, Kind.CONFIRMED.value, Kind.CHANGED.value})


def standing(connection: Connection, kept: Kept, instead: Mapping[str, Plan] | None = None) -> Rollout:
    """The rollout as it stands; ``instead`` are windows (by site) as they would be."""
    ids = [keys[-1] for wave in kept.plan.waves for _, keys in wave.windows if keys]
    plans = {plan.site: plan for plan in maintenance.several(connection, ids).values()} | dict(instead or {})
    waves = tuple(_wave(number, wave, plans) for number, wave in enumerate(kept.plan.waves, 1))
    return Rollout(kept.id, kept.plan.release, waves, kept.hold is not None, kept.over, kept.overridden)


def _wave(number: int, wave: WavePlan, plans: Mapping[str, Plan]) -> Wave:
    windows = tuple(window_of(plans[site]) for site, _ in wave.windows)
    return Wave(number, wave.ring, wave.soak_ms, windows)


def window_of(plan: Plan) -> Window:
    """A maintenance as a window: its span is what was announced before it began, never an extension."""
    begun = next((place for place, step in enumerate(plan.steps) if step.kind == Kind.STARTED.value), None)
    over = next((step.at for step in plan.steps if step.status is Status.COMPLETED), None)
    announced = plan.last if begun is None else plan.steps[max(0, begun - 1)]
    begun_at = None if begun is None else plan.steps[begun].at
    outcome = plan.last.outcome if over is not None else None
    return Window(plan.site, plan.id, announced.span, announced.impact, plan.last.status, begun_at, over, outcome)


def faults(at: Sitting, plan: Plan) -> list[Fault]:
    """What the rollout that ``plan`` is a window of has against its newest step; nothing if it is of none."""
    step = plan.last
    if step.kind != Kind.STARTED.value and step.kind not in _TIMED:
        return []
    kept = rollouts.carrying(at.connection, plan.id)
    if kept is None:
        return []
    if step.kind in _TIMED:
        return [*announced_faults(kept), *order_faults(standing(at.connection, kept, {plan.site: plan}))]
    rollout = standing(at.connection, kept)
    return list(start_faults(rollout, plan.site, at.now, _gate_says_go(at, rollout, plan.site)))


def announced_faults(kept: Kept) -> list[Fault]:
    """Why nothing of a rollout is announced now: it is over."""
    return [Fault("rollout-over", ("id",), f"{kept.id} is over", kept.state, "a rollout that goes on")] if kept.over else []


def _gate_says_go(at: Sitting, rollout: Rollout, site: str) -> bool:
    wave = rollout.wave_of(site)
    if wave is None or wave.number in rollout.overridden:
        return True
    asked = replace(wave, windows=tuple(one for one in wave.windows if one.site == site))
    found = gate.decision(at.connection, at.ground.configuration, rollout, asked, at.now)
    return found.answer is Answer.GO
