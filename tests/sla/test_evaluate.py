from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

import pytest
from written import DOWN, UNKNOWN, UP, at, case, changes, dates, down, span

from sla.agreement import PRESETS, Agreement
from sla.answer import AnyDaysAnswer, DatedFigures, Forecast, RollingAnswer, StatementAnswer, TrailingAnswer, Verdict
from sla.case import AskAnyDays, AskDays, AskForecast, AskMonth, AskRolling, AskStatement, AskTrailing, Case, CaseComponent
from sla.composition import All, Leaf
from sla.evaluate import evaluate
from sla.exclusion import Decision, Exclusion, Step
from sla.span import DAY, HOUR, MINUTE, Span
from sla.timeline import Doubt

BERLIN = Agreement(zone="Europe/Berlin")
JUNE = dates("2026-06-01", "2026-06-30")
HISTORY = tuple(
    Decision(at(when), step, who)
    for when, step, who in (("2026-06-19T08:00", Step.PROPOSED, "anna"), ("2026-06-22T09:00", Step.APPROVED, "ben"))
)
ACME = case(
    {
        "node-1": down((at("2026-06-10T08:00"), at("2026-06-10T08:30"))),
        "node-2": down(),
        "directory": down((at("2026-06-18T14:00"), at("2026-06-18T15:06"))),
    },
    AskMonth(*JUNE),
    BERLIN,
    exclusions=(
        Exclusion(
            "X-7", span("2026-06-18T14:00", "2026-06-18T14:50"), "unmanaged_component", ("directory",), "Acme", history=HISTORY
        ),
    ),
    as_of=at("2026-07-01T06:00"),
)


def month(world: Case) -> DatedFigures:
    answer = evaluate(world)
    assert isinstance(answer, DatedFigures)
    return answer


def test_a_month_is_cut_in_the_zone_of_the_agreement_and_counts_what_is_not_excluded() -> None:
    one_of_two = {**ACME.components, "node-1": CaseComponent(down())}
    seen = month(replace(ACME, components=one_of_two))
    assert (seen.first, seen.last, seen.figures.window) == (*JUNE, span("2026-05-31T22:00", "2026-06-30T22:00"))
    assert (seen.figures.observed_ms, seen.figures.downtime_ms) == (66 * MINUTE, 16 * MINUTE)
    assert seen.figures.excluded_ms == {"unmanaged_component": 50 * MINUTE}
    assert (seen.figures.availability, seen.figures.verdict) == (Fraction(2699, 2700), Verdict.MET)
    assert seen.figures.remaining_ms == 1_632_000


def test_without_a_tree_all_components_must_be_there() -> None:
    assert month(ACME).figures.downtime_ms == 46 * MINUTE
    assert month(replace(ACME, tree=All((Leaf("directory"),)))).figures.downtime_ms == 16 * MINUTE


def test_an_exclusion_counts_from_the_instant_of_its_approval() -> None:
    before = month(replace(ACME, as_of=at("2026-06-22T09:00") - 1)).figures
    assert (before.downtime_ms, before.excluded_ms) == (96 * MINUTE, {})
    assert month(replace(ACME, as_of=at("2026-06-22T09:00"))).figures.downtime_ms == 46 * MINUTE


def test_trailing_is_the_complete_dates_and_today_apart() -> None:
    now = at("2026-07-01T06:00")
    site = down((at("2026-06-30T21:00"), at("2026-06-30T23:00")))
    seen = evaluate(case(site, AskTrailing(now, 30), BERLIN))
    assert isinstance(seen, TrailingAnswer)
    assert (seen.whole.first, seen.whole.last) == JUNE
    assert seen.whole.figures.downtime_ms == HOUR
    assert seen.today is not None
    assert (seen.today.date, seen.today.span) == (date(2026, 7, 1), span("2026-06-30T22:00", "2026-07-01T06:00"))
    assert (seen.today.counted_ms, seen.today.period_ms) == (HOUR, 8 * HOUR)
    at_its_start = evaluate(case(site, AskTrailing(at("2026-06-30T22:00"), 30), BERLIN))
    assert isinstance(at_its_start, TrailingAnswer)
    assert at_its_start.today is None


def test_any_days_tells_the_worst_window_with_its_outages_cut_to_it() -> None:
    long = down((at("2026-06-30T23:00"), at("2026-07-01T01:00")))
    seen = evaluate(case(long, AskAnyDays(*dates("2026-06-01", "2026-07-30"), 30)))
    assert isinstance(seen, AnyDaysAnswer)
    assert (seen.days, seen.windows, seen.verdict) == (30, 31, Verdict.BREACHED)
    assert (seen.worst.first, seen.worst.figures.downtime_ms) == (date(2026, 6, 2), 2 * HOUR)
    assert seen.breached == tuple(date(2026, 6, 1) + timedelta(days=n) for n in range(31))
    cut = evaluate(case(long, AskAnyDays(*JUNE, 30)))
    assert isinstance(cut, AnyDaysAnswer)
    assert [row.span for row in cut.outages] == [span("2026-06-30T23:00", "2026-07-01T00:00")]


