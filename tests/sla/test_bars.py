from __future__ import annotations

from written import DEGRADED, DOWN, UNKNOWN, at, dates, troubles

from sla.account import Terms, account
from sla.agreement import Agreement
from sla.bars import Bar, bars
from sla.calendar import span as dates_of
from sla.case import CaseComponent
from sla.composition import Leaf
from sla.facts import levels
from sla.span import DAY, HOUR

SITE = troubles(
    (at("2026-06-02T23:00"), at("2026-06-03T01:00"), DOWN),
    (at("2026-06-03T10:00"), at("2026-06-03T11:00"), UNKNOWN),
    (at("2026-06-03T12:00"), at("2026-06-03T12:30"), DEGRADED),
)


def test_a_bar_is_how_long_each_state_was_shown_on_a_local_date_that_was_observed() -> None:
    first, last = dates("2026-06-01", "2026-06-04")
    terms = Terms(Agreement(effective_from=at("2026-06-02")), Leaf("site"), as_of=at("2026-06-03T18:00"))
    seen = account(terms, {"site": levels(CaseComponent(SITE), None, False)}, dates_of("UTC", first, last))
    rows = bars(seen.track, "UTC", first, last)
    assert [row.observed_ms for row in rows] == [0, DAY, 18 * HOUR, 0]
    assert rows[1] == Bar(dates("2026-06-02", "2026-06-02")[0], HOUR, 0, 0, DAY)
    assert (rows[2].down_ms, rows[2].degraded_ms, rows[2].unknown_ms) == (HOUR, HOUR // 2, HOUR)


def test_a_date_without_time_has_no_bar() -> None:
    first, last = dates("2011-12-29", "2011-12-31")
    seen = account(Terms(Agreement(), Leaf("x")), {}, dates_of("Pacific/Apia", first, last))
    assert [row.date.day for row in bars(seen.track, "Pacific/Apia", first, last)] == [29, 31]
