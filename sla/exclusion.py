"""What the agreement leaves out: downtime with a cause, evidence and two people's names. Append-only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from sla.span import Instant, Span


class Step(Enum):
    """What people decide about an exclusion: proposed → approved | rejected, approved → revoked; nothing else."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Decision:
    """One step, when it was taken and by whom."""

    at: Instant
    step: Step
    by: str


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A span left out for ``components`` (empty: the whole site). ``history`` None: an assumption, approved always."""

    id: str
    span: Span
    cause: str
    components: tuple[str, ...] = ()
    party: str | None = None
    reason: str = ""
    evidence: tuple[str, ...] = ()
    history: tuple[Decision, ...] | None = ()
