from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.calendar import date_of, days_between, month, span, start, starts, wall_clock
from sla.span import DAY, HOUR, MINUTE

WHOLE = bool(os.environ.get("NIGHTLY"))
END_OF_2037 = 2_145_916_800_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

ODD = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("Asia/Beirut", date(2026, 3, 29)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Havana", date(2026, 3, 8)),
    ("America/Havana", date(2026, 11, 1)),
    ("America/St_Johns", date(2006, 10, 29)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Kwajalein", date(1993, 8, 21)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("UTC", date(2026, 1, 1)),
]


def instant(text: str) -> int:
    return (datetime.fromisoformat(text) - EPOCH) // timedelta(milliseconds=1)


def walked(zone: str, day: date) -> int:
    """The first minute whose local date is ``day`` or later, by looking at every one."""
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=30)
    while at.astimezone(ZoneInfo(zone)).date() < day:
        at += timedelta(minutes=1)
    return (at - EPOCH) // timedelta(milliseconds=1)


@pytest.mark.parametrize(("zone", "day"), ODD)
def test_a_date_starts_where_a_walk_by_minutes_finds_it(zone: str, day: date) -> None:
    for near in days_between(day - timedelta(days=1), day + timedelta(days=1)):
        assert start(zone, near) == walked(zone, near)


def test_a_date_may_begin_at_one_and_may_be_empty() -> None:
    assert start("Asia/Beirut", date(2026, 3, 29)) == instant("2026-03-29T01:00:00+03:00")
    assert start("Pacific/Kwajalein", date(1993, 8, 21)) == start("Pacific/Kwajalein", date(1993, 8, 22))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(ODD), st.integers(-3 * 24 * 60, 3 * 24 * 60))
def test_dates_partition_time(odd: tuple[str, date], minutes: int) -> None:
    zone, day = odd
    at = start(zone, day) + minutes * MINUTE
    found = date_of(zone, at)
    assert start(zone, found) <= at < start(zone, found + timedelta(days=1))


@pytest.mark.parametrize(
    ("zone", "first", "half_hours"),
    [
        ("Europe/Berlin", date(2026, 3, 10), 2 * 719),
        ("Europe/Berlin", date(2026, 6, 1), 2 * 720),
        ("Europe/Berlin", date(2026, 10, 10), 2 * 721),
        ("Australia/Lord_Howe", date(2026, 9, 20), 2 * 719 + 1),
        ("Australia/Lord_Howe", date(2026, 3, 20), 2 * 720 + 1),
    ],
)
def test_thirty_dates_are_719_to_721_hours(zone: str, first: date, half_hours: int) -> None:
    assert 2 * span(zone, first, first + timedelta(days=29)).length == half_hours * HOUR


def test_a_month_is_its_first_and_last_date() -> None:
    assert month(2028, 2) == (date(2028, 2, 1), date(2028, 2, 29))
    assert month(2026, 12) == (date(2026, 12, 1), date(2026, 12, 31))


def listed(data: bytes) -> list[int]:
    """Where a zone's data file lists a change since 1970, whatever it changes; read from the file, not from a clock."""

    def counts(place: int) -> tuple[int, ...]:
        return struct.unpack_from(">6l", data, place + 20)

    in_utc, standard, leaps, times, types, letters = counts(0)
    second = 44 + times * 5 + types * 6 + letters + leaps * 8 + standard + in_utc
    found = struct.unpack_from(f">{counts(second)[3]}q", data, second + 44)
    return [at * 1000 for at in found if at > 0]


def by_rule(zone: ZoneInfo, since: int) -> Iterator[int]:
    """The minutes after ``since`` at which the offset changes by the rule that ends the file: for two years, or to 2037."""

    def offset(at: int) -> timedelta | None:
        return (EPOCH + timedelta(milliseconds=at)).astimezone(zone).utcoffset()

    until = END_OF_2037 if WHOLE else min(END_OF_2037, since + 2 * 366 * DAY)
    for day in range(since + 1, until, DAY):
        if offset(day) != offset(day + DAY):
            yield next(at for at in range(day - day % MINUTE, day + DAY + 1, MINUTE) if offset(at) == offset(day + DAY))


def shown(zone: ZoneInfo, at: int) -> date:
    return (EPOCH + timedelta(milliseconds=at)).astimezone(zone).date()


NEAR = range(-2 * HOUR, 2 * HOUR + 1, MINUTE if WHOLE else 30 * MINUTE)
FAR = range(-30 * HOUR, 30 * HOUR + 1, MINUTE if WHOLE else 6 * HOUR)
DISTINCT = {(files("tzdata.zoneinfo") / zone).read_bytes(): zone for zone in sorted(available_timezones())}


@pytest.mark.parametrize("part", range(8))
@pytest.mark.timeout(0 if WHOLE else 120)
def test_start_equals_a_walk_around_every_clock_change_of_every_zone(part: int) -> None:
    for data, name in list(DISTINCT.items())[part::8]:
        zone, changes = ZoneInfo(name), listed(data)
        for change in (*changes, *by_rule(zone, max(changes, default=0))):
            days = {at: shown(zone, at) for at in sorted({change + by for by in (*NEAR, *FAR)})}
            for day in days_between(min(days.values()) + timedelta(days=1), max(days.values())):
                begun = start(name, day)
                assert shown(zone, begun) >= day > shown(zone, begun - 1), (name, day)
                assert all(local < day for at, local in days.items() if at < begun), (name, day)


def test_the_table_of_a_zone_has_the_start_of_each_date() -> None:
    for zone, day in ODD:
        first, last = day - timedelta(days=40), day + timedelta(days=40)
        assert starts(zone, first, last) == tuple(start(zone, each) for each in days_between(first, last + timedelta(days=1)))


def test_a_time_of_the_wall_clock_is_the_first_instant_that_shows_it_or_more() -> None:
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    gap = wall_clock("Europe/Berlin", spring, (60, 150, 180, 1440))
    assert gap == [instant(f"2026-03-29T{text}") for text in ("00:00+00:00", "01:00+00:00", "01:00+00:00", "22:00+00:00")]
    assert wall_clock("Europe/Berlin", autumn, (150,)) == [instant("2026-10-25T00:30+00:00")]
    assert wall_clock("Asia/Beirut", spring, (0, 30)) == [start("Asia/Beirut", spring)] * 2
    assert wall_clock("America/St_Johns", date(2006, 10, 29), (0, 5)) == [
        start("America/St_Johns", date(2006, 10, 29)),
        instant("2006-10-29T00:05-03:30"),
    ]
