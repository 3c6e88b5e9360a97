"""What is known of one component as of an instant, whatever it was told by: the steps of its levels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import TypeAlias

from sla.case import CaseComponent, Changes, History, Known, Outages, Results, Trouble
from sla.composition import Quad
from sla.span import Instant, Span
from sla.state import State
from sla.steps import BEGINNING, FOREVER, Steps, during, merged, value_at
from sla.timeline import Change, Doubt, Sample, Timeline, derive

Pair: TypeAlias = tuple[int, int]
"""The worst and the best level that we say."""

_DOWN, _UP = State.DOWN.value, State.UP.value
_WORST = tuple(state.worst.value for state in State)
_BEST = tuple(state.best.value for state in State)
_PAIRS: tuple[Pair, ...] = tuple(zip(_WORST, _BEST, strict=True))
_ALL_TIME = Span(BEGINNING, FOREVER)


def levels(component: CaseComponent, as_of: Instant | None, stays_down: bool) -> Steps[Quad | None]:
    """The levels of ``component`` by what was recorded until ``as_of`` (None: all); None where it does not apply.

    ``stays_down``: a silence after down stays down until the next evidence.
    """
    return applied(_quads(*_told(component.history, as_of), stays_down), component.applicable)


def levels_at(
    component: CaseComponent, as_of: Instant | None, stays_down: bool, at: Instant, then: Quad | None
) -> Steps[Quad | None]:
    """The same by the facts of ``at`` and before alone: from ``at`` on the component stays as it is, or is ``then``."""
    quads = _quads(*_told(_until(component.history, at), as_of), stays_down)
    before = [step for step in quads if step[0] < at]
    return applied([*before, (at, then or value_at(quads, at))], component.applicable)


def applied(quads: Steps[Quad], applicable: Sequence[Span] | None) -> Steps[Quad | None]:
    """``quads`` within the spans in which the component belongs to the site (None: always), None elsewhere."""
    if applicable is None:
        return quads
    return [(at, quad if applies else None) for at, (quad, applies) in merged((quads, during(applicable)), _ALL_TIME)]


def changes(component: CaseComponent, as_of: Instant | None) -> Sequence[Change]:
    """The changes of ``component`` that stand by what was recorded until ``as_of``, in order; told by outages it has none."""
    match component.history:
        case Changes(facts, _):
            return _standing(facts, as_of)[0]
        case Results(facts, rule):
            return derive((k.fact for k in _known(facts, as_of) if isinstance(k.fact, Sample)), rule).changes
        case Outages():
            return ()


def levels_of(timeline: Timeline, stays_down: bool = False) -> Steps[Quad]:
    """The levels that a stored timeline tells; ``stays_down``: a silence after down stays down until the next evidence."""
    return _quads(_said((BEGINNING, State.UNKNOWN), timeline.changes), timeline.doubts, stays_down)


def _told(history: History, as_of: Instant | None) -> tuple[list[tuple[Instant, Pair]], Sequence[Doubt]]:
    """What a history says and where it is in doubt."""
    match history:
        case Changes(facts, initial):
            changes, doubts = _standing(facts, as_of)
            return _said((BEGINNING, initial), changes), doubts
        case Results(facts, rule):
            timeline = derive((k.fact for k in _known(facts, as_of) if isinstance(k.fact, Sample)), rule)
            return _said((BEGINNING, State.UNKNOWN), timeline.changes), timeline.doubts
        case Outages(troubles):
            return list(_troubled(troubles)), ()


def _known(facts: Iterable[Known], as_of: Instant | None) -> list[Known]:
    """The facts recorded until ``as_of`` in the order recorded."""
    known = facts if as_of is None else (fact for fact in facts if fact.recorded_at <= as_of)
    return sorted(known, key=attrgetter("recorded_at"))


def _standing(facts: Iterable[Known], as_of: Instant | None) -> tuple[list[Change], list[Doubt]]:
    """The changes and doubts in order of their keys; of rows with an equal key the one recorded last stands."""
    changes: dict[Instant, Change] = {}
    doubts: dict[Instant, Doubt] = {}
    for known in _known(facts, as_of):
        match known.fact:
            case Change() as change:
                changes[change.at] = change
            case Doubt() as doubt:
                doubts[doubt.start] = doubt
    return [changes[at] for at in sorted(changes)], [doubts[at] for at in sorted(doubts)]


def _said(first: tuple[Instant, State], changes: Iterable[Change]) -> list[tuple[Instant, Pair]]:
    at, state = first
    return [(at, _PAIRS[state]), *((change.at, _PAIRS[change.state]) for change in changes)]


def _troubled(troubles: Iterable[Trouble]) -> Iterator[tuple[Instant, Pair]]:
    """Up but for ``troubles``; where they overlap, worst and best are each the lowest."""
    edges = [(trouble.start, 1, trouble.state) for trouble in troubles]
    edges += [(trouble.end, -1, trouble.state) for trouble in troubles if trouble.end is not None]
    present: Counter[State] = Counter()
    yield BEGINNING, (_UP, _UP)
    for at, several in groupby(sorted(edges), key=itemgetter(0)):
        for _, more, state in several:
            present[state] += more
        pairs = [_PAIRS[state] for state, number in present.items() if number]
        yield at, (min((pair[0] for pair in pairs), default=_UP), min((pair[1] for pair in pairs), default=_UP))


def _until(history: History, at: Instant) -> History:
    """``history`` as it could be told at ``at``: a trouble that ended later is still open."""
    match history:
        case Changes(facts, _) | Results(facts, _):
            return replace(history, facts=tuple(known for known in facts if _instant(known) <= at))
        case Outages(troubles):
            begun = (trouble for trouble in troubles if trouble.start <= at)
            return Outages(tuple(replace(t, end=None) if t.end is not None and t.end > at else t for t in begun))


def _instant(known: Known) -> Instant:
    return known.fact.start if isinstance(known.fact, Doubt) else known.fact.at


def _quads(points: Sequence[tuple[Instant, Pair]], doubts: Sequence[Doubt], stays_down: bool) -> Steps[Quad]:
    """What is said and, where ``doubts`` widen it, what may have been."""
    kept, silences = _settled(points, stays_down)
    if silences:
        doubts = [doubt for doubt in doubts if doubt.end not in silences]
    return list(_widened(kept, doubts)) if doubts else [(at, pair + pair) for at, pair in kept]


def _settled(points: Sequence[tuple[Instant, Pair]], stays_down: bool) -> tuple[list[tuple[Instant, Pair]], set[Instant]]:
    """``points`` without those that change nothing, and the instants of silences that were dropped after down."""
    kept = [points[0]]
    silences: set[Instant] = set()
    for at, pair in points[1:]:
        before = kept[-1][1]
        if stays_down and before == (_DOWN, _DOWN) and pair[0] == _DOWN != pair[1]:
            silences.add(at)
        elif pair != before:
            kept.append((at, pair))
    return kept, silences


def _widened(points: Sequence[tuple[Instant, Pair]], doubts: Sequence[Doubt]) -> Iterator[tuple[Instant, Quad]]:
    edges = sorted({at for at, _ in points}.union(*((doubt.start, doubt.end) for doubt in doubts)))
    said = begun = 0
    open_doubts: list[Doubt] = []
    for at in edges:
        if said + 1 < len(points) and points[said + 1][0] <= at:
            said += 1
        while begun < len(doubts) and doubts[begun].start <= at:
            open_doubts.append(doubts[begun])
            begun += 1
        worst, best = pair = points[said][1]
        if open_doubts:
            open_doubts = [doubt for doubt in open_doubts if doubt.end > at]
            for doubt in open_doubts:
                worst, best = min(worst, _WORST[doubt.worst]), max(best, _BEST[doubt.best])
        yield at, (*pair, worst, best)
