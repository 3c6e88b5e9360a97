from __future__ import annotations

from datetime import date

import pytest
from written import at, span

from sla.agreement import Agreement, ServiceHours
from sla.service import in_service
from sla.span import HOUR, MINUTE, Span
from sla.steps import value_at

ALL_DAYS = frozenset(range(7))


def hours(zone: str, within: Span, *listed: ServiceHours) -> float:
    """Minutes in service, minute by minute."""
    steps = in_service(Agreement(zone=zone, service_hours=listed), within)
    return sum(value_at(steps, t) for t in range(within.start, within.end, MINUTE))


def test_only_the_listed_days_and_hours_count() -> None:
    office = ServiceHours(frozenset({0, 1, 2, 3, 4}), 8 * 60, 17 * 60)
    steps = in_service(Agreement(service_hours=(office,)), span("2026-06-01", "2026-06-08"))
    instants = ["2026-06-01T07:59", "2026-06-01T08:00", "2026-06-01T16:59", "2026-06-01T17:00", "2026-06-06T12:00"]
    assert [value_at(steps, at(text)) for text in instants] == [False, True, True, False, False]
    assert hours("UTC", span("2026-06-01", "2026-06-08"), office) == 5 * 9 * 60


def test_without_service_hours_all_time_counts() -> None:
    assert value_at(in_service(Agreement(), span("2026-06-01", "2026-06-02")), 0) is True


def test_an_end_at_24_is_the_start_of_the_next_date_and_lists_are_joined() -> None:
    day = span("2026-06-01", "2026-06-02")
    assert hours("UTC", day, ServiceHours(ALL_DAYS, 0, 1440)) == 1440
    assert hours("UTC", day, ServiceHours(ALL_DAYS, 60, 180), ServiceHours(ALL_DAYS, 120, 240)) == 180
    assert hours("UTC", day, ServiceHours(ALL_DAYS, 180, 60)) == 0


@pytest.mark.parametrize(
    ("zone", "day", "since", "until", "minutes"),
    [
        ("Europe/Berlin", "2026-03-29", 60, 240, 120),  # 02:00-03:00 is not shown
        ("Europe/Berlin", "2026-03-29", 150, 170, 0),  # all of it inside the gap
        ("Europe/Berlin", "2026-03-29", 150, 200, 20),  # begins at 03:00
        ("Europe/Berlin", "2026-10-25", 60, 240, 240),  # 02:00-03:00 is shown twice
        ("Europe/Berlin", "2026-10-25", 60, 150, 90),  # ends at the first 02:30
        ("Asia/Beirut", "2026-03-29", 0, 120, 60),  # the date begins at 01:00
        ("Pacific/Apia", "2011-12-30", 0, 1440, 0),  # the date is missing
    ],
)
def test_wall_clock_times_are_the_first_instants_that_show_them_or_more(
    zone: str, day: str, since: int, until: int, minutes: int
) -> None:
    around = Span(at(day) - 20 * HOUR, at(day) + 44 * HOUR)
    weekday = date.fromisoformat(day).weekday()
    assert hours(zone, around, ServiceHours(frozenset({weekday}), since, until)) == minutes
