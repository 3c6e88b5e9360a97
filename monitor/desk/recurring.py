"""Maintenance that recurs: planned by one person, approved by another; then the service announces each window in good time.

Each window is a maintenance of its own, with its own notices, and may be moved or cancelled like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection

from monitor.desk import maintenance as single
from monitor.desk.deed import Installation, Sitting
from monitor.desk.maintenance import Wanted
from monitor.desk.maintenance_keeping import kept
from monitor.desk.people import lacking
from monitor.desk.recurrence import WALL, Rule, Start, faults, starts
from monitor.desk.refusal import Refused, no_such, refused
from monitor.store import audit, catalogue, maintenance, recurrences
from monitor.store.audit import SERVICE, Entry
from monitor.store.maintenance import PLANNED, Plan
from monitor.store.maintenance import Step as PlanStep
from monitor.store.recurrences import APPROVED, ENDED, Recurrence, Step, Window
from reports.maintenance_notice import Kind
from sla.exclusion import Fault
from sla.maintenance import Status
from sla.span import DAY, SECOND, Instant, Span

HORIZON_MS = 14 * DAY
"""How long before its beginning a window is announced: more than the notice of any preset, few mails at once."""
PREFIX = "REC-"


def plan(at: Sitting, site: str, window: Window) -> Recurrence | Refused:
    """Plan a window that recurs. Every rule of a single window holds for its first one."""
    key = recurrences.new_id(at.connection, at.now)
    found = [*lacking(at.person, "operate"), *_window_faults(at, site, window)]
    one = Recurrence(key, site, window, (Step(at.now, recurrences.PLANNED, at.person.name),))
    return _kept(at, one, found)


def approve(at: Sitting, key: str) -> Recurrence | Refused:
    """Let the service announce its windows; by another person than the planner."""
    one = recurrences.find(at.connection, key)
    found = [*lacking(at.person, "approve"), *_step_faults(at, one, key, (recurrences.PLANNED,))]
    if one is not None and at.person.name in {step.person for step in one.steps}:
        message = f"{at.person.name} planned it, so another person approves it"
        found.append(Fault("four-eyes", ("id",), message, at.person.name, "the token of another person with scope approve"))
    done = _stepped(at, one, key, APPROVED, found)
    if isinstance(done, Recurrence):
        keep_up(at.connection, at.ground, at.now)
    return done


def end(at: Sitting, key: str) -> Recurrence | Refused:
    """Announce no more of it, and cancel what is announced and has not begun."""
    one = recurrences.find(at.connection, key)
    found = [*lacking(at.person, "approve"), *_step_faults(at, one, key, (recurrences.PLANNED, APPROVED))]
    done = _stepped(at, one, key, ENDED, found)
    if isinstance(done, Recurrence):
        for plan in list(_to_cancel(at, done)):
            step = single.cancelled(at, plan, f"{key} was ended")
            kept(at.connection, at.ground, replace(plan, steps=(*plan.steps, step)), at.person.actor, at.now)
    return done


def keep_up(connection: Connection, ground: Installation, now: Instant) -> tuple[str, ...]:
    """Announce every approved window that begins within the horizon and was not announced yet; the sites concerned.

    A window for which the notice of the agreement is over already is left out.
    """
    touched = []
    sites = {site.key: site for site in ground.configuration.sites}
    for one in recurrences.every(connection):
        if one.status != APPROVED or one.site not in sites:
            continue
        known = recurrences.occurrences(connection, one.id)
        notice_ms = sites[one.site].agreement.maintenance_notice_seconds * SECOND
        for start in starts(rule_of(one.window), now + notice_ms, now + max(HORIZON_MS, notice_ms + DAY)):
            if f"{start.wall:{WALL}}" not in known:
                _announce(connection, ground, one, start, now)
                touched.append(one.site)
    return tuple(dict.fromkeys(touched))


def coming(one: Recurrence, now: Instant, until: Instant) -> tuple[Span, ...]:
    """The windows that begin between ``now`` and ``until``, announced or not."""
    if one.status == ENDED:
        return ()
    return tuple(Span(start.at, start.at + one.window.length_ms) for start in starts(rule_of(one.window), now, until))


def rule_of(window: Window) -> Rule:
    """When a window begins."""
    return Rule(window.rule, window.zone, datetime.strptime(window.first, WALL))  # noqa: DTZ007 - a wall clock


def _announce(connection: Connection, ground: Installation, one: Recurrence, start: Start, now: Instant) -> None:
    """A maintenance of its own: planned by who planned them all, announced by who approved them all."""
    window, planner = one.window, one.steps[0].person
    span = Span(start.at, start.at + window.length_ms)
    draft = PlanStep(now, PLANNED, None, span, window.impact, window.impacts, window.title, planner, window.about, window.action)
    told = replace(draft, kind=Kind.ANNOUNCED.value, status=Status.CONFIRMED, person=one.steps[-1].person, note=one.id)
    first = Plan(maintenance.new_id(connection, now), one.site, (draft,))
    if recurrences.occurred(connection, one.id, f"{start.wall:{WALL}}", first.id, now):
        kept(connection, ground, first, SERVICE, now)
        kept(connection, ground, replace(first, steps=(draft, told)), SERVICE, now)


def _window_faults(at: Sitting, site: str, window: Window) -> list[Fault]:
    wrong = faults(rule_of(window))
    if wrong:
        return wrong
    begins = next(starts(rule_of(window), 0, at.now + 5 * 366 * DAY), None)
    if begins is None:
        return [Fault("value", ("rule",), "it begins in more than five years", window.first, "a nearer beginning")]
    span = Span(begins.at, begins.at + window.length_ms)
    words = window.title, window.about, window.action
    judged = single.judge_plan(at, Wanted(site, span, window.impact, window.impacts, *words))
    return list(judged.faults)


def _step_faults(at: Sitting, one: Recurrence | None, key: str, before: tuple[str, ...]) -> list[Fault]:
    if one is None:
        return [no_such("recurrence", "id", key, [other.id for other in recurrences.every(at.connection)])]
    if one.status not in before:
        return [Fault("illegal-step", ("id",), "this does not follow here", one.status, " or ".join(before))]
    return []


def _to_cancel(at: Sitting, one: Recurrence) -> Iterator[Plan]:
    for key in recurrences.occurrences(at.connection, one.id).values():
        plan = maintenance.find(at.connection, key)
        if plan is not None and plan.last.status in (Status.TENTATIVE, Status.CONFIRMED) and plan.last.span.start > at.now:
            yield plan


def _stepped(at: Sitting, one: Recurrence | None, key: str, kind: str, found: list[Fault]) -> Recurrence | Refused:
    if one is None:
        return refused(at.connection, at.now, Entry(at.person.actor, f"recurrence.{kind}", key, {}), found)
    return _kept(at, replace(one, steps=(*one.steps, Step(at.now, kind, at.person.name))), found)


def _kept(at: Sitting, one: Recurrence, found: list[Fault]) -> Recurrence | Refused:
    """Keep the newest step, or refuse it; both are audited."""
    window, kind = one.window, one.steps[-1].kind
    body = {"site": one.site, "rule": window.rule, "zone": window.zone, "first": window.first, "title": window.title}
    entry = Entry(at.person.actor, f"recurrence.{kind}", one.id, body)
    if found:
        return refused(at.connection, at.now, entry, dict.fromkeys(found))
    recurrences.append(at.connection, catalogue.read(at.connection).sites[one.site], one)
    audit.append(at.connection, at.now, entry)
    return one
