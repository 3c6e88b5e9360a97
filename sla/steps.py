"""A value over all of time: steps, each of which holds from its instant until the next."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Any, TypeAlias, TypeVar

from sla.span import Instant, Span, union

BEGINNING: Instant = -(1 << 62)
FOREVER: Instant = 1 << 62
"""Before and after every instant that anybody asks for."""

T = TypeVar("T")
Steps: TypeAlias = Sequence[tuple[Instant, T]]
"""In order of their instants, which differ; the first is at BEGINNING."""

_at = itemgetter(0)


def always(value: T) -> Steps[T]:
    """The same value all the time."""
    return ((BEGINNING, value),)


def during(spans: Iterable[Span]) -> Steps[bool]:
    """True inside any of ``spans``, False elsewhere."""
    edges = [(at, inside) for span in union(spans) for at, inside in ((span.start, True), (span.end, False))]
    return edges if edges and edges[0][0] <= BEGINNING else [(BEGINNING, False), *edges]


def value_at(steps: Steps[T], at: Instant) -> T:
    """The value at ``at``."""
    return steps[bisect_right(steps, at, key=_at) - 1][1]


def difference(before: Steps[Any], after: Steps[Any]) -> Span | None:
    """The shortest span outside which both have the same values; None: they have everywhere."""
    steps = merged((before, after), Span(BEGINNING, FOREVER))
    ends = [*(at for at, _ in steps[1:]), FOREVER]
    differing = [(at, end) for (at, (one, other)), end in zip(steps, ends, strict=True) if one != other]
    return Span(differing[0][0], differing[-1][1]) if differing else None


def merged(several: Sequence[Steps[Any]], within: Span) -> list[tuple[Instant, tuple[Any, ...]]]:
    """The values of ``several`` side by side: at the start of ``within`` and wherever in it one of them steps."""
    values: list[Any] = []
    edges: list[tuple[Instant, int, Any]] = []
    for slot, steps in enumerate(several):
        begun = bisect_right(steps, within.start, key=_at)
        values.append(steps[begun - 1][1])
        if begun < len(steps):
            ended = bisect_left(steps, within.end, begun, key=_at)
            edges += [(at, slot, value) for at, value in steps[begun:ended]]
    edges.sort(key=_at)
    found = [(within.start, tuple(values))]
    for at, slot, value in edges:
        values[slot] = value
        if found[-1][0] == at:
            found.pop()
        found.append((at, tuple(values)))
    return found
