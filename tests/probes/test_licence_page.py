from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mutants import mutants

from probes.assertions import parsed
from probes.licence import Feature, Holding
from probes.licence_page import Places, shown_by
from probes.probe import Malformed
from sla.state import Cause

AT = int(datetime(2026, 11, 24, 12, tzinfo=UTC).timestamp() * 1000)
FEATURE = Feature("suite")
ALL = Places("/seats/total", "/seats/used", "/expires")


def instant(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc, arg-type]


def page(total: Any = 250, used: Any = 181, expires: Any = "2026-12-31") -> dict[str, Any]:
    return {"seats": {"total": total, "used": used}, "expires": expires}


@pytest.mark.parametrize(
    ("expires", "zone", "ends"),
    [
        ("2026-12-31", "UTC", instant(2027, 1, 1)),
        ("2026-12-31", "Europe/Berlin", instant(2026, 12, 31, 23)),
        ("2026-12-31T12:00:00Z", "Europe/Berlin", instant(2026, 12, 31, 12)),
        ("2026-12-31T12:00:00+02:00", "UTC", instant(2026, 12, 31, 10)),
        (1_798_761_600, "UTC", instant(2027, 1, 1)),
        (None, "UTC", None),
    ],
)
def test_seats_and_the_last_day_are_read(expires: Any, zone: str, ends: int | None) -> None:
    assert shown_by(page(expires=expires), ALL, FEATURE, AT, zone) == Holding(FEATURE, 250, 181, ends, ends)


def test_a_number_may_stand_as_text_and_what_is_not_asked_for_is_not_read() -> None:
    assert shown_by(page("250", 1.0), Places("/seats/total", None, None), FEATURE, AT, "UTC") == Holding(FEATURE, 250)


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (page(total=None), "/seats/total is not there, wanted a number of seats"),
        ({}, "/seats/total is not there"),
        (page(total=True), "/seats/total is True"),
        (page(total=-1), "/seats/total is -1"),
        (page(used="many"), '/seats/used is "many"'),
        (page(used=parsed(b"1e999999")), "/seats/used is 1E+999999"),
        (page(used=parsed(b"1.5")), "/seats/used is 1.5"),
        (page(expires="31-dec-2026"), '/expires is "31-dec-2026", wanted a date like 2026-12-31'),
        (page(expires="2026-02-31"), '/expires is "2026-02-31"'),
        (page(expires="2026-12-31T12:00:00"), "wanted a date"),
        (page(expires="9999-12-31"), "wanted a date"),
        (page(expires=True), "/expires is True"),
        (page(expires={"a": 1}), "wanted a date"),
    ],
)
def test_what_is_not_there_is_said(shown: Any, words: str) -> None:
    fault = shown_by(shown, ALL, FEATURE, AT, "UTC").fault
    assert fault is not None
    assert fault[0] is Cause.LICENCE_INVALID
    assert words in fault[1]


def test_what_has_ended_has_expired() -> None:
    assert shown_by(page(expires="2026-11-24"), ALL, FEATURE, AT, "UTC").fault is None
    over = shown_by(page(expires="2026-11-23"), ALL, FEATURE, AT, "UTC")
    assert over.fault == (Cause.LICENCE_EXPIRED, "suite ended at 2026-11-24 00:00:00 UTC")


@pytest.mark.timeout(300)
def test_pages_that_are_nearly_right_are_read_or_malformed() -> None:
    good = [
        b'{"seats": {"total": 250, "used": 181}, "expires": "2026-12-31"}',
        b'{"seats": {"total": "1", "used": 1e2}, "expires": 17}',
    ]
    kept = 0
    for data in mutants(good, "pages"):
        try:
            found = parsed(data)
        except Malformed:
            continue
        holding = shown_by(found, ALL, FEATURE, AT, "UTC")
        assert holding.fault is None or holding.fault[1].isprintable()
        kept += 1
    assert kept > 500, "or the mutants teach nothing"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(VALUES, VALUES, VALUES)
def test_any_values_are_a_holding_or_its_fault(total: Any, used: Any, expires: Any) -> None:
    holding = shown_by(page(total, used, expires), ALL, FEATURE, AT, "Pacific/Apia")
    assert holding.fault is None or holding.fault[1].isprintable()
