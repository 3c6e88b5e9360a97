"""Many sites in one table for a terminal: the verdict, the worst windows, what was measured and what is left of the budget."""

from __future__ import annotations

from fractions import Fraction

from reports.figures import left, percent
from sla.answer import Figures
from sla.survey import Position

COLUMNS = ("site", "verdict", "worst run of dates", "worst hours", "measured", "budget left")
UNKNOWN = "-"


def row(name: str, position: Position | None) -> tuple[str, ...]:
    """The cells of one site; the budget is that of its worst run of dates. ``position`` None: nothing was recorded yet."""
    if position is None:
        return name, "nothing recorded yet", *(UNKNOWN,) * (len(COLUMNS) - 2)
    dates, hours = position.any_days, position.rolling
    return (
        name,
        position.verdict.value,
        f"{_share(dates.worst.figures)} in {dates.days} d to {dates.worst.last}",
        f"{_share(hours.worst)} in {hours.hours} h",
        _percent(position.whole.figures.coverage),
        left(dates.worst.figures.remaining_ms),
    )


def _share(figures: Figures) -> str:
    return _percent(figures.availability)


def _percent(share: Fraction | None) -> str:
    """``share``; a dash where there was no time at all."""
    return UNKNOWN if share is None else percent(share)
