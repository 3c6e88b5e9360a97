"""Maintenance as announced: who was told when, of what, and which time of it is forgiven."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

from sla.span import Instant, Span


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
