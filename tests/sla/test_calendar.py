from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.calendar import date_of, days_between, month, span, start
from sla.span import HOUR, MINUTE

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
