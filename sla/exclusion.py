"""What the agreement leaves out: downtime with a cause, evidence and two people's names. Append-only."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum

from sla.span import Instant, Span
from sla.texts import instant_text

PARTY_REQUIRED = frozenset({"unmanaged_component", "other_external"})
"""Causes that say nothing about who it was: the party must be named."""


class Step(Enum):
    """What people decide about an exclusion: proposed → approved | rejected, approved → revoked; nothing else."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    REJECTED = "rejected"
    REVOKED = "revoked"


NEXT: dict[Step | None, tuple[Step, ...]] = {
    None: (Step.PROPOSED,),
    Step.PROPOSED: (Step.APPROVED, Step.REJECTED),
    Step.APPROVED: (Step.REVOKED,),
    Step.REJECTED: (),
    Step.REVOKED: (),
}
"""The steps that may follow a step; None: there is none yet."""


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

    def approved_at(self, as_of: Instant | None) -> Instant | None:
        """When it was approved, if it counts at ``as_of`` (None: at the end of time); an assumption counts since 0."""
        if self.history is None:
            return 0
        known = [decision for decision in self.history if as_of is None or decision.at <= as_of]
        return known[-1].at if known and known[-1].step is Step.APPROVED else None


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that an exclusion breaks: its name, the member at fault (keys and positions), what it holds and what it should."""

    code: str
    member: tuple[str | int, ...]
    message: str
    got: str
    expected: str


def faults(exclusion: Exclusion, excluded_causes: Collection[str]) -> tuple[Fault, ...]:
    """Every rule of the agreement and of the four eyes that ``exclusion`` breaks; empty: it is sound."""
    found: list[Fault] = []
    if exclusion.cause not in excluded_causes:
        expected = "one of " + ", ".join(sorted(excluded_causes)) if excluded_causes else "no exclusion at all"
        found.append(
            Fault("cause-not-in-agreement", ("cause",), "the agreement leaves out no such cause", exclusion.cause, expected)
        )
    if exclusion.history is None:
        return tuple(found)
    if exclusion.cause in PARTY_REQUIRED and not exclusion.party:
        message = f"{exclusion.cause} must name the party"
        found.append(Fault("party-required", ("party",), message, exclusion.party or "nothing", "the party's name"))
    return (*found, *_history_faults(exclusion, exclusion.history))


def _history_faults(exclusion: Exclusion, history: tuple[Decision, ...]) -> Iterator[Fault]:
    before: Decision | None = None
    proposer: str | None = None
    for place, decision in enumerate(history):
        yield from _step_faults(place, decision, before)
        if decision.step is Step.PROPOSED and proposer is None:
            proposer = decision.by
        if decision.step is Step.APPROVED:
            yield from _approval_faults(exclusion, place, decision, proposer)
        before = decision
    if not exclusion.evidence and any(decision.step is Step.APPROVED for decision in history):
        yield Fault("evidence-required", ("evidence",), "nothing is approved without evidence", "none", "at least one evidence")


def _step_faults(place: int, decision: Decision, before: Decision | None) -> Iterator[Fault]:
    allowed = NEXT[before.step if before else None]
    after = before.step.value if before else "nothing"
    if decision.step not in allowed:
        expected = " or ".join(step.value for step in allowed) or "nothing more"
        message = f"{decision.step.value} does not follow {after}"
        yield Fault("illegal-step", ("history", place, "status"), message, decision.step.value, expected)
    elif before and decision.at < before.at:
        message = f"{decision.step.value} is dated before the step that it follows"
        got, expected = instant_text(decision.at), f"{instant_text(before.at)} or later"
        yield Fault("illegal-step", ("history", place, "status"), message, got, expected)


def _approval_faults(exclusion: Exclusion, place: int, decision: Decision, proposer: str | None) -> Iterator[Fault]:
    if decision.by == proposer:
        message = "whoever proposed an exclusion does not approve it"
        yield Fault("four-eyes", ("history", place, "by"), message, decision.by, f"somebody other than {proposer}")
    if decision.at < exclusion.span.end:
        message = "an exclusion is approved after its span is over"
        got, expected = instant_text(decision.at), f"{instant_text(exclusion.span.end)} or later"
        yield Fault("not-over-yet", ("history", place, "at"), message, got, expected)
