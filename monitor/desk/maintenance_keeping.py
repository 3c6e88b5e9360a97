"""A step of a maintenance kept: the row, the audit and the letters in one transaction; and the steps that time itself takes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Connection

from monitor.desk import maintenance_letters
from monitor.desk.deed import Installation, Sitting
from monitor.desk.maintenance import Judged
from monitor.desk.refusal import Refused, refused
from monitor.store import audit, catalogue, maintenance
from monitor.store.audit import SERVICE, Actor, Entry
from monitor.store.letters import Key
from monitor.store.maintenance import Plan
from reports.maintenance_notice import Kind
from sla.maintenance import Status
from sla.span import MINUTE, Instant, Span
from sla.texts import instant_text

OVERRUN_MS = 30 * MINUTE
"""What a maintenance that is not over at its end is prolonged by until somebody says more."""


def keep(at: Sitting, judged: Judged) -> tuple[Plan, tuple[Key, ...]] | Refused:
    """Keep the newest step of what was judged, or refuse it; both are audited. Gives the plan and the letters queued."""
    plan = judged.plan
    if judged.faults:
        action = f"maintenance.{plan.last.kind}" if plan.steps else "maintenance"
        return refused(at.connection, at.now, Entry(at.person.actor, action, plan.id, {}), judged.faults)
    return plan, kept(at.connection, at.ground, plan, at.person.actor, at.now)


def kept(connection: Connection, ground: Installation, plan: Plan, actor: Actor, now: Instant) -> tuple[Key, ...]:
    """Keep the newest step, which breaks no rule; the letters that tell of it."""
    maintenance.append(connection, catalogue.read(connection).sites[plan.site], plan.id, plan.last)
    audit.append(connection, now, Entry(actor, f"maintenance.{plan.last.kind}", plan.id, _said(plan)))
    return maintenance_letters.put(connection, ground, plan, now)


def tend(connection: Connection, ground: Installation, now: Instant) -> tuple[str, ...]:
    """What is due by the clock alone: reminders; what never began is cancelled, what is not over goes on. The sites told of."""
    touched = []
    for plan in maintenance.going_on(connection):
        step = plan.last
        if now < step.span.end:
            if maintenance_letters.reminders(connection, ground, plan, now):
                touched.append(plan.site)
            continue
        if step.status is Status.IN_PROCESS:
            longer = Span(step.span.start, now + OVERRUN_MS)
            moved = replace(step, at=now, kind=Kind.EXTENDED.value, span=longer, person=SERVICE.name, note="not over at its end")
        else:
            moved = replace(
                step,
                at=now,
                kind=Kind.CANCELLED.value,
                status=Status.CANCELLED,
                person=SERVICE.name,
                note="not carried out",
            )
        kept(connection, ground, replace(plan, steps=(*plan.steps, moved)), SERVICE, now)
        touched.append(plan.site)
    return tuple(dict.fromkeys(touched))


def _said(plan: Plan) -> dict[str, Any]:
    step = plan.last
    return {
        "site": plan.site,
        "status": None if step.status is None else step.status.value,
        "from": instant_text(step.span.start),
        "to": instant_text(step.span.end),
        "impact": step.impact.word,
        "impacts": {name: impact.word for name, impact in sorted(step.impacts.items())},
        "title": step.title,
        "emergency": step.emergency,
        "agreed_by": step.agreed_by,
        "outcome": step.outcome,
        "note": step.note,
    }
