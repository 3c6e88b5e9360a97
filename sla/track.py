"""What a site was and when: the timelines of its components swept through its composition."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sla.composition import All, AtLeast, Degrading, DownWhen, Leaf, Node, leaves
from sla.span import END_OF_TIME, Instant, Span, union
from sla.state import State
from sla.timeline import Doubt, Timeline

Pair: TypeAlias = tuple[State, State]
"""The worst and the best level that a thing may have."""

Quad: TypeAlias = tuple[State, State, State, State]
"""Worst and best as we say it (point), worst and best as it may have been (bounds)."""

_UNSEEN: Quad = (State.DOWN, State.UP, State.DOWN, State.UP)


def shown(worst: State, best: State) -> State:
    """The state to show for a pair: never better than certain."""
    if best is State.DOWN:
        return State.DOWN
    return State.UNKNOWN if worst is State.DOWN else worst


@dataclass(frozen=True, slots=True)
class Segment:
    """On ``[start, end)`` the site is ``point`` (worst, best) by what we say and ``bounds`` by what may have been."""

    start: Instant
    end: Instant
    point: Pair
    bounds: Pair

    @property
    def state(self) -> State:
        """The shown state."""
        return shown(*self.point)


@dataclass(frozen=True, slots=True)
class Outage:
    """A maximal span in which the site was down, cut to the window asked for.

    ``outer`` is the longest it may have been, ``inner`` the shortest (None: perhaps it was not down at all).
    """

    span: Span
    components: tuple[str, ...]
    outer: Span
    inner: Span | None


@dataclass(frozen=True, slots=True)
class Track:
    """A site over the observed time: disjoint touching segments in order, neighbours differ."""

    observed: Span
    segments: tuple[Segment, ...]
    components: Mapping[str, Timeline]
    """The timelines of the components that the composition names."""

    def shown(self, at: Instant) -> State:
        """The state to show at ``at``; UNKNOWN outside the observed time."""
        if at not in self.observed:
            return State.UNKNOWN
        return self.segments[bisect_right(self.segments, at, key=lambda segment: segment.start) - 1].state

    def states(self, window: Span) -> tuple[tuple[Span, State], ...]:
        """The shown states in ``window`` as touching spans, neighbours differ; for pages and bars."""
        out: list[tuple[Span, State]] = []
        for piece in self.within(window):
            if out and out[-1][1] is piece.state:
                out[-1] = (Span(out[-1][0].start, piece.end), piece.state)
            else:
                out.append((Span(piece.start, piece.end), piece.state))
        return tuple(out)

    def within(self, window: Span) -> Iterator[Segment]:
        """The segments of ``window``, cut to it."""
        first = max(0, bisect_right(self.segments, window.start, key=lambda segment: segment.start) - 1)
        for place in range(first, len(self.segments)):
            segment = self.segments[place]
            if segment.start >= window.end:
                return
            start, end = max(segment.start, window.start), min(segment.end, window.end)
            if start < end:
                yield Segment(start, end, segment.point, segment.bounds)


def resolve(tree: Node, timelines: Mapping[str, Timeline], observed: Span) -> Track:
    """The site that ``tree`` makes of its components over ``observed``; a component without timeline is unknown."""
    names = tuple(dict.fromkeys(leaves(tree)))
    named = {name: timelines.get(name, Timeline()) for name in names}
    edges = sorted((at, place, quad) for place, name in enumerate(names) for at, quad in _pieces(named[name]))
    values = [_UNSEEN] * len(names)
    known: dict[tuple[Quad, ...], Quad] = {}
    marks: list[tuple[Instant, Quad]] = []
    for number, (at, place, quad) in enumerate(edges):
        values[place] = quad
        if number + 1 == len(edges) or edges[number + 1][0] > at:
            key = tuple(values)
            if key not in known:
                known[key] = _value(tree, dict(zip(names, key, strict=True)))
            marks.append((at, known[key]))
    first = _value(tree, dict.fromkeys(names, _UNSEEN))
    return Track(observed, _segments(first, marks, observed), named)


def _segments(quad: Quad, marks: list[tuple[Instant, Quad]], observed: Span) -> tuple[Segment, ...]:
    """Segments of ``observed`` from the values at ``marks``, one for each value that differs."""
    out: list[Segment] = []
    start = observed.start
    for at, after in marks:
        if after == quad or at >= observed.end:
            continue
        if at > start:
            out.append(Segment(start, at, quad[:2], quad[2:]))
            start = at
        quad = after
    out.append(Segment(start, observed.end, quad[:2], quad[2:]))
    return tuple(out)


def _pieces(timeline: Timeline) -> Iterator[tuple[Instant, Quad]]:
    """Where a component's value changes, and to what."""
    changes, doubts = timeline.changes, sorted(timeline.doubts, key=lambda doubt: doubt.start)
    ats = {change.at for change in changes} | {d.start for d in doubts} | {d.end for d in doubts}
    state, said, begun = State.UNKNOWN, 0, 0
    active: list[Doubt] = []
    for at in sorted(ats - {END_OF_TIME}):
        while said < len(changes) and changes[said].at <= at:
            state, said = changes[said].state, said + 1
        while begun < len(doubts) and doubts[begun].start <= at:
            active.append(doubts[begun])
            begun += 1
        active = [doubt for doubt in active if doubt.end > at]
        worst = min([state.worst, *(doubt.worst for doubt in active)])
        best = max([state.best, *(doubt.best for doubt in active)])
        yield at, (state.worst, state.best, worst, best)


