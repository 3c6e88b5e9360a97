"""Rules of recurrence: the same beginnings as computed day by day, in every zone, right across each change of the clock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from random import Random
from zoneinfo import ZoneInfo, available_timezones

import pytest

from monitor.desk.recurrence import Rule, faults, starts, walls
from sla.texts import instant

SINCE, UNTIL = instant("2026-01-15T00:00:00Z"), instant("2027-01-15T00:00:00Z")
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ZONES = sorted(available_timezones())
ALL = os.environ.get("RECURRENCES") == "all"
"""`make nightly` asks for every zone with 500 rules; a test run takes a few of both."""


def drawn(random: Random) -> tuple[str, datetime, int, frozenset[int]]:
    """A weekly rule that begins at its own first window: its text, that beginning, every how many weeks, on which days."""
    weeks, days = random.choice((1, 1, 2, 3)), frozenset(random.sample(range(7), random.randint(1, 3)))
    first = date(2026, 1, 1) + timedelta(days=random.randrange(14))
    while first.weekday() not in days:
        first += timedelta(days=1)
    clock = datetime(first.year, first.month, first.day, random.choice((0, 1, 2, 2, 3, 23)), random.choice((0, 15, 30, 45)))
    by = ",".join(DAYS[day] for day in sorted(days))
    return f"FREQ=WEEKLY;INTERVAL={weeks};BYDAY={by}", clock, weeks, days


@lru_cache(2_000)
def around(zone: ZoneInfo, day: date) -> frozenset[timedelta | None]:
    """Every offset that the zone has within two days of a date."""
    before = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=2)
    return frozenset((before + timedelta(minutes=15 * step)).astimezone(zone).utcoffset() for step in range(5 * 96))


def by_hand(first: datetime, weeks: int, days: frozenset[int], zone: ZoneInfo) -> Iterator[int]:
    """Each day looked at by itself; the offset of each wall clock from the zone, by what RFC 5545 says of gaps and folds."""
    monday = first.date() - timedelta(days=first.weekday())
    for count in range(400):
        day = first.date() + timedelta(days=count)
        if day.weekday() in days and ((day - monday).days // 7) % weeks == 0:
            wall = datetime(day.year, day.month, day.day, first.hour, first.minute)
            offsets = around(zone, day)
            fits = [one for one in offsets if one and (wall - one).replace(tzinfo=UTC).astimezone(zone).utcoffset() == one]
            zero = timedelta(0)
            fits += [zero] if zero in offsets and wall.replace(tzinfo=UTC).astimezone(zone).utcoffset() == zero else []
            if fits:
                at = min((wall - one).replace(tzinfo=UTC) for one in fits)
            else:  # it does not exist: the offset before the gap is the smaller one
                at = (wall - min(one or zero for one in offsets)).replace(tzinfo=UTC)
            if SINCE <= at.timestamp() * 1000 < UNTIL:
                yield int(at.timestamp()) * 1000


@pytest.mark.parametrize("name", ZONES if ALL else [*Random(7).sample(ZONES, 12), "Europe/Berlin", "Australia/Lord_Howe"])
def test_rules_begin_when_a_count_day_by_day_says(name: str) -> None:
    random, zone = Random(name), ZoneInfo(name)
    for _ in range(500 if ALL else 2):
        text, first, weeks, days = drawn(random)
        rule = Rule(text, name, first)
        assert faults(rule) == []
        found = [start.at for start in starts(rule, SINCE, UNTIL)]
        assert found == list(by_hand(first, weeks, days, zone)), (text, first, name)


def test_a_window_keeps_its_wall_clock_when_the_clock_is_changed() -> None:
    rule = Rule("FREQ=WEEKLY;BYDAY=SU", "Europe/Berlin", datetime(2026, 3, 22, 2, 30))
    found = [start.at for start in starts(rule, SINCE, instant("2026-04-06T00:00:00Z"))]
    assert found == list(map(instant, ("2026-03-22T01:30:00Z", "2026-03-29T01:30:00Z", "2026-04-05T00:30:00Z")))
    twice = Rule("FREQ=DAILY", "Europe/Berlin", datetime(2026, 10, 24, 2, 30))
    assert [start.at for start in starts(twice, SINCE, instant("2026-10-27T00:00:00Z"))] == list(
        map(instant, ("2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"))
    ), "the first of two"


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("FREQ=DAILY;COUNT=3", 3),
        ("FREQ=DAILY;UNTIL=20260104", 4),
        ("FREQ=DAILY;UNTIL=20260103T225959", 2),
        ("rrule:freq=daily;count=2", 2),
    ],
)
def test_a_rule_ends_by_count_or_by_a_local_date(text: str, last: int) -> None:
    rule = Rule(text, "Europe/Berlin", datetime(2026, 1, 1, 23))
    assert faults(rule) == [] and len(list(walls(rule, datetime(2027, 1, 1)))) == last


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a rule says how often"),
        ("FREQ=HOURLY", "a rule says how often"),
        ("FREQ=DAILY;BYHOUR=3", "has no BYHOUR part"),
        ("FREQ=DAILY;DTSTART=20260101T000000", "has no DTSTART part"),
        ("FREQ=DAILY;UNTIL=20260101T000000Z", "UNTIL is a local date"),
        ("FREQ=DAILY;COUNT=0", "COUNT is a number"),
        ("FREQ=WEEKLY;BYDAY=XX", "not a rule"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL is a number"),
        ("FREQ=WEEKLY;BYDAY=TU", "the first window is none of the rule's"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "the first window is none of the rule's"),
        ("nonsense", "a rule says how often"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said(text: str, words: str) -> None:
    found = faults(Rule(text, "Europe/Berlin", datetime(2026, 1, 1, 23)))
    assert words in " ".join(fault.message for fault in found)
