"""Ninety simulated days before the demo began: the rows that real looks every minute would have left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

from sla.span import DAY, MINUTE, Instant, Span
from sla.state import Cause, State
from sla.timeline import Change, Doubt, Timeline

DAYS = 90
EVERY_MS = MINUTE
HOLD_MS = 2 * EVERY_MS + 5_000
MAX_OUTAGES = 3
AFFLICTED = 6
"""Of all streams so many, more or less, had outages: a provider whose sites all miss their goal would be no demonstration."""
OUTAGE_MINUTES = range(4, 10)
"""Longer than three looks, or it would never have been confirmed; those of a whole site stay under a month's 43 minutes."""
GAP_MINUTES = range(10, 46)
"""Longer than the hold, or nobody would have missed a look."""


@dataclass(frozen=True, slots=True)
class _Event:
    """``span`` begins and ends with a look; ``state`` is DOWN, or UNKNOWN where nobody looked inside it."""

    span: Span
    state: State


def history(streams: Iterable[str], until: Instant, seed: int) -> Mapping[str, Timeline]:
    """What each stream was in the 90 days before ``until``: up, but for one gap without looks, and some for up to three outages.

    The same arguments give the same rows. At ``until`` every stream becomes unknown: from there on real looks speak.
    """
    names = tuple(streams)
    return MappingProxyType({stream: _timeline(stream, until, seed, len(names)) for stream in names})


def _timeline(stream: str, until: Instant, seed: int, among: int) -> Timeline:
    start = (until - DAYS * DAY) // EVERY_MS * EVERY_MS
    changes = [Change(start, State.UP)]
    doubts: list[Doubt] = []
    for event in _events(stream, start, seed, among):
        at, end = event.span.start, event.span.end
        if event.state is State.DOWN:
            changes += [Change(at, State.DOWN, Cause.TCP_REFUSED), Change(end, State.UP)]
            # Somewhere between the last look that was one thing and the first that was the other.
            doubts += [_unsure(at - EVERY_MS, at), _unsure(end - EVERY_MS, end)]
        else:
            changes += [Change(at + HOLD_MS, State.UNKNOWN, Cause.MONITOR_DOWN), Change(end, State.UP)]
            doubts.append(_unsure(at, at + HOLD_MS))
    changes.append(Change(until, State.UNKNOWN, Cause.NEVER_CHECKED))
    return Timeline(tuple(changes), tuple(doubts))


def _unsure(start: Instant, end: Instant) -> Doubt:
    return Doubt(start, end, State.DOWN, State.UP)


def _events(stream: str, start: Instant, seed: int, among: int) -> tuple[_Event, ...]:
    """Outages and one gap in order of time, never two on one day, none on the first day or the last two."""
    afflicted = _draw(seed, stream, "afflicted", among) < AFFLICTED
    count = 1 + (_draw(seed, stream, "outages", MAX_OUTAGES + 1) if afflicted else 0)
    days = sorted({1 + _draw(seed, stream, f"day {number}", DAYS - 3) for number in range(count)})
    gap_day = days[_draw(seed, stream, "gap", len(days))]
    events = []
    for day in days:
        lengths = GAP_MINUTES if day == gap_day else OUTAGE_MINUTES
        begin = start + day * DAY + _draw(seed, stream, f"minute {day}", 23 * 60) * MINUTE
        length = lengths[_draw(seed, stream, f"length {day}", len(lengths))] * MINUTE
        events.append(_Event(Span(begin, begin + length), State.UNKNOWN if day == gap_day else State.DOWN))
    return tuple(events)


def _draw(seed: int, stream: str, what: str, below: int) -> int:
    """A number in [0, below) that is the same in every process."""
    return int.from_bytes(sha256(f"{seed}/{stream}/{what}".encode()).digest()[:8], "big") % below