def test_that_every_month_passes_proves_nothing_about_any_days() -> None:
    site = down((at("2026-06-30T23:20"), at("2026-07-01T00:40")))
    for first, last in (JUNE, dates("2026-07-01", "2026-07-31")):
        assert month(case(site, AskMonth(first, last))).figures.verdict is Verdict.MET
    any_ = evaluate(case(site, AskAnyDays(*dates("2026-06-01", "2026-07-31"), 30)))
    assert isinstance(any_, AnyDaysAnswer)
    assert any_.verdict is Verdict.BREACHED


def test_rolling_is_on_the_plain_clock() -> None:
    within = span("2026-06-01", "2026-08-01")
    seen = evaluate(
        case(
            down((at("2026-06-10"), at("2026-06-10T00:30"))), AskRolling(within, 720), Agreement(effective_from=at("2026-06-20"))
        )
    )
    assert isinstance(seen, RollingAnswer)
    assert (seen.hours, seen.verdict, seen.worst.period_ms, seen.worst.downtime_ms) == (720, Verdict.MET, 30 * DAY, 0)
    assert seen.worst.window == Span(within.start, within.start + 30 * DAY)
    assert (seen.worst.coverage, seen.worst.verdict, seen.outages) == (1, Verdict.PENDING, ())


def test_a_statement_asks_every_window_that_ends_in_it_and_is_judged_by_the_agreement() -> None:
    spring = down((at("2026-05-20"), at("2026-05-20T00:30")), (at("2026-06-10"), at("2026-06-10T00:30")))
    ask = AskStatement(*JUNE, month=True, days=30)
    seen = evaluate(case(spring, ask))
    assert isinstance(seen, StatementAnswer)
    assert (seen.judged_by, seen.verdict) == ("any_days", Verdict.BREACHED)
    assert (seen.whole.first, seen.whole.last, seen.whole.figures.verdict) == (*JUNE, Verdict.MET)
    assert (seen.any_days.windows, seen.any_days.worst.first) == (30, date(2026, 5, 12))
    assert (seen.rolling.verdict, seen.rolling.worst.downtime_ms) == (Verdict.BREACHED, HOUR)
    assert seen.rolling.worst.window == Span(at("2026-05-11T00:30"), at("2026-06-10T00:30"))
    assert [row.date for row in seen.days] == [date(2026, 6, day) for day in range(1, 31)]
    assert [row.span.start for row in seen.outages] == [at("2026-06-10")]
    by_month = evaluate(case(spring, ask, PRESETS["sla-2020"]))
    run = evaluate(case(spring, replace(ask, month=False)))
    assert isinstance(by_month, StatementAnswer)
    assert isinstance(run, StatementAnswer)
    assert (by_month.judged_by, by_month.verdict, run.verdict) == ("month", Verdict.MET, Verdict.MET)


def test_doubts_decide_between_undetermined_and_met() -> None:
    begun = at("2026-06-10")
    site = changes((0, UP), (begun, DOWN), (begun + 43 * MINUTE, UP), doubts=(Doubt(begun - MINUTE, begun, DOWN, UP),))
    assert month(case(site, AskMonth(*JUNE))).figures.verdict is Verdict.UNDETERMINED
    certain = changes((0, UP), (begun, DOWN), (begun + 43 * MINUTE, UP))
    assert month(case(certain, AskMonth(*JUNE))).figures.verdict is Verdict.MET


def test_an_agreement_may_say_that_down_stays_down_until_the_next_evidence() -> None:
    begun = at("2026-06-10")
    silent = changes((0, UP), (begun, DOWN), (begun + MINUTE, UNKNOWN), (begun + 9 * MINUTE, UP), (begun + 10 * MINUTE, UNKNOWN))
    for word, downtime, spent in (("unknown", MINUTE, None), ("stays-down", 9 * MINUTE, begun + 2_592_000)):
        agreement = Agreement(down_then_unknown=word)
        assert month(case(silent, AskMonth(*JUNE), agreement)).figures.downtime_ms == downtime
        ahead = evaluate(case(silent, AskForecast(begun + 2 * MINUTE, 720, 30, Fraction(0)), agreement))
        assert isinstance(ahead, Forecast)
        assert ahead.budget_exhausted_at == spent


def test_each_any_days_window_is_reported_once_in_the_statement_of_the_month_of_its_last_date() -> None:
    asked = []
    for first, last in (JUNE, dates("2026-07-01", "2026-07-31")):
        seen = evaluate(case(down((0, None)), AskStatement(first, last, month=True, days=30)))
        assert isinstance(seen, StatementAnswer)
        asked += list(seen.any_days.breached)
    assert asked == [date(2026, 5, 3) + timedelta(days=n) for n in range(30 + 31)]


def test_a_query_without_any_time_is_refused() -> None:
    missing = dates("2011-12-30", "2011-12-30")
    with pytest.raises(ValueError, match="ends after it starts"):
        evaluate(case(down(), AskDays(*missing), Agreement(zone="Pacific/Apia")))