def _value(node: Node, values: Mapping[str, Quad]) -> Quad:
    """The value of a node; each of the four levels is computed alone."""
    match node:
        case Leaf(name):
            return values[name]
        case Degrading(inner):
            return _quad(max(level, State.DEGRADED) for level in _value(inner, values))
        case All(of):
            return _quad(min(levels) for levels in zip(*(_value(child, values) for child in of), strict=True))
        case AtLeast(k, of):
            count = min(k, len(of))
            return _members([_value(child, values) for child in of], len(of) - count)
        case DownWhen(q, of):
            return _members([_value(child, values) for child in of], min(q, len(of)) - 1)


def _members(children: list[Quad], rank: int) -> Quad:
    """The child at ``rank`` from the lowest (0); if any child is below up, at most degraded."""
    ordered = [sorted(levels) for levels in zip(*children, strict=True)]
    return _quad(o[rank] if o[0] is State.UP else min(o[rank], State.DEGRADED) for o in ordered)


def _quad(levels: Iterable[State]) -> Quad:
    point_worst, point_best, worst, best = levels
    return point_worst, point_best, worst, best


def outages(track: Track, window: Span) -> tuple[Outage, ...]:
    """The outages of ``window`` in order."""
    pieces = tuple(track.within(window))
    outers = _runs(pieces, lambda piece: piece.bounds[0] is State.DOWN)
    out: list[Outage] = []
    for down in _runs(pieces, lambda piece: piece.state is State.DOWN):
        outer = outers[bisect_right(outers, down.start, key=lambda span: span.start) - 1]
        out.append(Outage(down, _down_in(track.components, down), outer, _inner(track, down)))
    return tuple(out)


def _inner(track: Track, down: Span) -> Span | None:
    """From the first to the last instant of ``down`` in which nothing but down is possible."""
    sure = [piece for piece in track.within(down) if piece.bounds[1] is State.DOWN]
    return Span(sure[0].start, sure[-1].end) if sure else None


def _runs(pieces: tuple[Segment, ...], holds: Callable[[Segment], bool]) -> list[Span]:
    """The maximal spans of touching pieces for which ``holds``."""
    return list(union(Span(piece.start, piece.end) for piece in pieces if holds(piece)))


def _down_in(components: Mapping[str, Timeline], span: Span) -> tuple[str, ...]:
    """The components that were down at some instant of ``span``, in the order of the composition."""
    return tuple(name for name, timeline in components.items() if _was_down(timeline, span))


def _was_down(timeline: Timeline, span: Span) -> bool:
    changes = timeline.changes
    place = bisect_right(changes, span.start, key=lambda change: change.at)
    for number in range(max(0, place - 1), len(changes)):
        change = changes[number]
        if change.at >= span.end:
            return False
        if change.state is State.DOWN:
            return True
    return False
