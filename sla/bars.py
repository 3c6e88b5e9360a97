"""The bars of a page: how long a site was shown in each state on each local date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sla.calendar import days_between, starts
from sla.span import Span
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
    days = zip(days_between(first, last), bounds, bounds[1:], strict=False)
    return tuple(_bar(track, day, Span(since, until)) for day, since, until in days if since < until)


def _bar(track: Track, day: date, whole: Span) -> Bar:
    shown = dict.fromkeys(State, 0)
    for part, state in track.states(whole):
        shown[state] += part.length
    return Bar(day, shown[State.DOWN], shown[State.DEGRADED], shown[State.UNKNOWN], sum(shown.values()))
