"""Downtime as disjoint weighted spans with running sums: what any window holds is the difference of two of them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, chain
from operator import mul, sub

from sla.span import Instant, Span


class Tally:
    """Disjoint spans in order, each of whose milliseconds weighs the same; elsewhere nothing weighs anything.

    ``before`` holds what weighs before each span and, last, the whole. Not changed after it was made.
    """

    __slots__ = ("before", "ends", "starts", "weights")
    before: list[int]

    def __init__(self, starts: Sequence[Instant] = (), ends: Sequence[Instant] = (), weights: Sequence[int] = ()) -> None:
        self.starts, self.ends, self.weights = starts, ends, weights

    def __getattr__(self, name: str) -> list[int]:
        """Sum up ``before`` when it is first asked for: of a site that is read again, most tallies are asked nothing."""
        if name != "before":
            raise AttributeError(name)
        self.before = list(accumulate(map(mul, map(sub, self.ends, self.starts), self.weights), initial=0))
        return self.before

    @classmethod
    def of(cls, spans: Iterable[tuple[Instant, Instant, int]]) -> Tally:
        """The tally of (start, end, weight) in order and disjoint; touching spans of equal weight become one."""
        starts: list[Instant] = []
        ends: list[Instant] = []
        weights: list[int] = []
        for start, end, weight in spans:
            if ends and ends[-1] == start and weights[-1] == weight:
                ends[-1] = end
            else:
                starts.append(start)
                ends.append(end)
                weights.append(weight)
        return cls(starts, ends, weights)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tally) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __bool__(self) -> bool:
        return len(self.starts) > 0

    def __iter__(self) -> Iterator[tuple[Instant, Instant, int]]:
        return zip(self.starts, self.ends, self.weights, strict=True)

    def replaced(self, span: Span, other: Tally) -> Tally:
        """This tally outside ``span`` and ``other``, which lies in ``span``, inside."""
        first, last = bisect_left(self.ends, span.start), bisect_right(self.starts, span.end)
        met = list(zip(self.starts[first:last], self.ends[first:last], self.weights[first:last], strict=True))
        before = ((start, min(end, span.start), weight) for start, end, weight in met if start < span.start)
        after = ((max(start, span.end), end, weight) for start, end, weight in met if end > span.end)
        middle = Tally.of(chain(before, other, after))
        return Tally(
            [*self.starts[:first], *middle.starts, *self.starts[last:]],
            [*self.ends[:first], *middle.ends, *self.ends[last:]],
            [*self.weights[:first], *middle.weights, *self.weights[last:]],
        )

    def cut(self, at: Instant) -> Tally:
        """The spans before ``at``."""
        if not self.ends or self.ends[-1] <= at:
            return self
        many = bisect_left(self.starts, at)
        ends = [*self.ends[: many - 1], min(self.ends[many - 1], at)] if many else ()
        return Tally(self.starts[:many], ends, self.weights[:many])

    @property
    def uniform(self) -> bool:
        """Whether all spans weigh the same."""
        return len(set(self.weights)) < 2

    def until(self, at: Instant) -> int:
        """What weighs before ``at``."""
        place = bisect_left(self.starts, at) - 1
        if place < 0:
            return 0
        return self.before[place] + self.weights[place] * (min(at, self.ends[place]) - self.starts[place])

    def sums(self, instants: Sequence[Instant]) -> list[int]:
        """What weighs before each of ``instants``, which rise: ``until`` of all of them in one walk."""
        found: list[int] = []
        place, many = 0, len(instants)
        if not many:
            return found
        first, last = bisect_right(self.ends, instants[0]), bisect_left(self.starts, instants[-1])
        spans = self.starts[first:last], self.ends[first:last], self.weights[first:last], self.before[first:last]
        for start, end, weight, before in zip(*spans, strict=True):
            after = bisect_right(instants, start, place)
            if after > place:
                found += [before] * (after - place)
                place = after
            while place < many and instants[place] < end:
                found.append(before + weight * (instants[place] - start))
                place += 1
        return found + [self.before[max(first, last)]] * (many - place)

    def between(self, since: Instant, until: Instant) -> int:
        """What weighs in ``[since, until)``."""
        return self.until(until) - self.until(since) if self.starts else 0

    def reached(self, amount: int) -> Instant | None:
        """The first instant before which at least ``amount`` (> 0) weighs; None: never. No weight is negative."""
        place = bisect_left(self.before, amount) - 1
        if place == len(self.starts):
            return None
        return self.starts[place] - (self.before[place] - amount) // self.weights[place]

    def within(self, window: Span) -> Iterator[tuple[Instant, Instant, int]]:
        """The spans in ``window``, cut to it."""
        for place in range(bisect_right(self.ends, window.start), bisect_left(self.starts, window.end)):
            yield max(self.starts[place], window.start), min(self.ends[place], window.end), self.weights[place]
