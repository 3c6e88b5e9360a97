"""Spans as notices tell them, against an independent reading of zoneinfo."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.notice_words import CATALOGUES
from reports.when import begins, duration, moment, window
from sla.span import DAY, HOUR, MINUTE, SECOND, Span
from sla.texts import instant

EN, DE = CATALOGUES["en"], CATALOGUES["de"]
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
ZONES = sorted(available_timezones())


def span(start: str, end: str) -> Span:
    return Span(instant(start), instant(end))


EVENING = span("2026-12-01T22:00:00Z", "2026-12-02T00:00:00Z")


@pytest.mark.parametrize(
    ("when", "zone", "said"),
    [
        (
            EVENING,
            "Europe/Berlin",
            ("Tue 1 Dec 2026, 23:00 – Wed 2 Dec 2026, 01:00 CET (UTC+01:00)", "= 1 Dec 22:00 – 2 Dec 00:00 UTC, 2 h"),
        ),
        (EVENING, "Asia/Kolkata", ("Wed 2 Dec 2026, 03:30 – 05:30 IST (UTC+05:30)", "= 1 Dec 22:00 – 2 Dec 00:00 UTC, 2 h")),
        (EVENING, "America/Sao_Paulo", ("Tue 1 Dec 2026, 19:00 – 21:00 UTC-03:00", "= 1 Dec 22:00 – 2 Dec 00:00 UTC, 2 h")),
        (EVENING, "UTC", ("Tue 1 Dec 2026, 22:00 – Wed 2 Dec 2026, 00:00 UTC, 2 h",)),
        (
            span("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
            "Europe/Berlin",
            ("Sun 25 Oct 2026, 02:30 CEST (UTC+02:00) – 02:30 CET (UTC+01:00)", "= 25 Oct 00:30 – 01:30 UTC, 1 h"),
        ),
    ],
)
def test_a_window_in_the_readers_zone_and_in_utc(when: Span, zone: str, said: tuple[str, ...]) -> None:
    assert tuple(line.replace("\u00a0", " ") for line in window(when, zone, EN)) == said


def test_a_window_in_german() -> None:
    here, utc = window(EVENING, "Europe/Berlin", DE)
    assert here == "Di, 1. Dez. 2026, 23:00 – Mi, 2. Dez. 2026, 01:00 CET (UTC+01:00)"
    assert utc.replace("\u00a0", " ") == "= 1. Dez. 22:00 – 2. Dez. 00:00 UTC, 2 h"


def test_when_it_begins_for_a_subject() -> None:
    assert begins(EVENING.start, "Europe/Berlin", EN) == "Tue 1 Dec 2026, 23:00 CET"
    assert begins(EVENING.start, "Asia/Kathmandu", EN) == "Wed 2 Dec 2026, 03:45 UTC+05:45"


@pytest.mark.parametrize(
    ("length", "said"),
    [(2 * HOUR, "2 h"), (4 * MINUTE + 10 * SECOND, "4 min 10 s"), (DAY + 30 * MINUTE, "1 d 30 min"), (0, "0 s"), (999, "0 s")],
)
def test_a_duration_to_the_full_second(length: int, said: str) -> None:
    assert duration(length, EN).replace("\u00a0", " ") == said


def read(here: str) -> list[datetime]:
    """Both ends of the local line, read back: date, wall clock and offset give the instant."""
    offsets = re.findall(r"UTC([+-])(\d\d):(\d\d)(?::(\d\d))?", here)
    dates = re.findall(r"(\d+) (\w{3}) (\d{4}), (\d\d):(\d\d)", here)
    walls = re.findall(r"(\d\d):(\d\d)(?= |$|,)", re.sub(r"UTC[+-][\d:]+", "", here))
    first, last = dates[0], dates[-1]
    ends = [(first, walls[0], offsets[0]), (last, walls[-1], offsets[-1])]
    found = []
    for (day, month, year, *_), (hour, minute), (sign, hours, minutes, seconds) in ends:
        offset = timedelta(hours=int(hours), minutes=int(minutes), seconds=int(seconds or 0))
        wall = datetime(int(year), MONTHS.index(month) + 1, int(day), int(hour), int(minute), tzinfo=UTC)
        found.append(wall - offset if sign == "+" else wall + offset)
    return found


@given(st.sampled_from(ZONES), st.integers(0, 40_000), st.integers(1, 2_000))
def test_what_is_written_is_the_window_in_every_zone(zone: str, quarter: int, length: int) -> None:
    """Years of quarter hours from 2026 on: what a reader makes of the words is the window itself."""
    start = instant("2026-01-01T00:00:00Z") + quarter * 15 * MINUTE
    when = Span(start, start + length * MINUTE)
    here = window(when, zone, EN)[0]
    expected = [datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at) for at in (when.start, when.end)]
    if all(not at.astimezone(ZoneInfo(zone)).utcoffset() for at in expected):
        here = here.replace("UTC", "UTC+00:00")
    assert read(here) == expected


def test_one_instant_in_the_zone_of_the_reader_and_in_utc() -> None:
    at = instant("2026-12-01T23:30:00Z")
    assert moment(at, "Europe/Berlin", CATALOGUES["en"]) == "Wed 2 Dec 2026, 00:30 CET (UTC+01:00) = 1 Dec 23:30 UTC"
    assert moment(at, "Asia/Tokyo", CATALOGUES["de"]) == "Mi, 2. Dez. 2026, 08:30 JST (UTC+09:00) = 1. Dez. 23:30 UTC"
    assert moment(at, "UTC", CATALOGUES["en"]) == "Tue 1 Dec 2026, 23:30 UTC"
