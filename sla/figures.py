"""The figures of a window: period, downtime with its bounds, availability, budget, verdict."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from sla.agreement import Agreement
from sla.answer import DatedFigures, DayRow, Figures, Verdict
from sla.calendar import days_between, span, starts
from sla.counted import Counted
from sla.span import Span


def figures(counted: Counted, agreement: Agreement, window: Span) -> Figures:
    """The figures of ``window``."""
    return _figures(counted, agreement, window, counted.period(window), counted.whole(window), counted.leaving(window))


def plain(counted: Counted, agreement: Agreement, window: Span) -> Figures:
    """The figures of ``window`` on the plain clock: all of it is the period, whatever was observed or removed."""
    return _figures(counted, agreement, window, window.length, window.length, 0)


def dated(counted: Counted, agreement: Agreement, first: date, last: date) -> DatedFigures:
    """The figures of the local dates ``first`` to ``last``. Raises ValueError if they hold no time."""
    return DatedFigures(first, last, figures(counted, agreement, span(agreement.zone, first, last)))


def _figures(counted: Counted, agreement: Agreement, window: Span, seen: int, whole: int, leaving: int) -> Figures:
    """``seen`` is the period before ``leaving``, the unknown time that leaves it; ``whole`` is P_w."""
    ends = window.start, window.end
    down, best, worst = (tally.between(*ends) for tally in (counted.down, counted.best, counted.worst))
    excluded = {cause: Fraction(ms, counted.scale) for cause, tally in counted.excluded.items() if (ms := tally.between(*ends))}
    unknown, period, weighed = counted.unknown.between(*ends), seen - leaving, (seen - leaving) * counted.scale
    downtime, budget = Fraction(down, counted.scale), (1 - agreement.goal) * whole
    return Figures(
        window=window,
        period_ms=period,
        whole_ms=whole,
        observed_ms=downtime + sum(excluded.values()),
        excluded_ms=excluded,
        downtime_ms=downtime,
        best_ms=Fraction(best, counted.scale),
        worst_ms=Fraction(worst, counted.scale),
        unknown_ms=unknown,
        coverage=Fraction(seen - unknown, seen) if seen else None,
        availability=Fraction(weighed - down, weighed) if period else None,
        availability_best=Fraction(weighed - best, weighed) if period else None,
        availability_worst=Fraction(weighed - worst, weighed) if period else None,
        goal=agreement.goal,
        budget_ms=budget,
        remaining_ms=budget - downtime,
        verdict=_verdict(best, worst, whole, allowed(agreement, whole, counted.scale), full=counted.full(window)),
    )


def allowed(agreement: Agreement, whole: int, scale: int) -> int:
    """The most downtime that keeps the goal in a period of ``whole`` ms, in units of ``1 / scale`` ms, rounded down."""
    goal = agreement.goal
    return (goal.denominator - goal.numerator) * whole * scale // goal.denominator


def _verdict(best: int, worst: int, whole: int, most: int, *, full: bool) -> Verdict:
    """By integers alone: downtimes are whole units, so one is over the budget if it is over the budget rounded down."""
    if best > most:
        return Verdict.BREACHED
    if not full:
        return Verdict.PENDING
    return Verdict.UNDETERMINED if whole == 0 or worst > most else Verdict.MET


def day_row(counted: Counted, day: date, window: Span) -> DayRow:
    """One row: ``window`` is the date ``day`` or the part of it that has been."""
    tallies = counted.down, counted.best, counted.worst
    down, best, worst = (tally.between(window.start, window.end) for tally in tallies)
    excluded = sum(tally.between(window.start, window.end) for tally in counted.excluded.values())
    return DayRow(
        day,
        window,
        counted.period(window) - counted.leaving(window),
        Fraction(down + excluded, counted.scale),
        Fraction(down, counted.scale),
        Fraction(best, counted.scale),
        Fraction(worst, counted.scale),
        counted.unknown.between(window.start, window.end),
    )


def daily(counted: Counted, zone: str, first: date, last: date) -> tuple[DayRow, ...]:
    """One row for each local date from ``first`` to ``last`` that has any time."""
    bounds = starts(zone, first, last)
    days = zip(days_between(first, last), bounds, bounds[1:], strict=False)
    return tuple(day_row(counted, day, Span(since, until)) for day, since, until in days if since < until)
