"""What a site was and when: the levels of its components swept through its composition."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter

from sla.composition import Quad
from sla.span import Instant, Span, union
from sla.state import State
from sla.steps import Steps, value_at


def shown(quad: Quad | None) -> State:
    """The state to show: never better than certain; UNKNOWN too where nothing applies."""
    if quad is None:
        return State.UNKNOWN
    worst, best = quad[:2]
    if best == State.DOWN:
        return State.DOWN
    return State.UNKNOWN if worst == State.DOWN else _STATES[worst]


_STATES = {state.value: state for state in State}


@dataclass(frozen=True, slots=True)
class Track:
    """A site over the time that it was ``observed`` (None: never): its levels before anything is left out.

    They are None where nothing applies. ``components`` are the levels of the components that its composition names.
    """

    observed: Span | None
    steps: Steps[Quad | None]
    components: Mapping[str, Steps[Quad | None]]

    def shown(self, at: Instant) -> State:
        """The state to show at ``at``; UNKNOWN outside the observed time."""
        return shown(value_at(self.steps, at)) if self.observed and at in self.observed else State.UNKNOWN

    def within(self, window: Span) -> Iterator[tuple[Span, Quad | None]]:
        """The levels in ``window`` as touching spans, cut to it."""
        cut = self.observed.cut(window) if self.observed else None
        return _pieces(self.steps, cut) if cut else iter(())

    def states(self, window: Span) -> tuple[tuple[Span, State], ...]:
        """The shown states in ``window`` as touching spans, neighbours differ; for pages and bars."""
        out: list[tuple[Span, State]] = []
        for piece, quad in self.within(window):
            state = shown(quad)
            if out and out[-1][1] is state:
                out[-1] = (Span(out[-1][0].start, piece.end), state)
            else:
                out.append((piece, state))
        return tuple(out)

    def latest(self, many: int) -> tuple[tuple[Span, State], ...]:
        """The last ``many`` of ``states`` over all observed time, in order, found from its end: the past may be long."""
        if self.observed is None:
            return ()
        found: list[tuple[Span, State]] = []
        end = self.observed.end
        for at, quad in reversed(self.steps[: bisect_left(self.steps, end, key=itemgetter(0))]):
            piece, state = Span(max(at, self.observed.start), end), shown(quad)
            if found and found[-1][1] is state:
                found[-1] = Span(piece.start, found[-1][0].end), state
            elif len(found) == many:
                break
            else:
                found.append((piece, state))
            end = piece.start
            if end == self.observed.start:
                break
        return tuple(reversed(found))

    def runs(self, window: Span, holds: Callable[[Quad], bool]) -> tuple[Span, ...]:
        """The maximal spans in ``window`` for which ``holds``."""
        return union(piece for piece, quad in self.within(window) if quad is not None and holds(quad))


def _pieces(steps: Steps[Quad | None], window: Span) -> Iterator[tuple[Span, Quad | None]]:
    """``steps`` as spans in ``window``."""
    first = bisect_right(steps, window.start, key=itemgetter(0)) - 1
    for place in range(first, len(steps)):
        at, quad = steps[place]
        if at >= window.end:
            return
        end = steps[place + 1][0] if place + 1 < len(steps) else window.end
        yield Span(max(at, window.start), min(end, window.end)), quad
