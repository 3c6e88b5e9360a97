"""The only place that rounds, always against the provider: shares and what is left down, downtime up.

Verdicts are never taken from a shown number; they come from ``sla`` with the figures.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from reports.snapshot import PageFigures, Verdict

_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def percent_digits(share: Fraction) -> str:
    """``share`` as percent with 3 decimals, floored: so 100.000 only if nothing is missing.

    >>> percent_digits(Fraction(9_989_999, 10_000_000))
    '99.899'
    """
    thousandths = floor(share * 100_000)
    sign = "-" if thousandths < 0 else ""
    return f"{sign}{abs(thousandths) // 1000}.{abs(thousandths) % 1000:03d}"


def percent(share: Fraction) -> str:
    """``share`` as people read it, floored to 3 decimals.

    >>> percent(Fraction(9_989_999, 10_000_000))
    '99.899 %'
    """
    return f"{percent_digits(share)} %"


def goal_percent(goal: Fraction) -> str:
    """A promised share, without needless zeros; a goal finer than 3 decimals is rounded up, so never understated.

    >>> goal_percent(Fraction(999, 1000))
    '99.9 %'
    """
    thousandths = ceil(goal * 100_000)
    return f"{thousandths // 1000}.{thousandths % 1000:03d}".rstrip("0").rstrip(".") + " %"


def words(seconds: int) -> str:
    """Whole seconds in words, exact.

    >>> words(2592)
    '43 min 12 s'
    """
    parts = []
    for size, unit in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 s"


def downtime(ms: int | Fraction) -> str:
    """Milliseconds away (or not measured), up to the full second."""
    return words(ceil(Fraction(ms) / 1000))


def left(ms: int | Fraction) -> str:
    """Milliseconds that may still be spent, down to the full second; nothing is left below zero."""
    return words(max(0, floor(Fraction(ms) / 1000)))


def budget(figures: PageFigures) -> str | None:
    """What is left of the error budget, or by how much it is overspent; None without a goal.

    >>> budget(PageFigures(2_592_000_000, 1_800_000, 0, 0, 0, Fraction(1), Fraction(999, 1000), 2_592_000))
    '13 min 12 s of 43 min 12 s left'
    """
    if figures.budget_ms is None:
        return None
    remaining = figures.budget_ms - figures.downtime_ms
    if remaining < 0:
        return f"{downtime(-remaining)} over the {left(figures.budget_ms)} allowed"
    return f"{left(remaining)} of {left(figures.budget_ms)} left"


def verdict(figures: PageFigures) -> str | None:
    """The verdict in words; what keeps it open is said with it. None without a goal."""
    match figures.verdict:
        case Verdict.UNDETERMINED:
            return f"undetermined: {downtime(figures.unknown_ms)} not measured"
        case Verdict.PENDING:
            return "pending: the window is not full yet"
        case None:
            return None
        case Verdict.MET | Verdict.BREACHED as decided:
            return str(decided.value)
