"""Every run of n local dates: which of them broke the goal, which may have, and which was the worst."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache, partial
from itertools import groupby
from operator import sub
from typing import NamedTuple, TypeAlias

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
        first, stop, days = numbers.start, numbers.stop, self.days
        if stop - first < days:  # no window ends where another begins
            return list(map(sub, tally.sums(self.edges[first + days : stop + days]), tally.sums(self.edges[first:stop])))
        before = tally.sums(self.edges[first : stop + days])
        return list(map(sub, before[days:], before))

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
    """What each window weighs, by number (``best`` is asked for only where it matters), and the windows by their periods."""

    down: Sequence[int]
    best: Callable[[range], Sequence[int]]
    worst: Sequence[int]
    runs: Sequence[Run]


def any_days(counted: Counted, agreement: Agreement, windows: DateWindows) -> AnyDays:
    """What is said of all windows together."""
    numbers = windows.numbers
    leaving = counted.removed or (counted.unknown_leaves and counted.unknown)
    runs = windows.by_period(windows.periods(counted, numbers)) if leaving else windows.runs
    down, worst = windows.sums(counted.down, numbers), windows.sums(counted.worst, numbers)
    weighed = Weighed(down, partial(windows.sums, counted.best), worst, runs)
    return judged(weighed, windows.full(counted.observed), agreement, counted.scale)


def judged(weighed: Weighed, full: range, agreement: Agreement, scale: int) -> AnyDays:
    """Breached if one window is, else undetermined if one is, else met if one is full, else pending."""
    limited = [(run, allowed(agreement, run.period, scale)) for run in weighed.runs]
    tops = [max(weighed.down[first:end]) for first, end, _ in weighed.runs]
    breached = _breached(weighed, [one for one, top in zip(limited, tops, strict=True) if top > one[1]])
    whole = _cut(limited, full)
    undetermined = _over(weighed.worst, [(run, limit if run.period else -1) for run, limit in whole])
    if breached and undetermined:
        broken = set(breached)
        undetermined = [number for number in undetermined if number not in broken]
    kinds = (breached, Verdict.BREACHED), (undetermined, Verdict.UNDETERMINED), (whole, Verdict.MET)
    verdict = next((verdict for some, verdict in kinds if some), Verdict.PENDING)
    return AnyDays(verdict, _worst(weighed, tops), tuple(breached), tuple(undetermined))


Limited: TypeAlias = tuple[Run, int]
"""Windows of one period, and the most that any of them may weigh."""


def _cut(several: Iterable[Limited], numbers: range) -> list[Limited]:
    """Those of ``several`` that are in ``numbers``."""
    cut = ((Run(max(first, numbers.start), min(end, numbers.stop), period), limit) for (first, end, period), limit in several)
    return [(run, limit) for run, limit in cut if run.first < run.end]


def _breached(weighed: Weighed, heavy: Sequence[Limited]) -> list[int]:
    """The windows of the runs ``heavy`` that weigh too much even at the least: they are among those that do by what is said."""
    found: list[int] = []
    for run, limit in heavy:
        for among in _stretches(_over(weighed.down, [(run, limit)])):
            found += [number for number, least in zip(among, weighed.best(among), strict=True) if least > limit]
    return found


def _stretches(numbers: Sequence[int]) -> Iterator[range]:
    """``numbers``, which rise, by those that follow on one another."""
    begun = 0
    for place, number in enumerate(numbers, 1):
        if place == len(numbers) or numbers[place] != number + 1:
            yield range(numbers[begun], number + 1)
            begun = place


def _over(weights: Sequence[int], several: Iterable[Limited]) -> list[int]:
    """The numbers of the windows that weigh more than they may."""
    found: list[int] = []
    for (first, end, _), limit in several:
        found += [number for number, weight in enumerate(weights[first:end], first) if weight > limit]
    return found


def _worst(weighed: Weighed, tops: Sequence[int]) -> int:
    """The window with the greatest downtime a period (0 without a period), the earliest of equals; ``tops`` are those of runs."""
    found, most, whole = weighed.runs[0].first, 0, 1
    for (first, _, period), top in zip(weighed.runs, tops, strict=True):
        if top * whole > most * period:
            found, most, whole = weighed.down.index(top, first), top, period
    return found
