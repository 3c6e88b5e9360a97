"""Local dates as spans of instants, also where the clock jumps over midnight or a date is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

from sla.span import DAY, Instant, Span

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DATE = date(1970, 1, 1)
_MILLISECOND = timedelta(milliseconds=1)
_ONE_DAY = timedelta(days=1)
_STEP = 4 * DAY
"""Since 1970 no zone changed its offset twice within 6.9 days (Boa Vista, October 2000)."""


def _offset(zone: ZoneInfo, at: Instant) -> int:
    """Milliseconds by which the zone's wall clock is ahead of UTC at ``at``."""
    offset = (_EPOCH + at * _MILLISECOND).astimezone(zone).utcoffset()
    return 0 if offset is None else offset // _MILLISECOND


def _change_between(zone: ZoneInfo, low: Instant, high: Instant) -> Instant:
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
def _offsets_of_year(name: str, year: int) -> tuple[tuple[Instant, int], ...]:
    """The offset at the start of a UTC year and every change of it within the year, each with its first instant."""
    zone = ZoneInfo(name)
    at, end = (_midnight(date(number, 1, 1)) for number in (year, year + 1))
    found = [(at, _offset(zone, at))]
    while at < end:
        after = min(at + _STEP, end)
        if _offset(zone, after) != found[-1][1]:
            change = _change_between(zone, at, after)
            found.append((change, _offset(zone, change)))
        at = after
    return tuple(found)


def _offsets(zone: str, first: int, last: int) -> list[tuple[Instant, int]]:
    """The offsets around the years ``first`` to ``last``."""
    return [piece for year in range(first - 1, last + 2) for piece in _offsets_of_year(zone, year)]


def _midnight(day: date) -> int:
    """What a wall clock shows at the start of ``day``, as milliseconds since 1970 on that clock."""
    return (day - _EPOCH_DATE).days * DAY


def _reached(offsets: list[tuple[Instant, int]], walls: Iterable[int]) -> Iterator[Instant]:
    """The first instant at which the local date and time is each of ``walls``, in rising order, or later."""
    place = 0
    for wall in walls:
        at = max(offsets[place][0], wall - offsets[place][1])
        while place + 1 < len(offsets) and at >= offsets[place + 1][0]:
            place += 1
            at = max(offsets[place][0], wall - offsets[place][1])
        yield at


@lru_cache(maxsize=65_536)
def start(zone: str, day: date) -> Instant:
    """The first instant whose local date in ``zone`` (an IANA name) is ``day`` or later. Raises ZoneInfoNotFoundError."""
    return next(_reached(_offsets(zone, day.year, day.year), (_midnight(day),)))


@lru_cache(maxsize=1_024)
def starts(zone: str, first: date, last: date) -> tuple[Instant, ...]:
    """The ``start`` of each date from ``first`` to ``last``, and of the date after ``last``."""
    walls = range(_midnight(first), _midnight(last) + DAY + 1, DAY)
    return tuple(_reached(_offsets(zone, first.year, last.year), walls))


def wall_clock(zone: str, day: date, minutes: Iterable[int]) -> list[Instant]:
    """The first instants of ``day`` at which its wall clock shows each of ``minutes`` (rising, of the day) or later.

    A time that the clock does not show on that date is the start of the next date.
    """
    walls = (_midnight(day) + minute * (DAY // 1440) for minute in minutes)
    end = start(zone, day + _ONE_DAY)
    return [min(at, end) for at in _reached(_offsets(zone, day.year, day.year), walls)]


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
