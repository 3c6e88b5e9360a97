"""Why a later statement of the same time says something else: every fact recorded since, with what it adds to what counts.

Facts come in the order of their recording and are applied one after the other, so the deltas sum to the whole difference.
Rows of one component that were recorded at one instant are one fact: a late look is derived anew as a whole, and half of
it would be an outage without an end. A notice of maintenance is no fact of its own: it forgives no time before it was given,
so it shows in the time that had not been yet.

A fact costs the levels of its own component and two sweeps of the time that it touches.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from itertools import chain

from sla.account import Terms, account
from sla.calendar import span
from sla.case import AskDays, AskMonth, AskStatement, AskWindow, Case, CaseComponent, Outages
from sla.composition import Quad
from sla.evaluate import reach_of, terms
from sla.exclusion import Decision, Exclusion
from sla.facts import levels
from sla.maintenance import Maintenance
from sla.span import Instant, Span
from sla.steps import BEGINNING, Steps, difference


class Kind(Enum):
    """What a fact is, in the order in which facts of one instant are applied.

    A case tells of CHANGE and EXCLUSION, and of TIME, which is no recording but the time itself that had not been yet. That the
    agreement, the make-up of the site or the rules became others, or that a notice was recorded after it was given, only
    whoever keeps several cases can tell.
    """

    RULES = "rules"
    AGREEMENT = "agreement"
    MAKEUP = "makeup"
    CHANGE = "change"
    EXCLUSION = "exclusion"
    ANNOUNCEMENT = "announcement"
    TIME = "time"


_ORDER = {kind: number for number, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing recorded: ``of`` which component, exclusion, maintenance or version, and what was ``said`` of it.

    ``touches`` is the time in which it may say something else, as far as the answer speaks of it.
    """

    recorded_at: Instant
    kind: Kind
    of: str
    said: str
    touches: Span


@dataclass(frozen=True, slots=True)
class Delta:
    """A fact, and the counted downtime after it minus that before it, in milliseconds."""

    fact: Fact
    downtime_ms: Fraction


def deltas(case: Case, old: Instant, new: Instant) -> tuple[Delta, ...]:
    """What was recorded after ``old`` up to ``new`` and touches the time that the query of ``case`` speaks of; then the time.

    They sum to the counted downtime as of ``new`` minus that as of ``old``. Time from ``old`` on was not observed then, so
    whatever happened in it is told by one last delta of the kind TIME.
    """
    return (*late(case, old, new, old), *_passed(case, old, new))


def late(case: Case, since: Instant, until: Instant, observed_until: Instant) -> tuple[Delta, ...]:
    """What was recorded after ``since`` up to ``until`` about the time before ``observed_until``, in order of the recording."""
    window, told_of = spans(case)
    reach = told_of.cut(Span(BEGINNING, observed_until))
    if reach is None:
        return ()
    known = _known(case, since, observed_until)
    found = []
    for told in _recorded(case, since, until):
        after, touched = told.applied(known)
        if touches := touched and touched.cut(reach):
            cut = touches.cut(window)
            lost = _lost(after, cut) - _lost(known, cut) if cut else Fraction(0)
            found.append(Delta(Fact(told.recorded_at, told.kind, told.of, told.said, touches), lost))
        known = after
    return tuple(found)


def _passed(case: Case, old: Instant, new: Instant) -> tuple[Delta, ...]:
    """What the time adds that was observed only after ``old``."""
    touches = Span(old, new).cut(spans(case)[1])
    if touches is None:
        return ()
    return (Delta(Fact(new, Kind.TIME, "", "", touches), downtime_ms(case, new, new) - downtime_ms(case, new, old)),)


def downtime_ms(case: Case, as_of: Instant, observed_until: Instant) -> Fraction:
    """What counts of the time asked about by what was recorded up to ``as_of``; time from ``observed_until`` on is unseen."""
    return _lost(_known(case, as_of, observed_until), spans(case)[0])


def spans(case: Case) -> tuple[Span, Span]:
    """The time whose downtime is asked for, and all time that the answer speaks of. Raises ValueError for other queries."""
    match case.query:
        case AskWindow(window):
            return window, window
        case AskDays(first, last) | AskMonth(first, last):
            window = span(case.agreement.zone, first, last)
            return window, window
        case AskStatement(first, last) as ask:
            return span(case.agreement.zone, first, last), reach_of(case.agreement, ask)
        case query:
            raise ValueError(f"{type(query).__name__} has no one downtime")


