"""Instants and spans: integers of milliseconds since 1970-01-01T00:00:00Z (POSIX, no leap seconds)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

Instant: TypeAlias = int
"""Milliseconds since the epoch, UTC."""

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

END_OF_TIME: Instant = 4_102_444_800_000
"""2100-01-01T00:00:00Z: where a span that has not ended yet is cut."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """The half-open span ``[start, end)`` in milliseconds UTC; never empty."""

    start: Instant
    end: Instant

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"a span ends after it starts, got [{self.start}, {self.end})")

    @property
    def length(self) -> int:
        """Milliseconds in the span."""
        return self.end - self.start

    def __contains__(self, at: Instant) -> bool:
        return self.start <= at < self.end

    def cut(self, other: Span) -> Span | None:
        """The part of this span that lies in ``other``, or None."""
        start, end = max(self.start, other.start), min(self.end, other.end)
        return Span(start, end) if start < end else None


def union(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same instants as disjoint spans in order; touching spans are joined."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return tuple(joined)
