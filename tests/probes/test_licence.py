from __future__ import annotations

from datetime import UTC, datetime
from fractions import Fraction

import pytest
from flexnet_texts import FILES

from probes.expiry import Limits
from probes.flexnet import licence_file
from probes.licence import Feature, Holding, Percents, granted, judged
from probes.probe import Finding
from sla.span import DAY
from sla.state import Cause, State

FEATURE = Feature("CXM_ENTU_UD")
DAYS = Limits(Fraction(60), Fraction(30), Fraction(14))
PERCENTS = Percents(85, 95)


def instant(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[misc, arg-type]


AT = instant(2026, 11, 24, 12)


def by_file(name: str, feature: Feature = FEATURE, at: int = AT, zone: str = "UTC") -> Holding:
    return granted(licence_file(FILES[name].encode()), feature, at, zone)


def finding(*holdings: Holding) -> Finding:
    return judged(holdings, AT, DAYS, PERCENTS, {})


def test_a_licence_runs_to_the_end_of_its_last_day_in_the_sites_zone() -> None:
    assert by_file("last day").ends == instant(2026, 11, 25)
    assert by_file("last day", at=instant(2026, 11, 24, 23, 59)).fault is None
    assert by_file("last day", at=instant(2026, 11, 24, 23, 59), zone="Europe/Berlin").fault is not None
    assert by_file("last day", at=instant(2026, 11, 25, 7, 59), zone="America/Los_Angeles").fault is None


def test_the_days_that_count_run_to_the_first_loss() -> None:
    several = by_file("several")
    assert (several.seats, several.ends, several.lacks) == (300, instant(2027, 1, 1), instant(2027, 1, 1))
    enough = by_file("several", Feature("CXM_ENTU_UD", 50))
    assert (enough.ends, enough.lacks) == (instant(2027, 1, 1), None)


def test_a_renewal_that_begins_when_the_old_line_ends_is_no_loss() -> None:
    renewed = by_file("renewed")
    assert (renewed.ends, renewed.lacks) == (instant(2026, 11, 25), instant(2028, 1, 1))
    assert finding(renewed).state is State.UP
    less = by_file("renewed with less")
    assert less.lacks == instant(2026, 11, 25)
    assert finding(less).cause is Cause.EXPIRES_SOON
    assert by_file("renewed with less", Feature("CXM_ENTU_UD", 100)).lacks == instant(2028, 1, 1)


@pytest.mark.parametrize(
    ("name", "cause", "words"),
    [
        ("expired", Cause.LICENCE_EXPIRED, "every seat of CXM_ENTU_UD has expired, the last on 2026-11-23"),
        ("not begun", Cause.LICENCE_INVALID, "licensed from 2026-12-01 on"),
        ("expiring", Cause.EXPIRES_SOON, "licence of CXM_ENTU_UD ends in 10.5 days"),
    ],
)
def test_each_fault_has_its_cause(name: str, cause: Cause, words: str) -> None:
    found = finding(by_file(name))
    assert found.cause is cause
    assert words in found.reason


def test_a_feature_that_is_absent_is_invalid_and_others_are_named() -> None:
    found = finding(by_file("good", Feature("NO_SUCH")))
    assert (found.cause, found.reason) == (
        Cause.LICENCE_INVALID,
        "NO_SUCH is not licensed, wanted it; there are CXM_ENTU_UD",
    )


@pytest.mark.parametrize(
    ("seats", "used", "min_seats", "cause", "notices"),
    [
        (250, 100, None, None, []),
        (250, 212, None, None, []),
        (250, 213, None, None, ["seats_notice"]),
        (250, 237, None, None, ["seats_notice"]),
        (250, 238, None, Cause.SEATS_LOW, ["seats_notice"]),
        (250, 250, None, Cause.LICENCE_EXCEEDED, []),
        (250, 251, None, Cause.LICENCE_EXCEEDED, []),
        (250, None, 251, Cause.LICENCE_EXCEEDED, []),
        (250, None, 250, None, []),
        (0, 0, None, Cause.LICENCE_EXCEEDED, []),
        (None, 10_000, 251, None, []),
        (None, None, None, None, []),
    ],
)
def test_seats_are_judged(
    seats: int | None, used: int | None, min_seats: int | None, cause: Cause | None, notices: list[str]
) -> None:
    found = finding(Holding(Feature("f", min_seats), seats, used))
    assert found.cause is cause, found
    assert [notice.code for notice in found.notices] == notices


def test_the_worst_of_several_counts_and_both_troubles_are_told() -> None:
    low = Holding(Feature("a"), 100, 96, AT + 100 * DAY, AT + 3 * DAY)
    found = finding(Holding(Feature("b")), low)
    assert found.cause is Cause.SEATS_LOW
    assert found.reason == "a has 96 of 100 seats in use, 95 % or more; licence of a ends in 3.0 days"
    assert [notice.code for notice in found.notices] == ["expires_urgent", "seats_notice"]
    broken = Holding(Feature("c"), fault=(Cause.LICENCE_INVALID, "c is odd"))
    expired = Holding(Feature("d"), fault=(Cause.LICENCE_EXPIRED, "d is over"))
    assert finding(low, broken, expired).reason == "d is over; c is odd"
    assert finding(low, broken, expired).cause is Cause.LICENCE_EXPIRED


def test_the_facts_are_those_of_the_first_and_the_earliest_end() -> None:
    found = finding(Holding(Feature("a"), 250, 100, 9_000), Holding(Feature("b"), 7, 1, 5_000))
    assert found.facts == {
        "license_features": 2,
        "license_seats": 250,
        "license_seats_used": 100,
        "license_not_after_timestamp_seconds": 5,
    }


@pytest.mark.parametrize(
    "days", [(59, "expires_soon", None), (29, "expires_urgent", None), (13, "expires_urgent", Cause.EXPIRES_SOON)]
)
def test_the_days_of_notice_are_those_of_things_that_a_person_must_renew(days: tuple[int, str, Cause | None]) -> None:
    left, notice, cause = days
    found = finding(Holding(FEATURE, 1, 0, AT + left * DAY, AT + left * DAY))
    assert ([one.code for one in found.notices], found.cause) == ([notice], cause)
    assert finding(Holding(FEATURE, 1, 0, AT + 61 * DAY, AT + 61 * DAY)).notices == ()


@pytest.mark.parametrize(("name", "seats"), [("", 1), ("x\n", 1), ("x" * 101, 1), ("x", 0)])
def test_a_feature_has_a_name_and_a_seat(name: str, seats: int) -> None:
    with pytest.raises(ValueError, match="must be"):
        Feature(name, seats)
