"""What people decide of a rollout: draft it, name its release, announce a wave, move one, hold, go on, call it off.

A wave's windows are ordinary maintenances: what is asked of a wave is asked of each of them, and done to all or to none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from monitor.desk import gate, maintenance, waves
from monitor.desk.deed import Sitting
from monitor.desk.maintenance import Wanted, judge_plan
from monitor.desk.people import lacking
from monitor.desk.refusal import no_such, unless_printable
from monitor.desk.wave_plan import Laid
from monitor.store import maintenance as plans
from monitor.store import rollouts
from monitor.store.maintenance import Plan as Window
from monitor.store.maintenance import Step as WindowStep
from monitor.store.rollouts import Kept, Kind, Plan, Step, WavePlan
from sla.exclusion import Fault
from sla.maintenance import Impact, Status
from sla.rollout import INTERNAL, Rollout, order_faults
from sla.span import Instant, Span
from sla.texts import instant_text

LONGEST_VERSION = 40
LONGEST_REASON = 2_000
_NOTHING: Mapping[str, Window] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Draft:
    """What is rolled out, how it is called, and in which waves; the words are for the customers."""

    release: str | None
    title: str
    waves: tuple[Laid, ...]
    impact: Impact
    about: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """A rollout with the step it would take, the windows with theirs (by site; one without id is new), and all faults."""

    rollout: Kept
    windows: Mapping[str, Window] = field(default_factory=lambda: _NOTHING)
    faults: tuple[Fault, ...] = ()


def judge_draft(at: Sitting, draft: Draft) -> Judged:
    """A new rollout, of which nobody is told."""
    rules = at.ground.configuration.rollouts
    laid = tuple(WavePlan(one.ring, rules.soak_of(one.ring), tuple((site, ()) for site in one.sites)) for one in draft.waves)
    step = Step(at.now, Kind.DRAFTED, Plan(draft.release, draft.title, laid), at.person.name)
    made = Kept(rollouts.new_id(at.connection, at.now), (step,))
    found = [*lacking(at.person, "operate"), *_word_faults(step.plan), *_ring_faults(at, draft.waves)]
    windows: dict[str, Window] = {}
    for number, one in enumerate(draft.waves, 1):
        for site in one.sites:
            title = wave_title(step.plan, number)
            judged = judge_plan(at, Wanted(site, one.span, draft.impact, {}, title, draft.about, draft.action))
            windows[site] = replace(judged.plan, id="")
            found += judged.faults
    if all(wave.sites for wave in draft.waves):
        found += order_faults(waves.standing(at.connection, made, windows))
    return Judged(made, windows, _once(found))


def wave_title(plan: Plan, number: int) -> str:
    """What the windows of a wave are called: ``Rolling update 10.18.3 (wave 2)``."""
    named = f"{plan.title} {plan.release}" if plan.release else plan.title
    return f"{named} (wave {number})"


def judge_change(at: Sitting, key: str, release: str | None, title: str | None) -> Judged:
    """Another version or title, as long as nobody was told of any."""

    def further(known: Kept) -> Judged:
        plan = replace(known.plan, release=release or known.plan.release, title=title or known.plan.title)
        found = _word_faults(plan)
        if any(step.kind is Kind.ANNOUNCED for step in known.steps):
            found.append(Fault("illegal-step", ("id",), "customers were told its name", known.state, "a draft"))
        windows = {}
        for number, wave in enumerate(plan.waves, 1):
            for site, window in _windows(at, wave).items():
                step = replace(maintenance.changed(at, window), title=wave_title(plan, number))
                windows[site] = replace(window, steps=(*window.steps, step))
        return Judged(_with(at, known, Kind.CHANGED, plan), windows, tuple(found))

    return _judged(at, key, "operate", further)


def judge_announcement(at: Sitting, key: str, number: int) -> Judged:
    """A whole wave told to the contacts of all its sites, by somebody else than who planned it."""

    def further(known: Kept) -> Judged:
        found = list(waves.announced_faults(known))
        if known.plan.release is None:
            message = f"what is rolled out has no version yet; `threenines release change {known.id} --version …` gives it one"
            found.append(Fault("missing", ("version",), message, "none", "the version of the release"))
        windows = {}
        for site, window in _windows(at, known.plan.waves[number - 1]).items():
            if window.last.status in (None, Status.TENTATIVE):
                judged = _each(at, window, "approve", lambda plan: maintenance.announced(at, plan, tentative=False))
                windows[site], found = judged.plan, [*found, *judged.faults]
        if not windows:
            found.append(
                Fault("illegal-step", ("wave",), f"of wave {number} nothing is left to announce", "announced", "a draft")
            )
        return Judged(_with(at, known, Kind.ANNOUNCED, known.plan, number), windows, tuple(found))

    return _judged(at, key, "approve", further, number)


@dataclass(frozen=True, slots=True)
class Moved:
    """The new time of a wave; an emergency with its reason, or who of the customer agreed, where it is soon."""

    span: Span
    emergency: str | None = None
    agreed_by: str | None = None


def judge_move(at: Sitting, key: str, number: int, moved: Moved) -> Judged:
    """Another time for a wave that has not begun: what was announced changes, what was cancelled gets a new maintenance."""

    def further(known: Kept) -> Judged:
        found: list[Fault] = []
        windows = {}
        for site, window in _windows(at, known.plan.waves[number - 1]).items():
            judged = _renewed(at, window, moved) if window.last.status is Status.CANCELLED else _shifted(at, window, moved)
            windows[site], found = judged.plan, [*found, *judged.faults]
        step = _with(at, known, Kind.MOVED, known.plan, number, f"{instant_text(moved.span.start)} on")
        found += order_faults(waves.standing(at.connection, step, windows))
        return Judged(step, windows, tuple(found))

    return _judged(at, key, "approve", further, number)


def _shifted(at: Sitting, window: Window, moved: Moved) -> maintenance.Judged:
    more = {name: text for name, text in (("emergency", moved.emergency), ("agreed_by", moved.agreed_by)) if text}
    return _each(at, window, "approve", lambda plan: maintenance.changed(at, plan, span=moved.span, **more))


def _renewed(at: Sitting, window: Window, moved: Moved) -> maintenance.Judged:
    """A new draft in the place of a window that was cancelled: its calendar entry names the old one."""
    last = window.last
    wanted = Wanted(window.site, moved.span, last.impact, last.impacts, last.title, last.about, last.action, moved.emergency)
    judged = judge_plan(at, wanted)
    draft = replace(judged.plan.last, follows=window.id)
    return replace(judged, plan=replace(judged.plan, id="", steps=(draft,)))


def judge_hold(at: Sitting, key: str, reason: str) -> Judged:
    """Nothing of the rollout begins until somebody lets it go on."""

    def further(known: Kept) -> Judged:
        found = _reason_faults("reason", reason)
        if known.hold is not None:
            found.append(Fault("illegal-step", ("id",), f"{known.id} is held already", "held", "one that is not held"))
        return Judged(_with(at, known, Kind.HELD, known.plan, note=reason), faults=tuple(found))

    return _judged(at, key, "operate", further)


def judge_resume(at: Sitting, key: str, override: str | None) -> Judged:
    """Going on with what is held: as far as the gate has nothing against it, or with the reason why in spite of it."""

    def further(known: Kept) -> Judged:
        rollout = waves.standing(at.connection, known)
        found = [*_second_person(at, known), *_late_faults(rollout, at.now)]
        number = rollout.next.number if rollout.next else None
        if override is None:
            found += _gate_faults(at, rollout)
            return Judged(_with(at, known, Kind.RESUMED, known.plan), faults=tuple(found))
        found += _reason_faults("override", override)
        return Judged(_with(at, known, Kind.OVERRIDDEN, known.plan, number, override), faults=tuple(found))

    return _judged(at, key, "approve", further)


def _second_person(at: Sitting, known: Kept) -> list[Fault]:
    if known.hold is None:
        return [Fault("illegal-step", ("id",), f"{known.id} is not held", known.state, "a rollout that is held")]
    if at.person.name not in {*known.planners, known.hold.person}:
        return []
    message = f"{at.person.name} planned or held it, so another person lets it go on"
    return [Fault("four-eyes", ("id",), message, at.person.name, "the token of another person with scope approve")]


def _late_faults(rollout: Rollout, now: Instant) -> Iterator[Fault]:
    for wave in rollout.overtaken(now):
        start = instant_text(wave.span.start)
        message = f"wave {wave.number} can't begin then: the one before is not soaked; move it first"
        yield Fault("late", ("waves", wave.number - 1), message, start, "a start after the soak")


def _gate_faults(at: Sitting, rollout: Rollout) -> Iterator[Fault]:
    if rollout.next is None:
        return
    found = gate.decision(at.connection, at.ground.configuration, rollout, rollout.next, at.now)
    if found.final:
        against = "; ".join(f"{one.site or rollout.id}: {one.code} {one.got}" for one in found.against)
        expected = "go, or --override with the reason of a second person"
        yield Fault("gate", ("id",), f"the gate says {found.answer.value}", against, expected)


def judge_cancel(at: Sitting, key: str, reason: str) -> Judged:
    """The rollout is called off: what was announced and has not begun is cancelled."""

    def further(known: Kept) -> Judged:
        found = _reason_faults("reason", reason)
        windows = {}
        for wave in known.plan.waves:
            for site, window in _windows(at, wave).items():
                if window.last.status is Status.IN_PROCESS:
                    message = f"the window of {site} is in process; complete it first"
                    found.append(Fault("illegal-step", ("id",), message, "in process", "nothing in process"))
                elif window.last.status in (Status.TENTATIVE, Status.CONFIRMED):
                    judged = _each(at, window, "approve", lambda plan: maintenance.cancelled(at, plan, reason))
                    windows[site], found = judged.plan, [*found, *judged.faults]
        return Judged(_with(at, known, Kind.CANCELLED, known.plan, note=reason), windows, tuple(found))

    return _judged(at, key, "approve", further)


def _judged(at: Sitting, key: str, scope: str, further: Callable[[Kept], Judged], wave: int | None = None) -> Judged:
    """One more step of a rollout that is there and goes on, of a wave that it has."""
    known, found = rollouts.find(at.connection, key), list(lacking(at.person, scope))
    if known is None:
        ids = [one.id for one in rollouts.every(at.connection)]
        return Judged(Kept(key, ()), faults=(*found, no_such("rollout", "id", key, ids)))
    if known.over:
        found.append(Fault("illegal-step", ("id",), f"{key} is over", known.state, "a rollout that goes on"))
    if wave is not None and not 1 <= wave <= len(known.plan.waves):
        expected = f"1 to {len(known.plan.waves)}"
        found.append(Fault("unknown-wave", ("wave",), f"{key} has no such wave", str(wave), expected))
    if known.over or (wave is not None and not 1 <= wave <= len(known.plan.waves)):
        return Judged(known, faults=tuple(found))
    judged = further(known)
    return replace(judged, faults=_once((*found, *judged.faults)))


def _windows(at: Sitting, wave: WavePlan) -> dict[str, Window]:
    """The maintenance that stands last of each site of a wave."""
    ids = {site: keys[-1] for site, keys in wave.windows}
    found = plans.several(at.connection, list(ids.values()))
    return {site: found[key] for site, key in ids.items()}


def _each(at: Sitting, window: Window, scope: str, further: Callable[[Window], WindowStep]) -> maintenance.Judged:
    return maintenance.judge_step(at, window.id, scope, further, alone=False)


def _with(at: Sitting, known: Kept, kind: Kind, plan: Plan, wave: int | None = None, note: str = "") -> Kept:
    step = Step(max(at.now, known.last.at), kind, plan, at.person.name, wave, note)
    return Kept(known.id, (*known.steps, step))


def _word_faults(plan: Plan) -> list[Fault]:
    found = unless_printable("title", plan.title, maintenance.LONGEST_TITLE - LONGEST_VERSION - len(" (wave 20) "))
    return found if plan.release is None else [*found, *unless_printable("version", plan.release, LONGEST_VERSION)]


def _reason_faults(member: str, reason: str) -> list[Fault]:
    return unless_printable(member, reason.replace("\n", " "), LONGEST_REASON)


def _ring_faults(at: Sitting, laid: Iterable[Laid]) -> Iterator[Fault]:
    """The waves hold something, and in the ring of our own sites are only our own."""
    several, sites = tuple(laid), at.ground.configuration.sites
    if not several:
        yield Fault("missing", ("waves",), "a rollout has waves", "none", "at least one wave with sites")
    own, placed = {site.key: site.own for site in sites}, {site for one in several for site in one.sites}
    for left_out in (site.key for site in sites if site.ring == INTERNAL and site.key not in placed):
        message = "sites of our own go first, every one of them"
        yield Fault("internal-first", ("waves",), message, f"{left_out} left out", f"{left_out} in a wave of ring {INTERNAL}")
    for place, one in enumerate(several):
        if not one.sites:
            yield Fault("missing", ("waves", place), "a wave has sites", "none", f"sites in ring {one.ring}, or their names")
        for site in one.sites:
            if one.ring == INTERNAL and not own.get(site, True):
                yield Fault("ring", ("waves", place), f"{site} is a customer's site", one.ring, "early or general")


def _once(found: Iterable[Fault]) -> tuple[Fault, ...]:
    """Each fault once: what is wrong with all sites of a wave is said of the wave."""
    return tuple({(one.code, one.message, one.expected): one for one in found}.values())
