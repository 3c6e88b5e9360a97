"""A site's standing: what each of its windows weighs, kept so that a change weighs only those windows anew that it meets."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from typing import TypeAlias

from sla.agreement import Agreement
from sla.any_days import AnyDays, DateWindows, Weighed, judged
from sla.counted import Counted
from sla.figures import allowed
from sla.rolling import Candidates, Rolling, candidates, full_in, peak, starts_in, verdict_of
from sla.span import Span
from sla.tally import Tally


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of a site again and again: runs of local dates, and windows of ``length`` ms inside ``within``."""

    agreement: Agreement
    windows: DateWindows
    within: Span
    length: int


@dataclass(frozen=True, slots=True)
class Dates:
    """What each run of dates weighs, by number, and its period."""

    down: list[int]
    best: list[int]
    worst: list[int]
    periods: list[int]

    @classmethod
    def of(cls, counted: Counted, windows: DateWindows, numbers: range) -> Dates:
        """Of the windows ``numbers``."""
        down, best, worst = (windows.sums(tally, numbers) for tally in (counted.down, counted.best, counted.worst))
        return cls(down, best, worst, windows.periods(counted, numbers))

    def replaced(self, numbers: range, other: Dates) -> Dates:
        """These, but ``other`` for the windows ``numbers``."""

        def spliced(mine: list[int], others: list[int]) -> list[int]:
            return [*mine[: numbers.start], *others, *mine[numbers.stop :]]

        return Dates(
            spliced(self.down, other.down),
            spliced(self.best, other.best),
            spliced(self.worst, other.worst),
            spliced(self.periods, other.periods),
        )


Peaks: TypeAlias = tuple[Candidates, ...]
"""Rows of windows on the plain clock, each in order, among which is the earliest of the heaviest."""


@dataclass(frozen=True, slots=True)
class Standing:
    """All windows of one question, each with what it weighs; ``worst`` are peaks among the windows that are full."""

    question: Question
    counted: Counted
    dates: Dates
    down: Peaks
    best: Peaks
    worst: Peaks

    @classmethod
    def of(cls, question: Question, counted: Counted) -> Standing:
        """Every window weighed. Raises ValueError if none fits."""
        starts, length = starts_in(question.within, question.length), question.length
        full = full_in(starts, counted.observed, length)
        return cls(
            question,
            counted,
            Dates.of(counted, question.windows, question.windows.numbers),
            candidates(counted.down, starts, length),
            candidates(counted.best, starts, length),
            candidates(counted.worst, full, length) if full else (),
        )

    def changed(self, span: Span, part: Counted) -> Standing:
        """The standing after a change of facts, exclusions or maintenance inside ``span``.

        ``part`` is what now counts, told of ``span`` alone; the observed time is the same.
        """
        counted = self.counted.replaced(span, part)
        windows, length = self.question.windows, self.question.length
        numbers = windows.touched(span)
        starts = starts_in(self.question.within, length)
        full = full_in(starts, counted.observed, length)
        return replace(
            self,
            counted=counted,
            dates=self.dates.replaced(numbers, Dates.of(counted, windows, numbers)) if numbers else self.dates,
            down=_repeaked(self.down, counted.down, _touched(starts, span, length), length),
            best=_repeaked(self.best, counted.best, _touched(starts, span, length), length),
            worst=_repeaked(self.worst, counted.worst, _touched(full, span, length), length),
        )

    def any_days(self) -> AnyDays:
        """What is said of all runs of dates together."""
        dates, windows = self.dates, self.question.windows
        runs = windows.by_period(dates.periods)
        weighed = Weighed(dates.down, lambda among: dates.best[among.start : among.stop], dates.worst, runs)
        return judged(weighed, windows.full(self.counted.observed), self.question.agreement, self.counted.scale)

    def rolling(self) -> Rolling:
        """What is said of all windows on the plain clock together."""
        length = self.question.length
        most = allowed(self.question.agreement, length, self.counted.scale)
        full = full_in(starts_in(self.question.within, length), self.counted.observed, length)
        begun = peak(self.down)[1]
        undetermined = bool(full) and peak(self.worst)[0] > most
        return Rolling(verdict_of(peak(self.best)[0] > most, undetermined, full), Span(begun, begun + length))


def _touched(starts: range, span: Span, length: int) -> range:
    """Those of ``starts`` whose window ``span`` meets, and the nearest that it does not meet."""
    return range(max(starts.start, span.start - length), min(starts.stop, span.end + 1))


def _repeaked(peaks: Peaks, tally: Tally, touched: range, length: int) -> Peaks:
    """``peaks``, weighed anew where their windows begin in ``touched``."""
    if not touched:
        return peaks
    return tuple(_spliced(old, touched, new) for old, new in zip(peaks, candidates(tally, touched, length), strict=True))


def _spliced(old: Candidates, touched: range, new: Candidates) -> Candidates:
    at, weights = old
    first, last = bisect_left(at, touched.start), bisect_left(at, touched.stop)
    return [*at[:first], *new[0], *at[last:]], [*weights[:first], *new[1], *weights[last:]]
