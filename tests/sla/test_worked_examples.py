"""The worked examples of the specification, to the millisecond."""

from __future__ import annotations

from fractions import Fraction

import pytest
from written import DEGRADED, DOWN, UNKNOWN, UP, at, case, dates, down, figures, results, span, troubles

from sla.agreement import Agreement
from sla.answer import AnyDaysAnswer, DatedFigures, Figures, Forecast, Verdict
from sla.calendar import span as dates_of
from sla.case import AskAnyDays, AskDays, AskForecast, AskMonth
from sla.composition import AtLeast, Leaf
from sla.evaluate import evaluate
from sla.exclusion import Exclusion
from sla.maintenance import Announcement, Impact, Maintenance, Status
from sla.span import DAY, HOUR, MINUTE, SECOND, Span
from sla.timeline import Rule


def test_1_budget() -> None:
    chicago, outage = Agreement(zone="America/Chicago"), 43 * MINUTE + 14 * SECOND
    long, short = dates("2026-10-15", "2026-11-13"), dates("2026-09-01", "2026-09-30")
    begun = at("2026-10-20")
    seen = evaluate(case(down((begun, begun + outage)), AskDays(*long), chicago))
    assert isinstance(seen, DatedFigures)
    assert (seen.figures.period_ms, seen.figures.budget_ms) == (2_595_600 * SECOND, 2_595_600)
    assert (seen.figures.verdict, seen.figures.remaining_ms) == (Verdict.MET, 1_600)
    begun = at("2026-09-10")
    seen = evaluate(case(down((begun, begun + outage)), AskDays(*short), chicago))
    assert isinstance(seen, DatedFigures)
    assert (seen.figures.budget_ms, seen.figures.remaining_ms) == (2_592_000, -2_000)
    assert seen.figures.verdict is Verdict.BREACHED


def test_2_any_window() -> None:
    first, second = at("2026-09-10"), at("2026-10-05")
    site = down((first, first + 26 * MINUTE), (second, second + 22 * MINUTE))
    for month, budget in ((dates("2026-09-01", "2026-09-30"), 2_592_000), (dates("2026-10-01", "2026-10-31"), 2_678_400)):
        seen = evaluate(case(site, AskMonth(*month)))
        assert isinstance(seen, DatedFigures)
        assert (seen.figures.verdict, seen.figures.budget_ms) == (Verdict.MET, budget)
    any_ = evaluate(case(site, AskAnyDays(*dates("2026-08-01", "2026-10-31"), 30)))
    assert isinstance(any_, AnyDaysAnswer)
    assert (any_.verdict, any_.windows, any_.undetermined) == (Verdict.BREACHED, 92 - 29, ())
    assert any_.breached == tuple(dates(f"2026-09-{day:02}", "2026-09-01")[0] for day in range(6, 11))
    assert (any_.worst.first, any_.worst.last) == dates("2026-09-06", "2026-10-05")
    assert any_.worst.figures.availability == Fraction(899, 900)
    assert [row.span.start for row in any_.outages] == [first, second]


def test_3_but_for() -> None:
    parts = {
        "a": down((at("2026-06-01T09:00"), at("2026-06-01T09:30"))),
        "b": down((at("2026-06-01T09:10"), at("2026-06-01T09:50"))),
    }
    day, either = span("2026-06-01", "2026-06-02"), AtLeast(1, (Leaf("a"), Leaf("b")))
    customer = Exclusion("X", span("2026-06-01T09:10", "2026-06-01T09:50"), "customer_machines", ("b",), history=None)
    seen = figures(parts, day, tree=either, exclusions=(customer,))
    assert (seen.observed_ms, seen.downtime_ms, seen.excluded_ms) == (20 * MINUTE, 0, {"customer_machines": 20 * MINUTE})
    whole = Exclusion("X", span("2026-06-01T09:10", "2026-06-01T09:15"), "isp", history=None)
    assert figures(parts, day, tree=either, exclusions=(whole,)).downtime_ms == 15 * MINUTE


def test_4_confirmation() -> None:
    noon = at("2026-06-01T12:00")
    good = [(noon + s * SECOND, UP) for s in (0, 60, 200, 260, 1200, 1260)]
    bad = [(noon + s * SECOND, DOWN) for s in (120, 130, 140)]
    seen = figures(results(Rule(3, 2, 130 * SECOND), *good, *bad), Span(noon, noon + 1260 * SECOND))
    assert (seen.downtime_ms, seen.best_ms, seen.worst_ms) == (80 * SECOND, 20 * SECOND, 1080 * SECOND)
    assert (seen.unknown_ms, seen.coverage) == (810 * SECOND, 1 - Fraction(810, 1260))


@pytest.mark.parametrize(("silent", "away", "verdict"), [(40, 0, "met"), (50, 0, "undetermined"), (50, 44, "breached")])
def test_5_unknown(silent: int, away: int, verdict: str) -> None:
    one, other = at("2026-06-05"), at("2026-06-09")
    site = troubles((one, one + silent * MINUTE, UNKNOWN), *([(other, other + away * MINUTE, DOWN)] if away else []))
    seen = figures(site, dates_of("UTC", *dates("2026-06-01", "2026-06-30")))
    assert seen.verdict.value == verdict
    assert (seen.best_ms, seen.downtime_ms, seen.worst_ms) == (away * MINUTE, away * MINUTE, (away + silent) * MINUTE)


def test_6_maintenance() -> None:
    told = Announcement(at("2026-06-01"), span("2026-06-10T01:00", "2026-06-10T03:00"), Status.CONFIRMED, Impact.OUTAGE)
    moved = Announcement(at("2026-06-09"), span("2026-06-10T02:00", "2026-06-10T04:00"), Status.CONFIRMED, Impact.OUTAGE)
    agreement = Agreement(maintenance="excluded", maintenance_notice_seconds=72 * 3600)
    seen = figures(
        down((at("2026-06-10T02:00"), at("2026-06-10T04:00"))),
        span("2026-06-10", "2026-06-11"),
        agreement=agreement,
        maintenance=(Maintenance("M", (told, moved)),),
    )
    assert (seen.observed_ms, seen.downtime_ms) == (2 * HOUR, HOUR)
    assert seen.excluded_ms == {"scheduled_maintenance": HOUR}


def test_7_forecast() -> None:
    now = at("2026-06-10T10:10")
    site = down((now - 2 * DAY, now - 2 * DAY + 20 * MINUTE), (now - 10 * MINUTE, None))
    seen = evaluate(case(site, AskForecast(now, 720, 30, Fraction(0))))
    assert isinstance(seen, Forecast)
    assert seen.budget_exhausted_at == at("2026-06-10T10:23:12")


def test_8_degraded_priced() -> None:
    site = troubles(
        (at("2026-06-05T08:00"), at("2026-06-05T09:00"), DEGRADED), (at("2026-06-05T08:30"), at("2026-06-05T08:40"), DOWN)
    )
    day = span("2026-06-05", "2026-06-06")
    seen = figures(site, day, agreement=Agreement(degraded_impact=Fraction(1, 4)))
    assert isinstance(seen, Figures)
    assert seen.downtime_ms == 1_350 * SECOND
    assert figures(site, day).downtime_ms == 600 * SECOND
