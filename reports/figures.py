"""The only place that rounds, always against the provider: shares and what is left down, downtime up.

Verdicts are never taken from a shown number; they come from ``sla`` with the figures.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import ceil, floor
from typing import TypeAlias

from reports.catalogue import ENGLISH, Catalogue
from reports.snapshot import PageFigures

WELL_MEASURED = Fraction(99, 100)
"""Coverage below which one percentage would hide that nobody looked."""
Keep: TypeAlias = Callable[[str], str]
"""Makes a number and its unit stay on one line, where the medium can."""
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def percent_digits(share: Fraction) -> str:
    """``share`` as percent with 3 decimals, floored: so 100.000 only if nothing is missing.

    >>> percent_digits(Fraction(9_989_999, 10_000_000))
    '99.899'
    """
    thousandths = floor(share * 100_000)
    sign = "-" if thousandths < 0 else ""
    return f"{sign}{abs(thousandths) // 1000}.{abs(thousandths) % 1000:03d}"


def percent(share: Fraction, catalogue: Catalogue = ENGLISH) -> str:
    """``share`` as people read it, floored to 3 decimals.

    >>> percent(Fraction(9_989_999, 10_000_000))
    '99.899 %'
    """
    whole, _, decimals = percent_digits(share).partition(".")
    return catalogue.say("percent", whole=whole, decimals=decimals)


def goal_percent(goal: Fraction, catalogue: Catalogue = ENGLISH) -> str:
    """A promised share, without needless zeros; a goal finer than 3 decimals is rounded up, so never understated.

    >>> goal_percent(Fraction(999, 1000))
    '99.9 %'
    """
    whole, rest = divmod(ceil(goal * 100_000), 1000)
    decimals = f"{rest:03d}".rstrip("0")
    return catalogue.say("percent", whole=whole, decimals=decimals) if decimals else catalogue.say("percent_whole", whole=whole)


def words(seconds: int, catalogue: Catalogue = ENGLISH) -> str:
    """Whole seconds in words, exact.

    >>> words(2592)
    '43 min 12 s'
    """
    parts = []
    for size, unit in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(catalogue.say(f"unit.{unit}", count=count))
    return " ".join(parts) or catalogue.say("unit.s", count=0)


def downtime(ms: int | Fraction, catalogue: Catalogue = ENGLISH) -> str:
    """Milliseconds away (or not measured), up to the full second."""
    return words(ceil(Fraction(ms) / 1000), catalogue)


def left(ms: int | Fraction, catalogue: Catalogue = ENGLISH) -> str:
    """Milliseconds that may still be spent, down to the full second; nothing is left below zero."""
    return words(max(0, floor(Fraction(ms) / 1000)), catalogue)


def well_measured(figures: PageFigures) -> bool:
    """Whether one figure may stand for the window; else only what it lies between is said."""
    return figures.coverage >= WELL_MEASURED


def bounds(figures: PageFigures, catalogue: Catalogue = ENGLISH, keep: Keep = str) -> str | None:
    """The worst and the best that the availability may be; None where nothing was observed."""
    if not figures.period_ms:
        return None
    worst, best = (percent(1 - Fraction(ms) / figures.period_ms, catalogue) for ms in (figures.worst_ms, figures.best_ms))
    return catalogue.say("between", worst=keep(worst), best=keep(best))


def budget(figures: PageFigures, catalogue: Catalogue = ENGLISH, keep: Keep = str) -> str | None:
    """What is left of the error budget, or by how much it is overspent; None without a goal, or where too little is known.

    >>> budget(PageFigures(2_592_000_000, 1_800_000, 0, 0, 0, Fraction(1), Fraction(999, 1000), 2_592_000))
    '13 min 12 s of 43 min 12 s left'
    """
    if figures.budget_ms is None or not well_measured(figures):
        return None
    remaining, whole = figures.budget_ms - figures.downtime_ms, keep(left(figures.budget_ms, catalogue))
    if remaining < 0:
        return catalogue.say("budget.over", over=keep(downtime(-remaining, catalogue)), budget=whole)
    return catalogue.say("budget.left", remaining=keep(left(remaining, catalogue)), budget=whole)


def verdict(figures: PageFigures, catalogue: Catalogue = ENGLISH, keep: Keep = str, key: str = "judged") -> str | None:
    """The verdict in words, what keeps it open with it; None without a goal. ``key`` ``verdict`` begins a sentence."""
    if figures.verdict is None:
        return None
    return catalogue.say(f"{key}.{figures.verdict.value}", duration=keep(downtime(figures.unknown_ms, catalogue)))
