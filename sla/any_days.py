"""Every run of n local dates: which of them broke the goal, which may have, and which was the worst."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache, partial
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

    @property
    def numbers(self) -> range:
        """The number of each run of dates, also of one that is no window."""
        return range(len(self.dates))

    def sums(self, tally: Tally, numbers: range) -> list[int]:
        """What each of the windows ``numbers`` weighs."""
        before = tally.sums(self.edges[numbers.start : numbers.stop + self.days])
        return list(map(sub, before[self.days :], before))

    def periods(self, counted: Counted, numbers: range) -> list[int]:
        """The period of each of the windows ``numbers`` once all of it has been observed."""
        edges = self.edges[numbers.start : numbers.stop + self.days]
        periods = list(map(sub, edges[self.days :], edges))
        for tally in (counted.removed, counted.unknown) if counted.unknown_leaves else (counted.removed,):
            periods = list(map(sub, periods, self.sums(tally, numbers))) if tally else periods
        return periods

    def by_period(self, periods: Sequence[int]) -> tuple[Run, ...]:
        """The windows by their ``periods``."""
        return tuple(part for run in self.runs for part in _runs(periods, range(run.first, run.end)))

    def full(self, observed: Span | None) -> range:
        """The numbers of the windows that are observed from end to end."""
        if observed is None:
            return range(0)
        return range(bisect_left(self.edges, observed.start), bisect_right(self.edges, observed.end) - self.days)

    def touched(self, span: Span) -> range:
        """The numbers of the windows that ``span`` meets."""
        first = max(0, bisect_right(self.edges, span.start) - self.days)
        return range(first, max(first, min(len(self.dates), bisect_left(self.edges, span.end))))


@lru_cache(maxsize=256)
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


@dataclass(frozen=True, slots=True)
class Weighed:
    """What each window weighs, by number (``best`` is asked for only if it matters), and the windows by their periods."""

    down: Sequence[int]
    best: Callable[[], Sequence[int]]
    worst: Sequence[int]
    runs: Sequence[Run]


def any_days(counted: Counted, agreement: Agreement, windows: DateWindows) -> AnyDays:
    """What is said of all windows together."""
    numbers = windows.numbers
    leaving = counted.removed or (counted.unknown_leaves and counted.unknown)
    runs = windows.by_period(windows.periods(counted, numbers)) if leaving else windows.runs
    down, worst = windows.sums(counted.down, numbers), windows.sums(counted.worst, numbers)
    weighed = Weighed(down, partial(windows.sums, counted.best, numbers), worst, runs)
    return judged(weighed, windows.full(counted.observed), agreement, counted.scale)


def judged(weighed: Weighed, full: range, agreement: Agreement, scale: int) -> AnyDays:
    """Breached if one window is, else undetermined if one is, else met if one is full, else pending."""
    runs = weighed.runs
    most = [allowed(agreement, run.period, scale) for run in runs]
    breached = _over(weighed.best(), runs, most) if any(_heavy(weighed.down, runs, most)) else ()
    whole = [Run(max(run.first, full.start), min(run.end, full.stop), run.period) for run in runs]
    undetermined = _over(weighed.worst, whole, [limit if run.period else -1 for run, limit in zip(runs, most, strict=True)])
    if breached and undetermined:
        broken = set(breached)
        undetermined = tuple(number for number in undetermined if number not in broken)
    some_full = any(run.first < run.end for run in whole)
    kinds = (breached, Verdict.BREACHED), (undetermined, Verdict.UNDETERMINED), (some_full, Verdict.MET)
    verdict = next((verdict for some, verdict in kinds if some), Verdict.PENDING)
    return AnyDays(verdict, _worst(weighed.down, runs), breached, undetermined)


def _over(weights: Sequence[int], runs: Sequence[Run], most: Sequence[int]) -> tuple[int, ...]:
    """The numbers of the windows that weigh more than ``most`` of their run."""
    found: list[int] = []
    for (first, end, _), limit in _heavy(weights, runs, most):
        found += [number for number, weight in enumerate(weights[first:end], first) if weight > limit]
    return tuple(found)


def _heavy(weights: Sequence[int], runs: Sequence[Run], most: Sequence[int]) -> Iterator[tuple[Run, int]]:
    """The runs with a window that weighs more than their ``most``, and that."""
    for run, limit in zip(runs, most, strict=True):
        if run.first < run.end and max(weights[run.first : run.end]) > limit:
            yield run, limit


def _worst(down: Sequence[int], runs: Sequence[Run]) -> int:
    """The window with the greatest downtime a period (0 without a period), the earliest of equals."""
    found, most, whole = runs[0].first, 0, 1
    for first, end, period in runs:
        greatest = max(down[first:end])
        if greatest * whole > most * period:
            found, most, whole = down.index(greatest, first), greatest, period
    return found
