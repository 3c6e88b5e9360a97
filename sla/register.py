"""What a statement lists beside its figures: dates, why each outage was, what left it out, when nobody knew, maintenance."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from operator import itemgetter
from typing import TypeAlias

from sla.account import Account
from sla.answer import DayRow, OutageRow
from sla.calendar import date_of
from sla.case import Case
from sla.composition import Quad
from sla.counting import MAINTENANCE_CAUSE
from sla.evaluate import accounted
from sla.facts import changes
from sla.figures import daily
from sla.maintenance import Announcement, Maintenance, Status
from sla.outage import outages
from sla.span import Instant, Span
from sla.state import Cause, State
from sla.steps import FOREVER, Steps
from sla.timeline import Change

_FIRM = (Status.CONFIRMED, Status.IN_PROCESS)
_BY_ID = "exclusion "
"""Before the id of an exclusion, so that none can be called like announced maintenance."""


@dataclass(frozen=True, slots=True)
class Lost:
    """An outage with the ``causes`` seen in it, and what each exclusion (by id) takes off it, in milliseconds.

    ``forgiven_ms`` is what announced maintenance takes off.
    """

    outage: OutageRow
    causes: tuple[Cause, ...]
    excluded_ms: Mapping[str, Fraction]
    forgiven_ms: Fraction


@dataclass(frozen=True, slots=True)
class Silence:
    """Time that was not measured, the parts of which nobody knew then, and why."""

    span: Span
    components: tuple[str, ...]
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class Maintained:
    """A maintenance: what was ``announced`` last of it, and what the site was in that time, in milliseconds."""

    plan: Maintenance
    announced: Announcement
    down_ms: int
    degraded_ms: int
    unknown_ms: int
    forgiven_ms: Fraction


@dataclass(frozen=True, slots=True)
class Register:
    """The lists of one window. ``effect_ms`` is what each exclusion that counts takes off, by id (0: nothing)."""

    days: tuple[DayRow, ...]
    outages: tuple[Lost, ...]
    silences: tuple[Silence, ...]
    maintenance: tuple[Maintained, ...]
    effect_ms: Mapping[str, Fraction]


def register(case: Case, window: Span) -> Register:
    """What is to be listed of ``window`` of the site of ``case``."""
    seen = _by_exclusion(case, window)
    told = {name: changes(component, case.as_of) for name, component in case.components.items()}
    agreed = [
        one.id
        for one in case.exclusions
        if one.cause in case.agreement.excluded_causes and one.approved_at(case.as_of) is not None
    ]
    zone = case.agreement.zone
    return Register(
        daily(seen.counted, zone, date_of(zone, window.start), date_of(zone, window.end - 1)),
        tuple(_lost(seen, told, outage) for outage in outages(seen, window)),
        tuple(_silence(seen, told, Span(start, end)) for start, end, _ in seen.counted.unknown.within(window)),
        tuple(_maintained(case, seen, window)),
        {one: _share(seen, _BY_ID + one, window) for one in agreed},
    )


def _by_exclusion(case: Case, window: Span) -> Account:
    """The site as it is counted, but each exclusion is a cause of its own."""
    causes = case.agreement.excluded_causes
    own = tuple(replace(one, cause=_BY_ID + one.id) for one in case.exclusions if one.cause in causes)
    agreement = replace(case.agreement, excluded_causes=frozenset(one.cause for one in own))
    return accounted(replace(case, agreement=agreement, exclusions=own), window)


def _share(seen: Account, cause: str, span: Span) -> Fraction:
    tally = seen.counted.excluded.get(cause)
    return Fraction(tally.between(span.start, span.end), seen.counted.scale) if tally else Fraction(0)


def _lost(seen: Account, told: _Told, outage: OutageRow) -> Lost:
    shares = {cause.removeprefix(_BY_ID): _share(seen, cause, outage.span) for cause in sorted(seen.counted.excluded)}
    excluded = {name: ms for name, ms in shares.items() if ms and name != MAINTENANCE_CAUSE}
    causes = _causes(told, outage.components, State.DOWN, outage.span)
    return Lost(outage, causes, excluded, _share(seen, MAINTENANCE_CAUSE, outage.span))


def _maintained(case: Case, seen: Account, window: Span) -> Iterator[Maintained]:
    """Every maintenance that was announced for any time of ``window``, as it was said last of what was firm."""
    for plan in case.maintenance:
        told = [one for one in plan.announcements if case.as_of is None or one.at <= case.as_of]
        firm = [one for one in told if one.status in _FIRM]
        last = (firm or told)[-1] if told else None
        if last is None or not (cut := last.span.cut(window)):
            continue
        spent = dict.fromkeys(State, 0)
        for span, state in seen.track.states(cut):
            spent[state] += span.length
        forgiven = _share(seen, MAINTENANCE_CAUSE, cut)
        yield Maintained(plan, last, spent[State.DOWN], spent[State.DEGRADED], spent[State.UNKNOWN], forgiven)


_Told: TypeAlias = Mapping[str, Sequence[Change]]
"""What was said of each part."""


def _silence(seen: Account, told: _Told, span: Span) -> Silence:
    """Which parts nobody knew in ``span``, and why."""
    parts = tuple(sorted(name for name, steps in seen.track.components.items() if _was_unknown(steps, span)))
    return Silence(span, parts, _causes(told, parts, State.UNKNOWN, span))


def _was_unknown(levels: Steps[Quad | None], span: Span) -> bool:
    first = bisect_right(levels, span.start, key=itemgetter(0)) - 1
    here = (quad for at, quad in levels[first:] if at < span.end)
    return any(quad is not None and quad[0] != quad[1] for quad in here)


def _causes(told: _Told, parts: Iterable[str], state: State, span: Span) -> tuple[Cause, ...]:
    """Why any of ``parts`` was ``state`` in ``span``, each cause once."""
    found = (one.cause for part in parts for one in _holding(told.get(part, ()), span) if one.state is state)
    return tuple(sorted({cause for cause in found if cause is not None}))


def _holding(said: Sequence[Change], span: Span) -> Iterator[Change]:
    """The changes that hold at some instant of ``span``."""
    ends: list[Instant] = [*(one.at for one in said[1:]), FOREVER]
    return (one for one, end in zip(said, ends, strict=False) if one.at < span.end and end > span.start)