@dataclass(frozen=True, slots=True)
class _Known:
    """A site by what was recorded so far; ``terms`` hold its exclusions and maintenance as they were said by then."""

    case: Case
    terms: Terms
    parts: Mapping[str, Steps[Quad | None]]


def _known(case: Case, as_of: Instant, observed_until: Instant) -> _Known:
    ends = (case.agreement.effective_to, observed_until)
    agreement = replace(case.agreement, effective_to=min(end for end in ends if end is not None))
    exclusions = tuple(_decided(one, as_of) for one in case.exclusions)
    maintenance = tuple(_announced(one, as_of) for one in case.maintenance)
    by_then = replace(terms(case), agreement=agreement, exclusions=exclusions, maintenance=maintenance, as_of=None)
    return _Known(case, by_then, {name: _levels(case, component, as_of) for name, component in case.components.items()})


def _levels(case: Case, component: CaseComponent, as_of: Instant) -> Steps[Quad | None]:
    return levels(component, as_of, case.agreement.down_then_unknown == "stays-down")


def _decided(exclusion: Exclusion, as_of: Instant) -> Exclusion:
    """``exclusion`` with the steps taken by ``as_of``; an assumption stays as it is."""
    if exclusion.history is None:
        return exclusion
    return replace(exclusion, history=tuple(step for step in exclusion.history if step.at <= as_of))


def _announced(maintenance: Maintenance, as_of: Instant) -> Maintenance:
    return replace(maintenance, announcements=tuple(one for one in maintenance.announcements if one.at <= as_of))


def _lost(known: _Known, within: Span) -> Fraction:
    """The counted downtime of ``within`` in milliseconds."""
    counted = account(known.terms, known.parts, within).counted
    return Fraction(counted.down.between(within.start, within.end), counted.scale)


@dataclass(frozen=True, slots=True)
class _Rows:
    """Changes, doubts or results of one component that were recorded at one instant."""

    recorded_at: Instant
    of: str
    said: str = ""
    kind: Kind = Kind.CHANGE
    number: int = 0

    def applied(self, known: _Known) -> tuple[_Known, Span | None]:
        """The site with these rows, and the time in which they say something else than what stood (None: nowhere)."""
        steps = _levels(known.case, known.case.components[self.of], self.recorded_at)
        return replace(known, parts={**known.parts, self.of: steps}), difference(known.parts[self.of], steps)


@dataclass(frozen=True, slots=True)
class _Step:
    """The step ``number`` of the history of one exclusion, which stands at ``place``."""

    exclusion: Exclusion
    step: Decision
    place: int
    number: int
    kind: Kind = Kind.EXCLUSION

    @property
    def recorded_at(self) -> Instant:
        return self.step.at

    @property
    def of(self) -> str:
        return self.exclusion.id

    @property
    def said(self) -> str:
        return self.step.step.value

    def applied(self, known: _Known) -> tuple[_Known, Span | None]:
        """The site with this step, and the exclusion's span."""
        taken = replace(self.exclusion, history=(self.exclusion.history or ())[: self.number + 1])
        before = known.terms.exclusions
        exclusions = (*before[: self.place], taken, *before[self.place + 1 :])
        return replace(known, terms=replace(known.terms, exclusions=exclusions)), self.exclusion.span


_Told = _Rows | _Step


def _recorded(case: Case, since: Instant, until: Instant) -> list[_Told]:
    """Everything recorded after ``since`` up to ``until``, in order of the recording, kind, name and place."""
    told: Iterator[_Told] = chain(_rows(case), _steps(case))
    fresh = [one for one in told if since < one.recorded_at <= until]
    return sorted(fresh, key=lambda one: (one.recorded_at, _ORDER[one.kind], one.of, one.number))


def _rows(case: Case) -> Iterator[_Rows]:
    for name, component in case.components.items():
        if not isinstance(component.history, Outages):
            yield from (_Rows(at, name) for at in {known.recorded_at for known in component.history.facts})


def _steps(case: Case) -> Iterator[_Step]:
    for place, exclusion in enumerate(case.exclusions):
        yield from (_Step(exclusion, step, place, number) for number, step in enumerate(exclusion.history or ()))
