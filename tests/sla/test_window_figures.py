from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from weighed import BEGIN, CELL, WORLD, agreements, weighed
from written import DOWN, UNKNOWN, at, case, changes, dates, down, span, troubles
from written import figures as of

from sla.agreement import Agreement, ServiceHours
from sla.answer import Daily, DatedFigures, Figures, Verdict
from sla.calendar import span as dates_of
from sla.case import AskDaily, AskDays, CaseComponent
from sla.counted import Counted
from sla.evaluate import evaluate
from sla.exclusion import Exclusion
from sla.figures import allowed, figures, plain
from sla.span import DAY, HOUR, MINUTE, Span

JUNE = dates_of("UTC", date(2026, 6, 1), date(2026, 6, 30))
MOST = 43 * MINUTE + 12_000


@settings(max_examples=200, deadline=None)
@given(weighed(), agreements, st.integers(-4, 39), st.integers(1, 30))
def test_figures_are_what_their_definitions_say(counted: Counted, agreement: Agreement, since: int, many: int) -> None:
    window = Span(BEGIN + since * CELL, BEGIN + (since + many) * CELL)
    seen, scale, leaves = figures(counted, agreement, window), counted.scale, counted.unknown_leaves
    unknown, removed = counted.unknown.between(*ends(window)), counted.removed.between(*ends(window))
    assert seen.whole_ms == window.length - removed - (unknown if leaves else 0)
    assert seen.period_ms <= seen.whole_ms
    assert (seen.period_ms == seen.whole_ms) or not counted.full(window)
    before = seen.period_ms + (unknown if leaves else 0)
    assert seen.coverage == (1 - Fraction(unknown, before) if before else None)
    assert seen.downtime_ms == Fraction(counted.down.between(*ends(window)), scale)
    assert seen.availability == (1 - seen.downtime_ms / seen.period_ms if seen.period_ms else None)
    assert seen.availability_best == (1 - seen.best_ms / seen.period_ms if seen.period_ms else None)
    assert seen.availability_worst == (1 - seen.worst_ms / seen.period_ms if seen.period_ms else None)
    assert seen.budget_ms == (1 - agreement.goal) * seen.whole_ms
    assert seen.remaining_ms == seen.budget_ms - seen.downtime_ms
    assert seen.verdict is verdict(seen, counted.full(window))


def ends(window: Span) -> tuple[int, int]:
    return window.start, window.end


def verdict(seen: Figures, full: bool) -> Verdict:
    """The rule word by word, with fractions."""
    if seen.best_ms > seen.budget_ms:
        return Verdict.BREACHED
    if not full:
        return Verdict.PENDING
    if seen.whole_ms == 0 or seen.worst_ms > seen.budget_ms:
        return Verdict.UNDETERMINED
    return Verdict.MET


@settings(max_examples=100, deadline=None)
@given(weighed(), agreements, st.integers(-4, 39), st.integers(1, 30))
def test_on_the_plain_clock_all_of_the_window_is_the_period(
    counted: Counted, agreement: Agreement, since: int, many: int
) -> None:
    window = Span(BEGIN + since * CELL, BEGIN + (since + many) * CELL)
    seen = plain(counted, agreement, window)
    assert seen.period_ms == seen.whole_ms == window.length
    assert seen.coverage == 1 - Fraction(seen.unknown_ms, window.length)
    assert seen.downtime_ms == figures(counted, agreement, window).downtime_ms


@given(st.integers(0, 10**12), st.sampled_from([Fraction(999, 1000), Fraction(1), Fraction(1, 3)]), st.sampled_from([1, 4, 1000]))
def test_allowed_is_the_budget_rounded_down(whole: int, goal: Fraction, scale: int) -> None:
    assert allowed(Agreement(goal=goal), whole, scale) == (1 - goal) * whole * scale // 1


def test_43_minutes_12_seconds_are_just_within_three_nines() -> None:
    assert of(down((JUNE.start, JUNE.start + MOST)), JUNE).verdict is Verdict.MET
    assert of(down((JUNE.start, JUNE.start + MOST + 1)), JUNE).verdict is Verdict.BREACHED


@pytest.mark.parametrize(("first", "hours"), [(date(2026, 3, 10), 719), (date(2026, 10, 10), 721)])
def test_the_budget_of_719_and_721_hours(first: date, hours: int) -> None:
    whole, exact = dates_of("Europe/Berlin", first, first + timedelta(days=29)), hours * 3_600
    berlin = Agreement(zone="Europe/Berlin")
    assert of(down((whole.start, whole.start + exact)), whole, agreement=berlin).verdict is Verdict.MET
    assert of(down((whole.end - exact - 1, None)), whole, agreement=berlin).verdict is Verdict.BREACHED


