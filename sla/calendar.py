"""Local dates as spans of instants, also where the clock jumps over midnight or a date is missing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sla.span import DAY, HOUR, Instant, Span

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DATE = date(1970, 1, 1)
_MILLISECOND = timedelta(milliseconds=1)
_ONE_DAY = timedelta(days=1)
_FARTHEST = 16 * HOUR
"""No zone was ever farther from UTC (Manila's and Juneau's local mean times come near)."""
_STEP = 4 * HOUR
"""No zone ever changed its offset twice within this time."""


def _offset(zone: str, at: Instant) -> int:
    """Milliseconds by which the zone's wall clock is ahead of UTC at ``at``."""
    offset = (_EPOCH + at * _MILLISECOND).astimezone(ZoneInfo(zone)).utcoffset()
    return 0 if offset is None else offset // _MILLISECOND


def _change_between(zone: str, low: Instant, high: Instant) -> Instant:
    """The first instant in (low, high] with the offset of ``high``; the offsets of the two differ."""
    old = _offset(zone, low)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle) == old:
            low = middle
        else:
            high = middle
    return high


@cache
def start(zone: str, day: date) -> Instant:
    """The first instant whose local date in ``zone`` (an IANA name) is ``day`` or later. Raises ZoneInfoNotFoundError."""
    midnight = (day - _EPOCH_DATE).days * DAY
    piece, offset = midnight - _FARTHEST, _offset(zone, midnight - _FARTHEST)
    for at in range(piece + _STEP, midnight + _FARTHEST + 1, _STEP):
        after = _offset(zone, at)
        if after == offset:
            continue
        change = _change_between(zone, at - _STEP, at)
        if max(piece, midnight - offset) < change:
            break
        piece, offset = change, after
    return max(piece, midnight - offset)


def date_of(zone: str, at: Instant) -> date:
    """The local date whose span holds ``at``: the latest date that has begun."""
    day = (_EPOCH + at * _MILLISECOND).astimezone(ZoneInfo(zone)).date()
    while start(zone, day) > at:
        day -= _ONE_DAY
    while start(zone, day + _ONE_DAY) <= at:
        day += _ONE_DAY
    return day


def days_between(first: date, last: date) -> tuple[date, ...]:
    """All dates from ``first`` to ``last``, both included."""
    return tuple(first + timedelta(days=n) for n in range((last - first).days + 1))


def span(zone: str, first: date, last: date) -> Span:
    """The time of the local dates ``first`` to ``last``, both included. Raises ValueError if it is empty."""
    return Span(start(zone, first), start(zone, last + _ONE_DAY))


def month(year: int, number: int) -> tuple[date, date]:
    """The first and the last date of a calendar month."""
    first = date(year, number, 1)
    return first, (first + timedelta(days=31)).replace(day=1) - _ONE_DAY
