"""What a case is answered with: exact values, milliseconds and Fractions. Rounded by nobody in here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import TypeAlias

from sla.span import Instant, Span


class Verdict(Enum):
    """Whether the goal was kept; PENDING: the window is not over yet, UNDETERMINED: too much of it is unknown."""

    MET = "met"
    BREACHED = "breached"
    UNDETERMINED = "undetermined"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class Figures:
    """One window by one agreement. All ``*_ms`` are milliseconds; downtimes and budget are exact Fractions of them.

    ``whole_ms`` is the period if the window were all observed; ``observed_ms`` the downtime before exclusions and
    maintenance; ``excluded_ms`` maps a cause to its share of what is left out (zero shares are not there);
    ``downtime_ms`` is what counts, ``best_ms`` and ``worst_ms`` what it may have been at least and at most. The ratios
    are None without a period. ``remaining_ms`` is negative when the budget is spent.
    """

    window: Span
    period_ms: int
    whole_ms: int
    observed_ms: Fraction
    excluded_ms: Mapping[str, Fraction]
    downtime_ms: Fraction
    best_ms: Fraction
    worst_ms: Fraction
    unknown_ms: int
    coverage: Fraction | None
    availability: Fraction | None
    availability_best: Fraction | None
    availability_worst: Fraction | None
    goal: Fraction
    budget_ms: Fraction
    remaining_ms: Fraction
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class DatedFigures:
    """Figures of the local dates ``first`` to ``last``."""

    first: date
    last: date
    figures: Figures


@dataclass(frozen=True, slots=True)
class DayRow:
    """One local date (or the part of it that has been).

    ``best_ms`` and ``worst_ms`` are the least and the most of it that may count.
    """

    date: date
    span: Span
    period_ms: int
    observed_ms: Fraction
    counted_ms: Fraction
    best_ms: Fraction
    worst_ms: Fraction
    unknown_ms: int


@dataclass(frozen=True, slots=True)
class OutageRow:
    """One outage: what was down in it, how much of it counts, the longest and the shortest (None: none) it may have been."""

    span: Span
    components: tuple[str, ...]
    counted_ms: Fraction
    outer: Span
    inner: Span | None


@dataclass(frozen=True, slots=True)
class TrailingAnswer:
    """The complete dates before today, and today's part (None just at its start)."""

    whole: DatedFigures
    today: DayRow | None


@dataclass(frozen=True, slots=True)
class AnyDaysAnswer:
    """All windows of ``days`` local dates; ``worst`` is the earliest of those with most downtime a period.

    ``breached`` and ``undetermined`` are the first dates of those windows.
    """

    days: int
    windows: int
    verdict: Verdict
    worst: DatedFigures
    outages: tuple[OutageRow, ...]
    breached: tuple[date, ...]
    undetermined: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class RollingAnswer:
    """All windows of ``hours`` on the plain clock; ``worst`` is the earliest of those with most downtime."""

    hours: int
    verdict: Verdict
    worst: Figures
    outages: tuple[OutageRow, ...]


@dataclass(frozen=True, slots=True)
class Relief:
    """When a counted span leaves the window: over ``span``, ``counted_ms`` of budget come back."""

    span: Span
    counted_ms: Fraction


@dataclass(frozen=True, slots=True)
class Forecast:
    """Instants are the first whole millisecond, None if not within one window after the question's instant."""

    budget_exhausted_at: Instant | None
    budget_regained_at: Instant | None
    breach_at: Instant | None
    relief: tuple[Relief, ...]


@dataclass(frozen=True, slots=True)
class StatementAnswer:
    """A statement's content."""

    whole: DatedFigures
    any_days: AnyDaysAnswer
    rolling: RollingAnswer
    days: tuple[DayRow, ...]
    outages: tuple[OutageRow, ...]
    judged_by: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Burn:
    """Burn rates in the order asked; None at a goal of 100 %."""

    rates: tuple[Fraction | None, ...]


@dataclass(frozen=True, slots=True)
class Daily:
    """One row a local date."""

    days: tuple[DayRow, ...]


Answer: TypeAlias = (
    Figures | DatedFigures | TrailingAnswer | AnyDaysAnswer | RollingAnswer | Daily | Burn | Forecast | StatementAnswer
)