def test_a_young_site_is_pending_until_the_budget_of_a_full_window_is_spent_and_then_breached() -> None:
    young = Agreement(effective_from=at("2026-06-20"))
    begun = at("2026-06-20")
    seen = of(down((begun, begun + MOST)), JUNE, agreement=young)
    assert (seen.verdict, seen.period_ms, seen.whole_ms) == (Verdict.PENDING, 11 * DAY, 30 * DAY)
    assert (seen.budget_ms, seen.coverage) == (2_592_000, 1)
    assert of(down((begun, begun + MOST + 1)), JUNE, agreement=young).verdict is Verdict.BREACHED


def test_only_time_before_as_of_and_within_the_agreement_is_observed() -> None:
    seen = of(down((JUNE.start, None)), JUNE, as_of=JUNE.start + HOUR)
    assert (seen.period_ms, seen.downtime_ms, seen.verdict) == (HOUR, HOUR, Verdict.BREACHED)
    ended = Agreement(effective_from=JUNE.start + HOUR, effective_to=JUNE.start + 3 * HOUR)
    assert of(down((JUNE.start, None)), JUNE, agreement=ended).downtime_ms == 2 * HOUR
    never = of(down((JUNE.start, None)), JUNE, agreement=ended, as_of=JUNE.start)
    assert (never.period_ms, never.coverage, never.availability, never.verdict) == (0, None, None, Verdict.PENDING)


def test_unknown_may_leave_the_period_but_coverage_tells_of_it() -> None:
    day = span("2026-06-05", "2026-06-06")
    site = troubles((day.start, day.start + 12 * HOUR, UNKNOWN), (day.start + 13 * HOUR, day.start + 14 * HOUR, DOWN))
    seen = of(site, day, agreement=Agreement(unknown="remove-from-period"))
    assert (seen.period_ms, seen.unknown_ms, seen.coverage) == (12 * HOUR, 12 * HOUR, Fraction(1, 2))
    assert seen.availability == seen.availability_worst == Fraction(11, 12)
    assert seen.budget_ms == Fraction(12 * HOUR, 1000)


def test_a_full_window_without_any_period_is_undetermined() -> None:
    day = span("2026-06-05", "2026-06-06")
    seen = of(changes(), day, agreement=Agreement(unknown="remove-from-period"))
    assert (seen.whole_ms, seen.verdict, seen.availability, seen.coverage) == (0, Verdict.UNDETERMINED, None, 0)


def test_removing_an_exclusion_over_up_time_lowers_availability() -> None:
    day = span("2026-06-05", "2026-06-06")
    excluded = Exclusion("X", Span(day.start, day.start + 12 * HOUR), "isp", history=None)
    site = down((day.start + 13 * HOUR, day.start + 14 * HOUR))
    removing = Agreement(exclusion_effect="remove-from-period")
    seen = of(site, day, agreement=removing, exclusions=(excluded,))
    assert (seen.period_ms, seen.whole_ms, seen.availability) == (12 * HOUR, 12 * HOUR, Fraction(11, 12))
    assert of(site, day, exclusions=(excluded,)).availability == Fraction(23, 24)


def test_time_outside_service_hours_and_of_no_applicable_component_is_outside_the_period() -> None:
    day = span("2026-06-05", "2026-06-06")
    office = Agreement(service_hours=(ServiceHours(frozenset({4}), 8 * 60, 17 * 60),))
    seen = of(down((day.start, day.start + 9 * HOUR)), day, agreement=office)
    assert (seen.period_ms, seen.whole_ms, seen.observed_ms, seen.downtime_ms) == (9 * HOUR, 9 * HOUR, HOUR, HOUR)
    part = CaseComponent(down((day.start, None)), (Span(day.start + HOUR, day.start + 3 * HOUR),))
    assert of({"a": part}, day).period_ms == of({"a": part}, day).downtime_ms == 2 * HOUR


def test_daily_rows_sum_up_to_the_window_and_dates_without_time_have_none() -> None:
    first, last = dates("2011-12-28", "2012-01-02")
    apia = Agreement(zone="Pacific/Apia")
    site = troubles((at("2011-12-29T20:00"), at("2011-12-30T20:00"), DOWN), (at("2012-01-01"), at("2012-01-01T05:00"), UNKNOWN))
    rows = evaluate(case(site, AskDaily(first, last), apia))
    whole = evaluate(case(site, AskDays(first, last), apia))
    assert isinstance(rows, Daily)
    assert isinstance(whole, DatedFigures)
    assert [row.date.day for row in rows.days] == [28, 29, 31, 1, 2]
    assert sum(row.period_ms for row in rows.days) == whole.figures.period_ms == 5 * DAY
    assert sum(row.counted_ms for row in rows.days) == whole.figures.downtime_ms == DAY
    assert sum(row.observed_ms for row in rows.days) == whole.figures.observed_ms
    assert sum(row.unknown_ms for row in rows.days) == whole.figures.unknown_ms == 5 * HOUR


def test_a_window_may_be_asked_of_all_the_world() -> None:
    assert of(down(), WORLD, agreement=replace(Agreement(), goal=Fraction(1))).verdict is Verdict.MET
