"""Running sums of downtime over a track: the downtime of any window is the difference of two of them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

from sla.agreement import Agreement
from sla.span import END_OF_TIME, Instant, Span
from sla.state import State
from sla.track import Pair, Segment, Track


@dataclass(frozen=True, slots=True)
class Totals:
    """Milliseconds of some time. ``down``, ``best``, ``worst`` are weighed by impact, times ``Sums.scale``."""

    observed: int = 0
    unknown: int = 0
    down: int = 0
    best: int = 0
    worst: int = 0

    def minus(self, other: Totals) -> Totals:
        """The totals of this time without ``other``, a part of it."""
        return Totals(
            self.observed - other.observed,
            self.unknown - other.unknown,
            self.down - other.down,
            self.best - other.best,
            self.worst - other.worst,
        )

    def plus(self, weights: Totals, length: int) -> Totals:
        """These totals and ``length`` milliseconds more, each of which weighs ``weights``."""
        return Totals(
            self.observed + weights.observed * length,
            self.unknown + weights.unknown * length,
            self.down + weights.down * length,
            self.best + weights.best * length,
            self.worst + weights.worst * length,
        )


_NONE = Totals()


class Sums:
    """The running sums of one track under one agreement, as of an instant (None: all is known and goes on).

    With ``within`` only that time is summed up, and only windows inside it may be asked for.
    Raises ValueError for an agreement with service hours: they are not counted.
    """

    def __init__(self, track: Track, agreement: Agreement, as_of: Instant | None, within: Span | None = None) -> None:
        if agreement.service_hours:
            raise ValueError("service hours are not counted: this agreement cannot be evaluated")
        self.track = track
        self.scale = agreement.degraded_impact.denominator
        self.unknown_leaves = agreement.unknown == "remove-from-period"
        self.observed = _observed(track, agreement, as_of)
        self._part = self.observed.cut(within) if self.observed and within else self.observed
        self._starts: list[Instant] = []
        self._weights: list[Totals] = []
        self._before: list[Totals] = []
        sums, impact = _NONE, agreement.degraded_impact.numerator
        for segment in track.within(self._part) if self._part else ():
            weights = self._weigh(segment, (self.scale, impact, 0))
            self._starts.append(segment.start)
            self._weights.append(weights)
            self._before.append(sums)
            sums = sums.plus(weights, segment.end - segment.start)

    def _weigh(self, segment: Segment, impact: tuple[int, int, int]) -> Totals:
        """What one millisecond of ``segment`` weighs."""
        unknown = _cost(segment.point[0], impact) != _cost(segment.point[1], impact)
        if unknown and self.unknown_leaves:
            return Totals(1, 1)
        return Totals(1, int(unknown), _cost(segment.point[1], impact), *_both(segment.bounds, impact))

    def until(self, at: Instant) -> Totals:
        """The totals of all observed time before ``at``."""
        if self._part is None or at <= self._part.start:
            return _NONE
        place = bisect_right(self._starts, at) - 1
        return self._before[place].plus(self._weights[place], min(at, self._part.end) - self._starts[place])

    def between(self, since: Instant, until: Instant) -> Totals:
        """The totals of the observed time in ``[since, until)``."""
        return self.until(until).minus(self.until(since))

    def full(self, window: Span) -> bool:
        """True if all of ``window`` is observed time."""
        return self.observed is not None and self.observed.start <= window.start and window.end <= self.observed.end

    def candidates(self, window: Span, length: int) -> list[Instant]:
        """The starts of windows of ``length`` in ``window`` among which any linear sum has its greatest value.

        Also inside the full windows alone: a sum of two running sums bends only where a segment begins or ends.
        """
        edges = [*self._starts, self._part.end] if self._part else []
        last = window.end - length
        ends = (edge - length for edge in edges)
        return sorted({window.start, last, *(at for at in (*edges, *ends) if window.start <= at <= last)})


def _cost(level: State, impact: tuple[int, int, int]) -> int:
    return impact[level]


def _both(bounds: Pair, impact: tuple[int, int, int]) -> tuple[int, int]:
    """What the best and the worst of ``bounds`` weigh."""
    return impact[bounds[1]], impact[bounds[0]]


def _observed(track: Track, agreement: Agreement, as_of: Instant | None) -> Span | None:
    """The observed time under the agreement: what the track holds, from its first day on, until now."""
    since = max(track.observed.start, agreement.effective_from if agreement.effective_from is not None else track.observed.start)
    ends = (track.observed.end, agreement.effective_to, as_of, END_OF_TIME)
    until = min(end for end in ends if end is not None)
    return Span(since, until) if since < until else None
