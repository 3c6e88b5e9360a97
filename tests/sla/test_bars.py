from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st
from written import DEGRADED, DOWN, UNKNOWN, at, dates, troubles

from sla.account import Terms, account
from sla.agreement import Agreement
from sla.bars import Bar, bars
from sla.calendar import span as dates_of
from sla.calendar import start
from sla.case import CaseComponent
from sla.composition import Leaf
from sla.facts import levels
from sla.span import DAY, HOUR, Span
from sla.state import State
from sla.steps import BEGINNING
from sla.track import Track

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


@given(st.lists(st.sampled_from(State), min_size=1, max_size=40), st.integers(0, 9), st.integers(1, 40))
def test_every_hour_is_in_the_bar_of_its_date(cells: list[State], since: int, hours: int) -> None:
    """Cells of three hours around a change of the clocks, of which a part was observed."""
    first, last = dates("2026-03-27", "2026-03-31")
    begun = start("Europe/Berlin", first) + 5 * HOUR
    quads = [(begun + number * 3 * HOUR, (state.worst, state.best) * 2) for number, state in enumerate(cells)]
    observed = Span(begun + since * HOUR, begun + (since + hours) * HOUR)
    track = Track(observed, [(BEGINNING, (2,) * 4), *quads], {})
    for row in bars(track, "Europe/Berlin", first, last):
        day = dates_of("Europe/Berlin", row.date, row.date)
        shown = Counter(track.shown(at) for at in range(day.start, day.end, HOUR) if at in observed)
        assert row == Bar(row.date, *(shown[state] * HOUR for state in (DOWN, DEGRADED, UNKNOWN)), shown.total() * HOUR)
