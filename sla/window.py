"""The figures of a window: period, downtime with its bounds, availability, budget, verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from fractions import Fraction

from sla.agreement import Agreement
from sla.calendar import date_of, days_between, span, start
from sla.span import HOUR, Instant, Span
from sla.state import State
from sla.sums import Sums, Totals
from sla.track import Track


class Verdict(Enum):
    """Whether the goal was kept; PENDING: the window is not over yet, UNDETERMINED: too much of it is unknown."""

    MET = "met"
    BREACHED = "breached"
    UNDETERMINED = "undetermined"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Figures:
    """One window by one agreement. All ``*_ms`` are milliseconds; downtimes and budget are exact Fractions of them.

    ``downtime_ms`` is what we say, ``best_ms`` and ``worst_ms`` what it may have been at least and at most. The
    ratios are None without a period. ``remaining_ms`` is negative when the budget is spent.
    """

    window: Span
    period_ms: int
    downtime_ms: Fraction
    best_ms: Fraction
    worst_ms: Fraction
    unknown_ms: int
    coverage: Fraction | None
    availability: Fraction | None
    availability_best: Fraction | None
    availability_worst: Fraction | None
    budget_ms: Fraction
    remaining_ms: Fraction
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Day:
    """One local date for the bars: milliseconds shown down, degraded, unknown, and observed at all."""

    date: date
    span: Span
    down_ms: int
    degraded_ms: int
    unknown_ms: int
    observed_ms: int


@dataclass(frozen=True, slots=True)
class Trailing:
    """The complete local dates ``first`` to ``last`` before today; ``today`` up to now (None just at its start)."""

    figures: Figures
    first: date
    last: date
    today: Day | None


@dataclass(frozen=True, slots=True)
class AnyDays:
    """All windows of ``days`` local dates in a range. ``worst`` is the earliest of the windows with most downtime.

    ``breached`` and ``undetermined`` are the first dates of those windows.
    """

    verdict: Verdict
    worst: Figures
    worst_first: date
    worst_last: date
    days: int
    windows: int
    breached: tuple[date, ...]
    undetermined: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Rolling:
    """All windows of ``hours`` on the plain clock; ``worst`` is the earliest of those with most downtime."""

    verdict: Verdict
    worst: Figures
    hours: int


def figures(track: Track, agreement: Agreement, window: Span, as_of: Instant | None = None) -> Figures:
    """The figures of ``window``. With ``as_of`` the time from then on is not observed (the track holds the facts of then)."""
    return _figures(Sums(track, agreement, as_of, window), agreement, window)


def _figures(sums: Sums, agreement: Agreement, window: Span) -> Figures:
    totals = sums.between(window.start, window.end)
    removed = totals.unknown if sums.unknown_leaves else 0
    return _given(sums, agreement, window, totals.observed - removed, window.length - removed, totals)


def _given(sums: Sums, agreement: Agreement, window: Span, period: int, whole: int, totals: Totals) -> Figures:
    """Figures from totals: ``period`` is P, ``whole`` is P_w of the window."""
    down, best, worst = (Fraction(weighed, sums.scale) for weighed in (totals.down, totals.best, totals.worst))
    budget = (1 - agreement.goal) * whole
    looked_at = max(period, totals.observed)  # coverage is of the period before unknown time is removed from it
    return Figures(
        window,
        period,
        down,
        best,
        worst,
        totals.unknown,
        1 - Fraction(totals.unknown, looked_at) if looked_at else None,
        1 - down / period if period else None,
        1 - best / period if period else None,
        1 - worst / period if period else None,
        budget,
        budget - down,
        _verdict(sums, agreement, window, whole, totals),
    )


def _verdict(sums: Sums, agreement: Agreement, window: Span, whole: int, totals: Totals) -> Verdict:
    """By integers alone: downtime and budget, both times the denominators of impact and goal."""
    goal = agreement.goal
    budget = (goal.denominator - goal.numerator) * whole * sums.scale
    if totals.best * goal.denominator > budget:
        return Verdict.BREACHED
    if not sums.full(window):
        return Verdict.PENDING
    if whole == 0 or totals.worst * goal.denominator > budget:
        return Verdict.UNDETERMINED
    return Verdict.MET


def trailing(track: Track, agreement: Agreement, at: Instant) -> Trailing:
    """The agreement's number of complete local dates before the date of ``at``, and today's part apart."""
    today = date_of(agreement.zone, at)
    last = today - timedelta(days=1)
    first = today - timedelta(days=agreement.days)
    begun = start(agreement.zone, today)
    whole = span(agreement.zone, first, last)
    sums = Sums(track, agreement, at, whole)
    part = _day(sums, today, Span(begun, at)) if begun < at else None
    return Trailing(_figures(sums, agreement, whole), first, last, part)


def any_days(track: Track, agreement: Agreement, first: date, last: date, as_of: Instant | None = None) -> AnyDays:
    """Every run of the agreement's number of local dates inside ``first`` to ``last``.

    Raises ValueError if no such run fits.
    """
    dates = days_between(first, last)
    n = agreement.days
    if len(dates) < n:
        raise ValueError(f"a window of {n} dates does not fit from {first} to {last}")
    sums = Sums(track, agreement, as_of, span(agreement.zone, first, last))
    starts = [start(agreement.zone, day) for day in (*dates, last + timedelta(days=1))]
    before = [sums.until(at) for at in starts]
    windows = [Span(starts[i], starts[i + n]) for i in range(len(dates) - n + 1)]
    totals = [before[i + n].minus(before[i]) for i in range(len(windows))]
    wholes = [w.length - (t.unknown if sums.unknown_leaves else 0) for w, t in zip(windows, totals, strict=True)]
    verdicts = [_verdict(sums, agreement, w, p, t) for w, p, t in zip(windows, wholes, totals, strict=True)]
    place = _worst(totals, wholes)
    return AnyDays(
        _of_all(verdicts),
        _figures(sums, agreement, windows[place]),
        dates[place],
        dates[place + n - 1],
        n,
        len(windows),
        tuple(day for day, v in zip(dates, verdicts, strict=False) if v is Verdict.BREACHED),
        tuple(day for day, v in zip(dates, verdicts, strict=False) if v is Verdict.UNDETERMINED),
    )


def _worst(totals: Sequence[Totals], wholes: Sequence[int]) -> int:
    """The place of the greatest downtime per period, the earliest of equals."""
    place = 0
    for i in range(1, len(totals)):
        if totals[i].down * max(wholes[place], 1) > totals[place].down * max(wholes[i], 1):
            place = i
    return place


def _of_all(verdicts: Sequence[Verdict]) -> Verdict:
    """Breached if one is, else undetermined if one is, else met if one is over and met, else pending."""
    order = (Verdict.BREACHED, Verdict.UNDETERMINED, Verdict.MET)
    return next((verdict for verdict in order if verdict in verdicts), Verdict.PENDING)


def rolling(track: Track, agreement: Agreement, window: Span, as_of: Instant | None = None) -> Rolling:
    """Every ``[t, t + rolling_hours)`` inside ``window`` on the plain clock: time unobserved carries no downtime.

    Raises ValueError if none fits.
    """
    length = agreement.rolling_hours * HOUR
    if window.length < length:
        raise ValueError(f"a window of {agreement.rolling_hours} h does not fit into {window.length} ms")
    sums = Sums(track, agreement, as_of, window)
    spans = [Span(at, at + length) for at in sums.candidates(window, length)]
    totals = [sums.between(each.start, each.end) for each in spans]
    verdicts = [_verdict(sums, agreement, each, length, t) for each, t in zip(spans, totals, strict=True)]
    place = _worst(totals, [length] * len(totals))
    worst = _given(sums, agreement, spans[place], length, length, totals[place])
    return Rolling(_of_all(verdicts), worst, agreement.rolling_hours)


def daily(track: Track, agreement: Agreement, first: date, last: date, as_of: Instant | None = None) -> tuple[Day, ...]:
    """One row for each local date from ``first`` to ``last`` that has any time."""
    sums = Sums(track, agreement, as_of, span(agreement.zone, first, last))
    bounds = [
        (day, start(agreement.zone, day), start(agreement.zone, day + timedelta(days=1))) for day in days_between(first, last)
    ]
    return tuple(_day(sums, day, Span(since, until)) for day, since, until in bounds if since < until)


def _day(sums: Sums, day: date, whole: Span) -> Day:
    """The shown states of one date."""
    shown = dict.fromkeys(State, 0)
    seen = sums.observed.cut(whole) if sums.observed else None
    for part, state in sums.track.states(seen) if seen else ():
        shown[state] += part.length
    observed = seen.length if seen else 0
    return Day(day, whole, shown[State.DOWN], shown[State.DEGRADED], shown[State.UNKNOWN], observed)
