from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.agreement import Agreement
from sla.calendar import date_of, span, start
from sla.composition import Leaf
from sla.span import DAY, HOUR, MINUTE, SECOND, Span
from sla.state import State
from sla.timeline import Change, Doubt, Rule, Sample, Timeline, derive, fold
from sla.track import Track, resolve
from sla.window import Figures, Verdict, any_days, daily, figures, rolling, trailing

UP, DEGRADED, DOWN, UNKNOWN = State.UP, State.DEGRADED, State.DOWN, State.UNKNOWN
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
AGREEMENT = Agreement()


def at(text: str) -> int:
    return (datetime.fromisoformat(text).replace(tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)


YEAR = Span(at("2026-01-01"), at("2027-01-01"))


def site(*troubles: tuple[int, int, State], observed: Span = YEAR) -> Track:
    """A site of one component, up but for ``troubles`` (start, length, state), which do not overlap."""
    changes = [Change(observed.start, UP)]
    for since, length, state in sorted(troubles):
        changes += [Change(since, state), Change(since + length, UP)]
    return resolve(Leaf("site"), {"site": fold(changes, ())}, observed)


def test_worked_example_1_the_budget_follows_the_clock_change() -> None:
    chicago = Agreement(zone="America/Chicago")
    outage = 43 * MINUTE + 14 * SECOND
    long = span("America/Chicago", date(2026, 10, 15), date(2026, 11, 13))
    seen = figures(site((at("2026-10-20"), outage, DOWN)), chicago, long)
    assert (seen.period_ms, seen.budget_ms) == (2_595_600 * SECOND, 2_595_600)
    assert (seen.verdict, seen.remaining_ms) == (Verdict.MET, 1_600)
    september = span("America/Chicago", date(2026, 9, 1), date(2026, 9, 30))
    seen = figures(site((at("2026-09-10"), outage, DOWN)), chicago, september)
    assert (seen.budget_ms, seen.remaining_ms, seen.verdict) == (2_592_000, -2_000, Verdict.BREACHED)


def test_worked_example_2_any_window() -> None:
    track = site((at("2026-09-10"), 26 * MINUTE, DOWN), (at("2026-10-05"), 22 * MINUTE, DOWN))
    for first, last in ((date(2026, 9, 1), date(2026, 9, 30)), (date(2026, 10, 1), date(2026, 10, 31))):
        assert figures(track, AGREEMENT, span("UTC", first, last)).verdict is Verdict.MET
    seen = any_days(track, AGREEMENT, date(2026, 8, 1), date(2026, 10, 31))
    assert seen.verdict is Verdict.BREACHED
    assert seen.breached == tuple(date(2026, 9, day) for day in range(6, 11))
    assert (seen.worst_first, seen.worst_last) == (date(2026, 9, 6), date(2026, 10, 5))
    assert seen.worst.availability == Fraction(899, 900)
    assert (seen.windows, seen.undetermined) == (92 - 29, ())


def test_worked_example_4_confirmation() -> None:
    noon = at("2026-06-01T12:00")
    ok = [0, 60, 200, 260, 1200, 1260]
    looked = [Sample(noon + s * SECOND, UP) for s in ok] + [Sample(noon + s * SECOND, DOWN) for s in (120, 130, 140)]
    timeline = derive(looked, Rule(3, 2, 130 * SECOND))
    window = Span(noon, noon + 1260 * SECOND)
    seen = figures(resolve(Leaf("site"), {"site": timeline}, window), AGREEMENT, window)
    assert (seen.downtime_ms, seen.best_ms, seen.worst_ms) == (80 * SECOND, 20 * SECOND, 1080 * SECOND)
    assert (seen.unknown_ms, seen.coverage) == (810 * SECOND, 1 - Fraction(810, 1260))


@pytest.mark.parametrize(("silent", "down", "verdict"), [(40, 0, "met"), (50, 0, "undetermined"), (50, 44, "breached")])
def test_worked_example_5_unknown(silent: int, down: int, verdict: str) -> None:
    troubles = [(at("2026-06-05"), silent * MINUTE, UNKNOWN), (at("2026-06-09"), down * MINUTE, DOWN)]
    track = site(*(trouble for trouble in troubles if trouble[1]))
    seen = figures(track, AGREEMENT, span("UTC", date(2026, 6, 1), date(2026, 6, 30)))
    assert seen.verdict.value == verdict
    assert (seen.best_ms, seen.downtime_ms, seen.worst_ms) == (down * MINUTE, down * MINUTE, (down + silent) * MINUTE)


def test_worked_example_8_degraded_priced() -> None:
    day = at("2026-06-05T08:00")
    changes = (Change(day - HOUR, UP), Change(day, DEGRADED), Change(day + 30 * MINUTE, DOWN))
    changes += (Change(day + 40 * MINUTE, DEGRADED), Change(day + HOUR, UP))
    track = resolve(Leaf("site"), {"site": Timeline(changes)}, YEAR)
    seen = figures(track, Agreement(degraded_impact=Fraction(1, 4)), Span(day, day + HOUR))
    assert seen.downtime_ms == 1_350 * SECOND
    assert figures(track, AGREEMENT, Span(day, day + HOUR)).downtime_ms == 600 * SECOND


def test_43_minutes_12_seconds_are_just_within_three_nines() -> None:
    june = span("UTC", date(2026, 6, 1), date(2026, 6, 30))
    exact = 43 * MINUTE + 12 * SECOND
    assert figures(site((june.start, exact, DOWN)), AGREEMENT, june).verdict is Verdict.MET
    assert figures(site((june.start, exact + 1, DOWN)), AGREEMENT, june).verdict is Verdict.BREACHED


@pytest.mark.parametrize(
    ("zone", "first", "hours"), [("Europe/Berlin", date(2026, 3, 10), 719), ("Europe/Berlin", date(2026, 10, 10), 721)]
)
def test_the_budget_of_719_and_721_hours(zone: str, first: date, hours: int) -> None:
    whole = span(zone, first, first + timedelta(days=29))
    exact = hours * 3_600
    agreement = Agreement(zone=zone)
    assert figures(site((whole.start, exact, DOWN)), agreement, whole).verdict is Verdict.MET
    assert figures(site((whole.end - exact - 1, exact + 1, DOWN)), agreement, whole).verdict is Verdict.BREACHED


def test_a_young_site_is_pending_until_a_full_budget_is_spent() -> None:
    young = Span(at("2026-06-20"), YEAR.end)
    june = span("UTC", date(2026, 6, 1), date(2026, 6, 30))
    assert figures(site((young.start, HOUR // 2, DOWN), observed=young), AGREEMENT, june).verdict is Verdict.PENDING
    assert figures(site((young.start, HOUR, DOWN), observed=young), AGREEMENT, june).verdict is Verdict.BREACHED
    seen = figures(site(observed=young), AGREEMENT, june)
    assert (seen.period_ms, seen.budget_ms, seen.coverage) == (11 * DAY, 2_592_000, 1)


def test_without_a_period_the_ratios_are_none() -> None:
    seen = figures(site(), Agreement(effective_from=YEAR.end - DAY), Span(YEAR.start, YEAR.start + DAY))
    assert (seen.period_ms, seen.coverage, seen.availability, seen.verdict) == (0, None, None, Verdict.PENDING)


def test_unknown_may_leave_the_period() -> None:
    day = Span(at("2026-06-05"), at("2026-06-06"))
    track = site((day.start, 12 * HOUR, UNKNOWN), (day.start + 13 * HOUR, HOUR, DOWN))
    seen = figures(track, replace(AGREEMENT, unknown="remove-from-period"), day)
    assert (seen.period_ms, seen.unknown_ms, seen.coverage) == (12 * HOUR, 12 * HOUR, Fraction(1, 2))
    assert seen.availability == seen.availability_worst == Fraction(11, 12)
    assert seen.budget_ms == Fraction(12 * HOUR, 1000)


def test_trailing_is_the_complete_dates_and_today_apart() -> None:
    now = at("2026-07-01T06:00")
    track = site((at("2026-06-30T23:00"), 2 * HOUR, DOWN), (at("2026-07-01T05:00"), 2 * HOUR, DEGRADED))
    seen = trailing(track, AGREEMENT, now)
    assert (seen.first, seen.last) == (date(2026, 6, 1), date(2026, 6, 30))
    assert seen.figures.downtime_ms == HOUR
    assert seen.today is not None
    assert (seen.today.down_ms, seen.today.degraded_ms, seen.today.observed_ms) == (HOUR, HOUR, 6 * HOUR)
    assert trailing(track, AGREEMENT, at("2026-07-01")).today is None


def test_daily_rows_sum_up_to_the_window() -> None:
    track = site((at("2026-06-02T23:00"), 2 * HOUR, DOWN), (at("2026-06-03T10:00"), HOUR, UNKNOWN))
    days = daily(track, AGREEMENT, date(2026, 6, 1), date(2026, 6, 3))
    assert [day.down_ms for day in days] == [0, HOUR, HOUR]
    assert [day.unknown_ms for day in days] == [0, 0, HOUR]
    assert [day.observed_ms for day in days] == [DAY, DAY, DAY]
    assert [day.observed_ms for day in daily(track, AGREEMENT, date(2026, 6, 1), date(2026, 6, 2), at("2026-06-02"))] == [DAY, 0]


def test_any_days_refuses_a_range_that_is_too_short() -> None:
    with pytest.raises(ValueError, match="30 dates"):
        any_days(site(), AGREEMENT, date(2026, 6, 1), date(2026, 6, 29))


def test_service_hours_are_refused_rather_than_ignored() -> None:
    from sla.agreement import ServiceHours

    with pytest.raises(ValueError, match="service hours"):
        figures(site(), Agreement(service_hours=(ServiceHours(frozenset({0}), 480, 1020),)), YEAR)


SIX_HOURS = 6 * HOUR
worlds = st.lists(st.sampled_from([UP, UP, UP, DEGRADED, DOWN, UNKNOWN]), min_size=40, max_size=40)
impacts = st.sampled_from([Fraction(0), Fraction(1, 4), Fraction(1)])
agreements = st.builds(
    Agreement,
    goal=st.sampled_from([Fraction(1, 2), Fraction(3, 4), Fraction(9, 10)]),
    days=st.integers(1, 4),
    rolling_hours=st.integers(1, 6).map(lambda n: 12 * n),
    degraded_impact=impacts,
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Beirut", "Australia/Lord_Howe"]),
    unknown=st.sampled_from(["bounds", "remove-from-period"]),
)
WORLD = Span(at("2026-03-25"), at("2026-03-25") + 40 * SIX_HOURS)
TICK = HOUR // 2


def world(cells: list[State], doubted: list[int]) -> Track:
    changes = [Change(WORLD.start + i * SIX_HOURS, cell) for i, cell in enumerate(cells)]
    doubts = [Doubt(WORLD.start + i * SIX_HOURS, WORLD.start + (i + 1) * SIX_HOURS, DOWN, UP) for i in doubted]
    return resolve(Leaf("site"), {"site": fold(changes, doubts)}, WORLD)


def painted(cells: list[State], doubted: list[int], agreement: Agreement, window: Span) -> tuple[Fraction, ...]:
    """(period, down, best, worst, unknown) in ms by colouring every half hour."""
    cost = {DOWN: Fraction(1), DEGRADED: agreement.degraded_impact, UP: Fraction(0)}
    period, down, best, worst, unknown = (Fraction(0),) * 5
    for tick in range(window.start, window.end, TICK):
        i = (tick - WORLD.start) // SIX_HOURS
        if not 0 <= i < len(cells):
            continue
        lost = cells[i] is UNKNOWN
        unknown += TICK * lost
        if lost and agreement.unknown == "remove-from-period":
            continue
        period += TICK
        down += TICK * cost[cells[i].best]
        best += TICK * cost[UP if i in doubted else cells[i].best]
        worst += TICK * cost[DOWN if i in doubted else cells[i].worst]
    return period, down, best, worst, unknown


def of(seen: Figures) -> tuple[Fraction | int, ...]:
    return seen.period_ms, seen.downtime_ms, seen.best_ms, seen.worst_ms, seen.unknown_ms


doubted_cells = st.lists(st.integers(0, 39), max_size=5)


@settings(max_examples=150, deadline=None)
@given(worlds, doubted_cells, agreements, st.integers(-20, 480), st.integers(1, 200))
def test_figures_are_what_a_painter_paints(
    cells: list[State], doubted: list[int], agreement: Agreement, since: int, n: int
) -> None:
    window = Span(WORLD.start + since * TICK, WORLD.start + (since + n) * TICK)
    seen = figures(world(cells, doubted), agreement, window)
    assert of(seen) == painted(cells, doubted, agreement, window)
    assert seen.best_ms <= seen.downtime_ms <= seen.worst_ms
    if seen.availability is not None and seen.availability_best is not None and seen.availability_worst is not None:
        assert 0 <= seen.availability_worst <= seen.availability <= seen.availability_best <= 1


@settings(max_examples=100, deadline=None)
@given(worlds, doubted_cells, agreements)
def test_any_days_is_every_window_by_itself(cells: list[State], doubted: list[int], agreement: Agreement) -> None:
    track = world(cells, doubted)
    first = date_of(agreement.zone, WORLD.start)
    last = date_of(agreement.zone, WORLD.end)
    seen = any_days(track, agreement, first, last)
    alone = []
    for i in range(seen.windows):
        day = first + timedelta(days=i)
        window = Span(start(agreement.zone, day), start(agreement.zone, day + timedelta(days=agreement.days)))
        alone.append((day, figures(track, agreement, window)))
    assert seen.breached == tuple(day for day, each in alone if each.verdict is Verdict.BREACHED)
    assert seen.undetermined == tuple(day for day, each in alone if each.verdict is Verdict.UNDETERMINED)

    def share(each: Figures) -> Fraction:
        whole = each.budget_ms / (1 - agreement.goal)
        return each.downtime_ms / whole if whole else Fraction(0)

    worst = max(share(each) for _, each in alone)
    assert (seen.worst_first, seen.worst) == next((day, each) for day, each in alone if share(each) == worst)


@settings(max_examples=100, deadline=None)
@given(worlds, doubted_cells, agreements)
def test_the_worst_rolling_window_beats_every_other(cells: list[State], doubted: list[int], agreement: Agreement) -> None:
    length = agreement.rolling_hours * HOUR
    seen = rolling(world(cells, doubted), agreement, WORLD)
    starts = range(WORLD.start, WORLD.end - length + 1, TICK)
    alone = {i: painted(cells, doubted, agreement, Span(i, i + length)) for i in starts[:: max(1, len(starts) // 60)]}
    assert all(each[1] <= seen.worst.downtime_ms for each in alone.values())
    assert all(i >= seen.worst.window.start for i, each in alone.items() if each[1] == seen.worst.downtime_ms)
    assert painted(cells, doubted, agreement, seen.worst.window)[1] == seen.worst.downtime_ms
    assert seen.worst.period_ms == length
