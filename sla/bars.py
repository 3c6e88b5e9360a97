"""The bars of a page: how long a site was shown in each state on each local date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sla.calendar import days_between, starts
from sla.span import Instant, Span
from sla.state import State
from sla.track import Track


@dataclass(frozen=True, slots=True)
class Bar:
    """One local date: milliseconds shown down, degraded, unknown, and observed at all."""

    date: date
    down_ms: int
    degraded_ms: int
    unknown_ms: int
    observed_ms: int


def bars(track: Track, zone: str, first: date, last: date) -> tuple[Bar, ...]:
    """One bar for each local date from ``first`` to ``last`` that has any time."""
    bounds = starts(zone, first, last)
    shown = _shown(track, bounds)
    days = zip(days_between(first, last), bounds, bounds[1:], shown, strict=False)
    return tuple(_bar(day, of) for day, since, until, of in days if since < until)


def _shown(track: Track, bounds: Sequence[Instant]) -> list[dict[State, int]]:
    """Milliseconds of each state between each two of ``bounds``: one walk over what was shown, whose spans are few."""
    found = [dict.fromkeys(State, 0) for _ in bounds[1:]]
    place = 0
    for piece, state in track.states(Span(bounds[0], bounds[-1])) if bounds[0] < bounds[-1] else ():
        while bounds[place + 1] <= piece.start:
            place += 1
        at = piece.start
        while at < piece.end:
            until = min(piece.end, bounds[place + 1])
            found[place][state] += until - at
            at = until
            place += at < piece.end
    return found


def _bar(day: date, shown: Mapping[State, int]) -> Bar:
    return Bar(day, shown[State.DOWN], shown[State.DEGRADED], shown[State.UNKNOWN], sum(shown.values()))
