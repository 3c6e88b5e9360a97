"""What each later fact adds to a statement's downtime, by examples to be checked by hand; the law of the sum is elsewhere."""

from __future__ import annotations

from typing import Any

import pytest
from laws_of_recording import case_of

from sla.restatement import Delta, Kind, deltas, downtime_ms, late
from sla.span import DAY, HOUR, MINUTE, Span
from sla.texts import instant

JUNE = {"kind": "statement", "month": "2026-06"}
ISSUED = instant("2026-07-03T00:00:00Z")


def at(day: int, time: str) -> str:
    return f"2026-06-{day:02}T{time}Z"


def change(when: str, state: str, recorded_at: str | None = None) -> dict[str, str]:
    return {"at": when, "state": state, **({"recorded_at": recorded_at} if recorded_at else {})}


def site(*late_changes: dict[str, str], **more: Any) -> dict[str, Any]:
    """Two components, both needed: `a` is down on 10 June from 8 to 9; `b` is up."""
    outage = (change(at(10, "08:00:00"), "down"), change(at(10, "09:00:00"), "up"))
    components = {"a": {"changes": list(outage), "initial": "up"}, "b": {"changes": list(late_changes), "initial": "up"}}
    return {"components": components, **more}


def exclusion(*steps: tuple[str, str]) -> dict[str, Any]:
    history = [{"at": when, "status": status, "by": "anna" if status == "proposed" else "ben"} for when, status in steps]
    span = {"from": at(10, "08:00:00"), "to": at(10, "08:40:00")}
    return {"id": "X-1", **span, "cause": "isp", "evidence": ["t"], "components": ["a"], "history": history}


def found(document: dict[str, Any], old: int, new: int, query: dict[str, Any] = JUNE) -> tuple[Delta, ...]:
    return deltas(case_of(document, query), old, new)


def told(some: tuple[Delta, ...]) -> list[tuple[Kind, str, str, int]]:
    return [(one.fact.kind, one.fact.of, one.fact.said, int(one.downtime_ms)) for one in some]


def test_every_fact_adds_what_it_adds_beside_those_before_it() -> None:
    """`b` was down from 8:30 to 9:30, told late: 30 min more. The exclusion of `a` forgives until 8:40 but where `b` was down."""
    late_rows = [
        change(at(10, when), state, "2026-07-04T00:00:00Z") for when, state in (("08:30:00", "down"), ("09:30:00", "up"))
    ]
    steps = [("2026-07-05T00:00:00Z", "proposed"), ("2026-07-06T00:00:00Z", "approved"), ("2026-07-07T00:00:00Z", "revoked")]
    document = site(*late_rows, exclusions=[exclusion(*steps)])
    assert told(found(document, ISSUED, ISSUED + 10 * DAY)) == [
        (Kind.CHANGE, "b", "", 30 * MINUTE),
        (Kind.EXCLUSION, "X-1", "proposed", 0),
        (Kind.EXCLUSION, "X-1", "approved", -30 * MINUTE),
        (Kind.EXCLUSION, "X-1", "revoked", 30 * MINUTE),
    ]


def test_rows_recorded_at_once_are_one_fact_and_those_of_two_instants_are_two() -> None:
    """Told alone, that it went down is an outage up to the end of the month: so it is told if it was recorded alone."""
    alone = site(
        change(at(30, "23:00:00"), "down", "2026-07-04T00:00:00Z"), change(at(30, "23:30:00"), "up", "2026-07-05T00:00:00Z")
    )
    first, second = found(alone, ISSUED, ISSUED + 10 * DAY)
    assert (first.downtime_ms, second.downtime_ms) == (HOUR, -30 * MINUTE)
    assert first.fact.touches == Span(instant(at(30, "23:00:00")), instant("2026-07-01T00:00:00Z"))


def test_only_what_touches_the_time_of_its_windows_is_told() -> None:
    outside = [change(f"2026-07-0{day}T10:00:00Z", state) for day, state in ((4, "down"), (5, "up"))]
    same = change(at(20, "10:00:00"), "up", "2026-07-06T00:00:00Z")
    assert found(site(*outside, same), ISSUED, ISSUED + 10 * DAY) == ()
    earlier = [change(f"2026-05-2{day}T10:00:00Z", state, "2026-07-06T00:00:00Z") for day, state in ((4, "down"), (5, "up"))]
    (one,) = found(site(*earlier), ISSUED, ISSUED + 10 * DAY)
    assert (one.downtime_ms, one.fact.touches.length) == (0, DAY)  # in a window that ends in June, not in June itself


def test_time_that_had_not_been_yet_is_told_last_with_all_that_happened_in_it() -> None:
    document = site(change(at(20, "10:00:00"), "down"), change(at(20, "11:00:00"), "up"))
    early = instant(at(15, "00:00:00"))
    (one,) = found(document, early, ISSUED)
    assert (one.fact.kind, one.downtime_ms) == (Kind.TIME, HOUR)
    assert one.fact.touches == Span(early, instant("2026-07-01T00:00:00Z"))


def test_a_notice_is_told_with_the_time_after_it() -> None:
    """Announced in time and completed early: what is forgiven ends there, and nothing before that is another than it was."""
    span = {"from": at(10, "08:00:00"), "to": at(10, "09:00:00"), "impact": "OUTAGE"}
    said = [{"at": at(10, when), "status": word, **span} for when, word in (("07:30:00", "CONFIRMED"), ("08:20:00", "COMPLETED"))]
    agreement = {"maintenance": "excluded", "maintenance_notice_seconds": 0}
    document = site(agreement=agreement, maintenance=[{"id": "M-1", "announcements": said}])
    assert told(found(document, instant(at(10, "08:10:00")), ISSUED)) == [(Kind.TIME, "", "", 40 * MINUTE)]


@pytest.mark.parametrize("query", [{"kind": "month", "month": "2026-06"}, {"kind": "days", "first": "2026-06-01", "days": 30}])
def test_figures_of_dates_have_the_same_deltas(query: dict[str, Any]) -> None:
    document = site(exclusions=[exclusion((at(11, "00:00:00"), "proposed"), ("2026-07-06T00:00:00Z", "approved"))])
    assert found(document, ISSUED, ISSUED + 10 * DAY, query) == found(document, ISSUED, ISSUED + 10 * DAY)


def test_what_has_no_one_downtime_is_refused() -> None:
    case = case_of(site(), {"kind": "daily", "first": "2026-06-01", "last": "2026-06-30"})
    with pytest.raises(ValueError, match="no one downtime"):
        downtime_ms(case, ISSUED, ISSUED)


def test_before_its_time_begins_nothing_late_can_touch_it() -> None:
    assert late(case_of(site(), JUNE), 0, ISSUED, instant("2026-05-01T00:00:00Z")) == ()
