"""What people decide of a maintenance: plan, announce, change, start, extend, complete, cancel. Every rule at once.

One person plans, another announces. An announcement and a new time need their notice, or an emergency with its reason, or
the customer's own consent. What was announced is never changed: a change is one more step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from monitor.config.configuration import Contact, Site
from monitor.desk import waves
from monitor.desk.deed import Sitting
from monitor.desk.people import lacking
from monitor.desk.refusal import no_such, unless_printable
from monitor.store import maintenance
from monitor.store.maintenance import PLANNED, Plan, Step
from reports.maintenance_notice import Kind
from sla.exclusion import Fault
from sla.maintenance import Impact, Status
from sla.span import HOUR, MINUTE, SECOND, Instant, Span
from sla.texts import instant_text

LONGEST_TITLE = 100
LONGEST_TEXT = 8_192
"""Bytes of what a customer is told about it: two pages."""
EARLY_MS = 15 * MINUTE
"""A maintenance may be said to have begun this long before its time."""

NEXT: Mapping[Status | None, tuple[Status, ...]] = {
    None: (Status.TENTATIVE, Status.CONFIRMED),
    Status.TENTATIVE: (Status.TENTATIVE, Status.CONFIRMED, Status.CANCELLED),
    Status.CONFIRMED: (Status.CONFIRMED, Status.IN_PROCESS, Status.CANCELLED),
    Status.IN_PROCESS: (Status.IN_PROCESS, Status.COMPLETED),
    Status.COMPLETED: (),
    Status.CANCELLED: (),
}
"""What may follow on what; a status that follows on itself is a change of something else."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a planner wants: of which site, when, with which impact on what, and the words for the customer."""

    site: str
    span: Span
    impact: Impact
    impacts: Mapping[str, Impact]
    title: str
    about: str = ""
    action: str = ""
    emergency: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """A maintenance with the step it would take, and every rule that the step breaks."""

    plan: Plan
    faults: tuple[Fault, ...] = ()


def judge_plan(at: Sitting, wanted: Wanted) -> Judged:
    """A new draft, which only operators see."""
    step = Step(
        at.now,
        PLANNED,
        None,
        wanted.span,
        wanted.impact,
        wanted.impacts,
        wanted.title,
        at.person.name,
        wanted.about,
        wanted.action,
        wanted.emergency,
    )
    plan = Plan(maintenance.new_id(at.connection, at.now), wanted.site, (step,))
    found = [*lacking(at.person, "operate"), *_word_faults(step), *_site_faults(at, plan), *_time_faults(at, step)]
    return Judged(plan, tuple(found))


def judge_agreed(at: Sitting, wanted: Wanted, agreed_by: str) -> Judged:
    """A new maintenance that the customer asked for: planned and announced by one person, since ``agreed_by`` is the second."""
    draft = judge_plan(at, wanted)
    known = draft.plan
    step = replace(announced(at, known, tentative=False), agreed_by=agreed_by)
    plan = replace(known, steps=(*known.steps, step))
    found = [*lacking(at.person, "approve"), *draft.faults, *_site_faults(at, plan)]
    return Judged(plan, tuple(dict.fromkeys(found)))


Further: TypeAlias = "Callable[[Plan], Step]"
"""The step that somebody wants to take of a maintenance."""


def judge_step(at: Sitting, key: str, scope: str, further: Further, alone: bool = True) -> Judged:
    """One more step of a maintenance that is there, by somebody with ``scope``.

    Not ``alone``: the caller takes the step for a whole wave, and asks of the rollout by itself.
    """
    known = maintenance.find(at.connection, key)
    if known is None:
        ids = [plan.id for plan in maintenance.every(at.connection)]
        missing = Plan(key, "", ())
        return Judged(missing, (*lacking(at.person, scope), no_such("maintenance", "id", key, ids)))
    step = further(known)
    plan = replace(known, steps=(*known.steps, step))
    found = [*lacking(at.person, scope), *_order_faults(known, step), *_word_faults(step), *_site_faults(at, plan)]
    if step.kind in (Kind.ANNOUNCED.value, Kind.CONFIRMED.value, Kind.CHANGED.value):
        found += [*_time_faults(at, step), *_notice_faults(at, known, step)]
    if known.last.status is None and step.status is not None:
        found += _four_eyes(at, known)
    if alone:
        found += waves.faults(at, plan)
    return Judged(plan, tuple(found))


def announced(at: Sitting, plan: Plan, tentative: bool) -> Step:
    """The draft told for the first time, or a provisional time made firm."""
    kind = Kind.ANNOUNCED if plan.last.status is None else Kind.CONFIRMED
    status = Status.TENTATIVE if tentative else Status.CONFIRMED
    return replace(_next(at, plan), kind=kind.value, status=status)


def changed(at: Sitting, plan: Plan, **what: object) -> Step:
    """Something that readers see becomes another; before anything was told it is one more draft."""
    kind = PLANNED if plan.last.status is None else Kind.CHANGED.value
    return replace(_next(at, plan), kind=kind, **what)  # type: ignore[arg-type]


def started(at: Sitting, plan: Plan) -> Step:
    """It has begun."""
    return replace(_next(at, plan), kind=Kind.STARTED.value, status=Status.IN_PROCESS)


def extended(at: Sitting, plan: Plan, until: Instant) -> Step:
    """It takes longer."""
    span = plan.last.span
    return replace(_next(at, plan), kind=Kind.EXTENDED.value, span=Span(span.start, max(until, span.start + 1)))


