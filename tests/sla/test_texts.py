from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla import texts
from sla.span import END_OF_TIME


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01t00:00:00.001z", 1),
        ("1970-01-01T01:00:00.5+01:00", 500),
        ("1969-12-31T23:59:00-00:01", 0),
        ("2099-12-31T23:59:59.999Z", END_OF_TIME - 1),
    ],
)
def test_an_instant_is_read_with_its_offset(text: str, at: int) -> None:
    assert texts.instant(text) == at


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-06-10",
        "2026-06-10T08:00:00",
        "2026-06-10 08:00:00Z",
        "2026-06-10T08:00Z",
        "2026-06-10T08:00:00.0001Z",
        "2026-06-10T08:00:00,5Z",
        "2026-06-10T08:00:60Z",
        "2026-06-10T24:00:00Z",
        "2026-06-31T08:00:00Z",
        "2026-06-10T08:00:00+24:00",
        "2026-06-10T08:00:00+0200",
        "2026-W24-3T08:00:00Z",
        "20260610T080000Z",
        "２026-06-10T08:00:00Z",
        "2026-06-10T08:00:00Z\n",
        "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+00:01",
        "2100-01-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        texts.instant(text)


@given(st.integers(0, END_OF_TIME - 1))
def test_an_instant_reads_back(at: int) -> None:
    text = texts.instant_text(at)
    assert texts.instant(text) == at
    assert text == datetime.fromtimestamp(at // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at % 1000:03d}Z"


@given(st.fractions(max_denominator=1), st.integers(0, 12))
def test_a_decimal_is_exact_and_has_no_trailing_zeros(whole: Fraction, digits: int) -> None:
    value = whole / 10**digits
    text = texts.decimal_text(value)
    assert Fraction(text) == value
    assert "." not in text or not text.endswith("0")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(0), "0"),
        (Fraction(3000), "3000"),
        (Fraction(-1, 8), "-0.125"),
        (Fraction(25928, 10), "2592.8"),
        (Fraction(1, 1000), "0.001"),
    ],
)
def test_decimals_as_printed(value: Fraction, text: str) -> None:
    assert texts.decimal_text(value) == text


def test_a_third_is_no_decimal() -> None:
    with pytest.raises(ValueError):
        texts.decimal_text(Fraction(1, 3))


def test_a_ratio_keeps_its_denominator() -> None:
    assert [texts.ratio_text(Fraction(*pair)) for pair in ((2, 2), (0, 5), (2699, 2700))] == ["1/1", "0/1", "2699/2700"]


def test_a_percent_is_floored() -> None:
    shares = (Fraction(1), Fraction(99_999_999, 100_000_000), Fraction(2699, 2700), Fraction(0))
    assert [texts.percent_text(share) for share in shares] == ["100.000", "99.999", "99.962", "0.000"]


def test_dates_and_months_are_those_of_the_calendar() -> None:
    assert texts.day("2024-02-29") == date(2024, 2, 29)
    assert texts.month_dates("2024-02") == (date(2024, 2, 1), date(2024, 2, 29))
    for text in ("2025-02-29", "1969-12-31", "2100-01-01", "20240229", "2024-2-29"):
        with pytest.raises(ValueError):
            texts.day(text)
    for text in ("2024-13", "2024-00", "1969-01", "2024-1"):
        with pytest.raises(ValueError):
            texts.month_dates(text)


def test_goals_impacts_and_decimals() -> None:
    assert texts.goal("99.9%") == Fraction(999, 1000)
    assert texts.goal("100%") == 1
    assert texts.goal("0.000001%") == Fraction(1, 10**8)
    assert texts.impact("0.25") == Fraction(1, 4)
    assert texts.decimal("0.000000001") == Fraction(1, 10**9)
    for text in ("0%", "100.000001%", "99.9", "99.9 %", "99.1234567%", "-1%", ".9%", "1e1%"):
        with pytest.raises(ValueError):
            texts.goal(text)
    for text in ("1.001", "-0", "0.1234", ".5", "2"):
        with pytest.raises(ValueError):
            texts.impact(text)
    for text in ("-1", "1e3", "", "1.", "0.1234567891"):
        with pytest.raises(ValueError):
            texts.decimal(text)


def test_a_wall_clock_ends_at_24() -> None:
    assert [texts.wall(text) for text in ("00:00", "08:30", "24:00")] == [0, 510, 1440]
    for text in ("24:01", "8:00", "08:60"):
        with pytest.raises(ValueError):
            texts.wall(text)


@pytest.mark.parametrize("text", ["Europe/Berlin", "UTC", "Etc/GMT+12", "America/Argentina/Buenos_Aires"])
def test_a_zone_is_known_by_its_name(text: str) -> None:
    assert texts.zone(text) == text


@pytest.mark.parametrize(
    "text", ["", "Europe", "Europe/Berln", "CET+1", "../UTC", "/etc/localtime", "a" * 5000, "UTC\0", "tzdata.zi"]
)
def test_a_name_that_is_no_zone_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        texts.zone(text)
