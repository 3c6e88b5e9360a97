"""Runs of dates that ended under different versions of an agreement: each is judged by the one in force at its last instant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction

from sla.answer import AnyDaysAnswer, DatedFigures, Verdict
from sla.calendar import date_of, start
from sla.case import Case
from sla.span import Span
from sla.steps import BEGINNING, FOREVER

_ONE_DAY = timedelta(days=1)
_GRAVEST = (Verdict.BREACHED, Verdict.UNDETERMINED, Verdict.MET, Verdict.PENDING)


def versions(case: Case) -> Iterator[tuple[Case, Span]]:
    """The case by each version of its agreement alone, the oldest first, and the time in which that was in force."""
    since = BEGINNING
    for one in case.earlier:
        yield replace(case, agreement=one.agreement, earlier=()), Span(since, one.until)
        since = one.until
    yield replace(case, earlier=()), Span(since, FOREVER)


def ending_in(zone: str, in_force: Span, first: date, last: date, days: int) -> tuple[date, date] | None:
    """The dates within ``first`` to ``last`` whose runs of ``days`` are those with their last instant ``in_force``.

    None if there is no such run.
    """
    if in_force.start > BEGINNING:
        first = max(first, date_of(zone, in_force.start) - (days - 1) * _ONE_DAY)
    if in_force.end < FOREVER:
        last = min(last, date_of(zone, in_force.end) - _ONE_DAY)
    if (last - first).days < days - 1 or start(zone, first) == start(zone, last + _ONE_DAY):
        return None
    return first, last


def together(parts: Sequence[AnyDaysAnswer]) -> AnyDaysAnswer:
    """What is said of all windows of ``parts``, the oldest first."""
    worst = max(parts, key=lambda part: _share(part.worst))
    return AnyDaysAnswer(
        worst.days,
        sum(part.windows for part in parts),
        min((part.verdict for part in parts), key=_GRAVEST.index),
        worst.worst,
        worst.outages,
        tuple(day for part in parts for day in part.breached),
        tuple(day for part in parts for day in part.undetermined),
    )


def _share(dated: DatedFigures) -> Fraction:
    """Downtime a millisecond of the whole period; 0 without a period."""
    figures = dated.figures
    return figures.downtime_ms / figures.whole_ms if figures.whole_ms else Fraction(0)
