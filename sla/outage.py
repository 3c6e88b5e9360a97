"""Outages: when a site was down, what was down in it, how much of it counts, how long and how short it may have been."""

from __future__ import annotations

from bisect import bisect_right
from fractions import Fraction

from sla.account import Account
from sla.answer import OutageRow
from sla.composition import Quad
from sla.span import Span
from sla.state import State
from sla.steps import Steps
from sla.track import Track


def outages(seen: Account, window: Span) -> tuple[OutageRow, ...]:
    """The maximal spans in ``window`` in which the site was down before anything is left out, in order."""
    track, counted = seen.track, seen.counted
    outers = track.runs(window, lambda quad: quad[2] == State.DOWN)
    return tuple(
        OutageRow(
            down,
            tuple(sorted(name for name, levels in track.components.items() if _was_down(levels, down))),
            Fraction(counted.down.between(down.start, down.end), counted.scale),
            outers[bisect_right(outers, down.start, key=lambda outer: outer.start) - 1],
            _inner(track, down),
        )
        for down in track.runs(window, lambda quad: quad[1] == State.DOWN)
    )


def _inner(track: Track, down: Span) -> Span | None:
    """From the first to the last instant of ``down`` at which nothing but down is possible."""
    sure = track.runs(down, lambda quad: quad[3] == State.DOWN)
    return Span(sure[0].start, sure[-1].end) if sure else None


def _was_down(levels: Steps[Quad | None], span: Span) -> bool:
    """Whether a component was down at some instant of ``span``."""
    first = bisect_right(levels, span.start, key=lambda step: step[0]) - 1
    for at, quad in levels[first:]:
        if at >= span.end:
            return False
        if quad is not None and quad[1] == State.DOWN:
            return True
    return False
