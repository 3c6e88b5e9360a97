"""A site among many: what a statement of it says in figures, from what counts of it alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sla.agreement import Agreement
from sla.answer import DatedFigures, Figures, StatementAnswer, Verdict
from sla.any_days import any_days, date_windows
from sla.calendar import span, start
from sla.counted import Counted
from sla.figures import dated, figures, plain
from sla.printing import DATED, FIGURES, TEXT, VERDICT, WHOLE, Row, table
from sla.rolling import rolling
from sla.span import HOUR, Span


@dataclass(frozen=True, slots=True)
class WorstDates:
    """Every run of ``days`` local dates: how many, what is said of them together, and the worst."""

    days: int
    windows: int
    verdict: Verdict
    worst: DatedFigures


@dataclass(frozen=True, slots=True)
class WorstHours:
    """Every window of ``hours`` on the plain clock: what is said of them together, and the worst."""

    hours: int
    verdict: Verdict
    worst: Figures


@dataclass(frozen=True, slots=True)
class Position:
    """The figures of the dates asked for, the worst windows that end in them, and the verdict that a statement has."""

    whole: DatedFigures
    any_days: WorstDates
    rolling: WorstHours
    judged_by: str
    verdict: Verdict


def reach(agreement: Agreement, first: date, last: date) -> Span:
    """The time that the figures of the dates ``first`` to ``last`` are made of."""
    whole = span(agreement.zone, first, last)
    begun = start(agreement.zone, first - timedelta(days=agreement.days - 1))
    return Span(min(begun, whole.start - agreement.rolling_hours * HOUR), whole.end)


def position(counted: Counted, agreement: Agreement, first: date, last: date, month: bool) -> Position:
    """The same figures as a statement of the dates ``first`` to ``last`` has; ``month``: they are a calendar month.

    ``counted`` is told at least over ``reach``. Raises ValueError if the dates hold no time.
    """
    own = dated(counted, agreement, first, last)
    dates = worst_dates(counted, agreement, first - timedelta(days=agreement.days - 1), last)
    hours = _hours(counted, agreement, own.figures.window)
    verdict = dates.verdict if month and agreement.judged_by == "any_days" else own.figures.verdict
    return Position(own, dates, hours, agreement.judged_by, verdict)


def of_statement(answer: StatementAnswer) -> Position:
    """The same of a statement."""
    dates, hours = answer.any_days, answer.rolling
    return Position(
        answer.whole,
        WorstDates(dates.days, dates.windows, dates.verdict, dates.worst),
        WorstHours(hours.hours, hours.verdict, hours.worst),
        answer.judged_by,
        answer.verdict,
    )


def worst_dates(counted: Counted, agreement: Agreement, first: date, last: date) -> WorstDates:
    """Every run of the agreement's days within ``first`` to ``last``. Raises ValueError if none fits."""
    days = agreement.days
    windows = date_windows(agreement.zone, first, last, days)
    found = any_days(counted, agreement, windows)
    begun = windows.dates[found.worst]
    worst = figures(counted, agreement, windows.span(found.worst))
    return WorstDates(days, windows.count, found.verdict, DatedFigures(begun, begun + timedelta(days=days - 1), worst))


def _hours(counted: Counted, agreement: Agreement, whole: Span) -> WorstHours:
    hours = agreement.rolling_hours
    found = rolling(counted, agreement, Span(whole.start - hours * HOUR, whole.end), hours * HOUR)
    return WorstHours(hours, found.verdict, plain(counted, agreement, found.worst))


POSITION = table(
    Row("figures", DATED, lambda position: position.whole),
    Row(
        "any_days",
        table(
            Row("days", WHOLE, lambda dates: dates.days),
            Row("windows", WHOLE, lambda dates: dates.windows),
            Row("verdict", VERDICT, lambda dates: dates.verdict),
            Row("worst", DATED, lambda dates: dates.worst),
        ),
        lambda position: position.any_days,
    ),
    Row(
        "rolling",
        table(
            Row("hours", WHOLE, lambda hours: hours.hours),
            Row("verdict", VERDICT, lambda hours: hours.verdict),
            Row("worst", FIGURES, lambda hours: hours.worst),
        ),
        lambda position: position.rolling,
    ),
    Row("judged_by", TEXT, lambda position: position.judged_by),
    Row("verdict", VERDICT, lambda position: position.verdict),
)
"""How a position is written: the members of a statement's result, without what only a single site's has."""
