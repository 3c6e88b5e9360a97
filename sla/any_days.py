"""Every run of n local dates: which of them broke the goal, which may have, and which was the worst."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby
from operator import sub
from typing import NamedTuple

from sla.agreement import Agreement
from sla.answer import Verdict
from sla.calendar import days_between, starts
from sla.counted import Counted
from sla.figures import allowed
from sla.span import Instant, Span
from sla.tally import Tally


class Run(NamedTuple):
    """The windows ``first`` to before ``end``: all of one period."""

    first: int
    end: int
    period: int


@dataclass(frozen=True, slots=True)
class DateWindows:
    """The windows of ``days`` local dates within a range, by number; shared by all sites of the zone.

    ``dates`` are their first dates, ``edges`` the starts of all dates of the range and its end, ``runs`` their lengths. A run
    of dates that holds no time is no window.
    """

    days: int
    dates: tuple[date, ...]
    edges: Sequence[Instant]
    runs: tuple[Run, ...]

    @property
    def count(self) -> int:
        """How many windows there are."""
        return sum(run.end - run.first for run in self.runs)

    def span(self, number: int) -> Span:
        """The time of a window."""
        return Span(self.edges[number], self.edges[number + self.days])

    def sums(self, tally: Tally) -> list[int]:
        """What each window weighs."""
        before = tally.sums(self.edges)
        return list(map(sub, before[self.days :], before))


@lru_cache(maxsize=4096)
def date_windows(zone: str, first: date, last: date, days: int) -> DateWindows:
    """The windows of ``days`` dates within ``first`` to ``last``. Raises ValueError if none fits."""
    edges = starts(zone, first, last)
    lengths = list(map(sub, edges[days:], edges))
    runs = tuple(run for run in _runs(lengths, range(len(lengths))) if run.period)
    if not runs:
        raise ValueError(f"a window of {days} dates does not fit from {first} to {last}")
    return DateWindows(days, days_between(first, last - timedelta(days=days - 1)), edges, runs)


def _runs(periods: Sequence[int], numbers: range) -> Iterator[Run]:
    """The runs of ``numbers`` with equal periods."""
    for period, group in groupby(numbers, key=periods.__getitem__):
        members = list(group)
        yield Run(members[0], members[-1] + 1, period)


@dataclass(frozen=True, slots=True)
class AnyDays:
    """All windows together, by their numbers; ``worst`` is the earliest of those with most downtime a period."""

    verdict: Verdict
    worst: int
    breached: tuple[int, ...]
    undetermined: tuple[int, ...]


def any_days(counted: Counted, agreement: Agreement, windows: DateWindows) -> AnyDays:
    """The verdict of all: breached if one is, else undetermined if one is, else met if one is full, else pending."""
    runs = _by_period(counted, windows)
    most = [allowed(agreement, run.period, counted.scale) for run in runs]
    down, full = windows.sums(counted.down), _full(counted, windows)
    breached = _over(windows.sums(counted.best), runs, most) if _over(down, runs, most) else ()
    whole = [Run(max(run.first, full.start), min(run.end, full.stop), run.period) for run in runs]
    without = [-1 if run.period == 0 else allowed_ for run, allowed_ in zip(runs, most, strict=True)]
    undetermined = _over(windows.sums(counted.worst), whole, without)
    if breached and undetermined:
        undetermined = tuple(sorted(set(undetermined).difference(breached)))
    some_full = any(run.first < run.end for run in whole)
    kinds = (breached, Verdict.BREACHED), (undetermined, Verdict.UNDETERMINED), (some_full, Verdict.MET)
    verdict = next((verdict for some, verdict in kinds if some), Verdict.PENDING)
    return AnyDays(verdict, _worst(down, runs), breached, undetermined)


def _by_period(counted: Counted, windows: DateWindows) -> Sequence[Run]:
    """The windows by what their period is once it has all been observed."""
    if not counted.removed and not (counted.unknown_leaves and counted.unknown):
        return windows.runs
    lengths = map(sub, windows.edges[windows.days :], windows.edges)
    periods = list(map(sub, lengths, windows.sums(counted.removed)))
    if counted.unknown_leaves:
        periods = list(map(sub, periods, windows.sums(counted.unknown)))
    return [part for run in windows.runs for part in _runs(periods, range(run.first, run.end))]


def _full(counted: Counted, windows: DateWindows) -> range:
    """The numbers of the windows that are observed from end to end."""
    if counted.observed is None:
        return range(0)
    first = bisect_left(windows.edges, counted.observed.start)
    return range(first, bisect_right(windows.edges, counted.observed.end) - windows.days)


def _over(weights: Sequence[int], runs: Sequence[Run], most: Sequence[int]) -> tuple[int, ...]:
    """The numbers of the windows that weigh more than ``most`` of their run."""
    found: list[int] = []
    for (first, end, _), limit in zip(runs, most, strict=True):
        if first < end and max(weights[first:end]) > limit:
            found += [number for number in range(first, end) if weights[number] > limit]
    return tuple(found)


def _worst(down: Sequence[int], runs: Sequence[Run]) -> int:
    """The window with the greatest downtime a period (0 without a period), the earliest of equals."""
    found, most, whole = runs[0].first, 0, 1
    for first, end, period in runs:
        greatest = max(down[first:end])
        if greatest * whole > most * period:
            found, most, whole = down.index(greatest, first), greatest, period
    return found
