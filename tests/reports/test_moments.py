from __future__ import annotations

from datetime import date

from page_examples import AT

from reports import moments


def test_machines_get_three_digits_and_a_z() -> None:
    assert moments.machine(AT + 7) == "2026-11-24T13:37:20.007Z"


def test_people_get_their_zone_first_and_utc_beside_it() -> None:
    assert moments.clock(AT, "Europe/Berlin") == "14:37:20 CET (13:37:20 UTC)"
    assert moments.clock(AT, "UTC") == "13:37:20 UTC"
    assert moments.moment(AT, "Asia/Tokyo") == "24 Nov 2026, 22:37 JST (13:37 UTC)"


def test_dates_are_those_of_the_zone() -> None:
    assert moments.local_date(AT + 11 * 3_600_000, "Europe/Berlin") == date(2026, 11, 25)
    assert moments.weekday(date(2026, 11, 24)) == "Tuesday, 24 Nov 2026"