def completed(at: Sitting, plan: Plan, outcome: str) -> Step:
    """It is over."""
    return replace(_next(at, plan), kind=Kind.COMPLETED.value, status=Status.COMPLETED, outcome=outcome)


def cancelled(at: Sitting, plan: Plan, note: str) -> Step:
    """It will not take place."""
    return replace(_next(at, plan), kind=Kind.CANCELLED.value, status=Status.CANCELLED, note=note)


def _next(at: Sitting, plan: Plan) -> Step:
    """The last step once more, by who acts now."""
    return replace(plan.last, at=max(at.now, plan.last.at), person=at.person.name, note="", agreed_by=None)


def site_of(at: Sitting, key: str) -> Site | None:
    """The configured site with this key."""
    return next((site for site in at.ground.configuration.sites if site.key == key), None)


def contacts(site: Site) -> tuple[Contact, ...]:
    """Who is told of a site's maintenance."""
    return tuple(contact for contact in site.contacts if "maintenance" in contact.kinds)


def _order_faults(known: Plan, step: Step) -> list[Fault]:
    """The fault of a step that does not follow on the one before."""
    before, allowed = known.last.status, NEXT[known.last.status]
    if step.status is None and before is None:
        return []
    fits = step.status in allowed
    if step.kind in (Kind.EXTENDED.value, Kind.COMPLETED.value):
        fits = fits and before is Status.IN_PROCESS
    if step.kind == Kind.STARTED.value:
        fits = fits and before is Status.CONFIRMED
    if step.kind == Kind.CHANGED.value:
        fits = fits and before in (Status.TENTATIVE, Status.CONFIRMED)
    if step.kind == Kind.CONFIRMED.value:
        fits = fits and before is Status.TENTATIVE and step.status is Status.CONFIRMED
    if not fits:
        is_now = "a draft" if before is None else before.value
        expected = " or ".join(status.value for status in allowed) or "nothing: it is over"
        return [Fault("illegal-step", ("id",), f"{step.kind} does not follow here", is_now, expected)]
    return _moment_faults(known, step)


def _moment_faults(known: Plan, step: Step) -> list[Fault]:
    span = known.last.span
    if step.kind == Kind.STARTED.value and step.at < span.start - EARLY_MS:
        return [Fault("too-early", ("id",), "it begins later; change its time first", *_pair(step.at, span.start - EARLY_MS))]
    if step.kind == Kind.EXTENDED.value and step.span.end <= max(span.end, step.at):
        return [Fault("value", ("to",), "an extension ends later", *_pair(step.span.end, max(span.end, step.at) + 1))]
    return []


def _pair(got: Instant, least: Instant) -> tuple[str, str]:
    return instant_text(got), f"{instant_text(least)} or later"


def _word_faults(step: Step) -> list[Fault]:
    found = unless_printable("title", step.title, LONGEST_TITLE)
    for member, text in (("about", step.about), ("action", step.action), ("emergency", step.emergency or "")):
        size = len(text.encode())
        if size > LONGEST_TEXT or not all(char.isprintable() or char == "\n" for char in text):
            expected = f"at most {LONGEST_TEXT} bytes of printable text"
            found.append(Fault("value", (member,), f"{member} is no such text", f"{size} bytes", expected))
    return found


def _site_faults(at: Sitting, plan: Plan) -> list[Fault]:
    """The site is there, has the components and somebody to be told."""
    site = site_of(at, plan.site)
    if site is None:
        return [no_such("site", "site", plan.site, [one.key for one in at.ground.configuration.sites])]
    there = [component.key for component in site.components]
    found = [no_such("component", "impacts", name, there) for name in plan.last.impacts if name not in there]
    if plan.last.status is not None and not contacts(site) and not site.own:
        message = f"{site.key} has no designated contact for maintenance"
        found.append(Fault("no-contact", ("site",), message, "0", "at least 1 in its configuration"))
    return found


def _time_faults(at: Sitting, step: Step) -> list[Fault]:
    if step.span.start < at.now:
        return [Fault("past", ("from",), "it begins in the past", *_pair(step.span.start, at.now))]
    return []


def _notice_faults(at: Sitting, known: Plan, step: Step) -> list[Fault]:
    """A new time is told early enough, unless it is an emergency with a reason, or the customer agreed."""
    before = known.last
    told = before.status is Status.CONFIRMED and before.span == step.span and before.impact >= step.impact
    if told or step.emergency or step.agreed_by or step.status is Status.TENTATIVE:
        return []
    site = site_of(at, known.site)
    if site is not None and site.own:  # nobody but ourselves is told
        return []
    least = (site.agreement.maintenance_notice_seconds if site else 0) * SECOND
    lead = step.span.start - at.now
    if lead >= least:
        return []
    message = f"lead time {least // HOUR}h, got {max(0, lead) // HOUR}h; use --emergency with a reason, or --agreed-by"
    return [Fault("lead-time", ("from",), message, *_pair(step.span.start, at.now + least))]


def _four_eyes(at: Sitting, known: Plan) -> list[Fault]:
    planners = {step.person for step in known.steps}
    if at.person.name not in planners:
        return []
    message = f"{at.person.name} planned it, so another person announces it"
    return [Fault("four-eyes", ("id",), message, at.person.name, "the token of another person with scope approve")]
