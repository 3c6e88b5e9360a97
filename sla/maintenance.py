"""Maintenance as announced: who was told when, of what, and which time of it is forgiven."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, IntEnum

from sla.span import Instant, Span
from sla.steps import BEGINNING, FOREVER


class Status(Enum):
    """The state of a maintenance in the words of MAINTNOTE."""

    TENTATIVE = "TENTATIVE"
    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"
    IN_PROCESS = "IN-PROCESS"
    COMPLETED = "COMPLETED"


class Impact(IntEnum):
    """The level of impact in the words of MAINTNOTE, in rising severity."""

    NO_IMPACT = 0
    REDUCED_REDUNDANCY = 1
    DEGRADED = 2
    OUTAGE = 3

    @property
    def word(self) -> str:
        """The impact as announced."""
        return self.name.replace("_", "-")


_HOLDING = frozenset({Status.CONFIRMED, Status.IN_PROCESS})
"""What must have been said of a time for it to be forgiven."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """One notice. ``at`` is when the next hop took it for a designated contact; ``agreed_by`` is who agreed to short notice."""

    at: Instant
    span: Span
    status: Status
    impact: Impact
    agreed_by: str | None = None


@dataclass(frozen=True, slots=True)
class Maintenance:
    """One maintenance of ``components`` (empty: the whole site) with everything that was announced of it."""

    id: str
    announcements: tuple[Announcement, ...]
    components: tuple[str, ...] = ()

    def forgiven(self, notice_ms: int, as_of: Instant | None) -> Iterator[tuple[Span, Impact]]:
        """The time that was announced early enough, in order, and how much of it, by what was announced until ``as_of``.

        An instant is forgiven if it lay in the announced span all the time from ``notice_ms`` before that span's start (or
        from the moment somebody agreed to shorter notice) until the instant itself, confirmed or in process.
        """
        known = sorted((one for one in self.announcements if as_of is None or one.at <= as_of), key=lambda one: one.at)
        standing = list({one.at: one for one in known}.values())
        for place, last in enumerate(standing):
            start = last.span.start
            agreed = max((one.at for one in known if one.agreed_by is not None and one.at <= start), default=BEGINNING)
            since = max(start - notice_ms, agreed)
            first = bisect_right(standing, since, key=lambda one: one.at) - 1
            until = standing[place + 1].at if place + 1 < len(standing) else FOREVER
            if 0 <= first <= place and (found := _held(standing[first : place + 1], last.at, until)):
                yield found


def _held(announced: list[Announcement], since: Instant, until: Instant) -> tuple[Span, Impact] | None:
    """The part of ``[since, until)`` in the span of each that was ``announced``, and the least impact among them."""
    start = max(since, *(one.span.start for one in announced))
    end = min(until, *(one.span.end for one in announced))
    if start >= end or any(one.status not in _HOLDING for one in announced):
        return None
    return Span(start, end), min(one.impact for one in announced)
