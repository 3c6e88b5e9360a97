"""The painter's calendar: walks the wall clock minute by minute, and knows nothing else about zones."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE_MS = 60_000
DAY = timedelta(days=1)


@cache
def zone_named(name: str) -> ZoneInfo:
    """The zone of that IANA name as the package tzdata has it, never the machine's."""
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


@lru_cache(50_000)
def read_instant(text: str) -> int:
    """An RFC 3339 instant in ms."""
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(milliseconds=1)


def show_instant(at: int) -> str:
    """As results print it: 2026-06-10T08:00:00.000Z."""
    moment = EPOCH + timedelta(milliseconds=at)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at % 1000:03d}Z"


def wall(at: int, zone: str) -> datetime:
    """What a clock on the wall shows at the instant."""
    return (EPOCH + timedelta(milliseconds=at)).astimezone(zone_named(zone)).replace(tzinfo=None)


@cache
def start(zone: str, day: date) -> int:
    """The first instant whose local date is ``day`` or later. No clock is further ahead than 14 h: begin 15 h before."""
    at = (datetime.combine(day, time(), UTC) - EPOCH) // timedelta(milliseconds=1) - 15 * 60 * MINUTE_MS
    while wall(at, zone).date() < day:
        at += MINUTE_MS
    return at


def date_of(at: int, zone: str) -> date:
    """The local date whose span holds the instant: not always the one that the wall shows."""
    day = wall(at, zone).date() - DAY
    while not start(zone, day) <= at < start(zone, day + DAY):
        day += DAY
    return day


def run_of(first: date, count: int) -> list[date]:
    """``count`` consecutive dates. A date that the zone skipped is one of them."""
    return [first + index * DAY for index in range(count)]


def dates(first: date, last: date) -> list[date]:
    """All dates from ``first`` to ``last``."""
    return run_of(first, (last - first).days + 1)


def month_of(text: str) -> list[date]:
    """All dates of a month such as 2026-06."""
    first = date.fromisoformat(f"{text}-01")
    return [day for day in run_of(first, 31) if day.month == first.month]


@cache
def clock_reads(zone: str, day: date, clock: str) -> int:
    """The first instant of the date at which the wall shows ``clock`` or later; the next date's start if none."""
    at, end = start(zone, day), start(zone, day + DAY)
    if clock == "24:00":
        return end
    wanted = datetime.combine(day, time.fromisoformat(clock))
    while at < end and wall(at, zone) < wanted:
        at += MINUTE_MS
    return at


def open_spans(zone: str, hours: list[dict], days: list[date]) -> Iterator[tuple[int, int]]:
    """The spans of service hours on these dates."""
    for entry in hours:
        for day in days:
            if day.strftime("%a").lower() in entry["days"]:
                yield clock_reads(zone, day, entry["from"]), clock_reads(zone, day, entry["to"])
