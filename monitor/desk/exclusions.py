"""Proposing, approving, rejecting and revoking exclusions: every rule at once, then the deed and its audit in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy.engine import Connection

from monitor.desk import case_file
from monitor.desk.case_file import Facts, facts_or_fault
from monitor.desk.figures import Effect, effects
from monitor.desk.people import Person, lacking
from monitor.desk.refusal import Refused, no_such, refused, unless_printable
from monitor.store import audit, catalogue, exclusions
from monitor.store.audit import Entry
from monitor.store.exclusions import Filed
from sla import writing
from sla.exclusion import Decision, Exclusion, Fault, Step, faults
from sla.span import Instant, Span
from sla.texts import instant_text

LONGEST_REASON = 2_000
LONGEST_EVIDENCE = 500
MOST_EVIDENCE = 20
"""A ticket, a mail, a picture, a log each: twenty say enough, and a statement prints them all."""
_SCOPES = {Step.PROPOSED: "operate", Step.APPROVED: "approve", Step.REJECTED: "approve", Step.REVOKED: "approve"}
NOT_FILED = "proposal"
"""The id of an exclusion that is only looked at."""
_NO_TIME = Span(0, 1)


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody wants left out. ``start`` and ``end`` are instants; no ``components``: the whole site."""

    site: str
    start: Instant
    end: Instant
    cause: str
    components: tuple[str, ...] = ()
    party: str | None = None
    reason: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruling:
    """A decision about the exclusion ``id``; ``note`` is why, ``evidence`` is added to what there is."""

    id: str
    step: Step
    note: str = ""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """A deed looked at: the exclusion as it would be (without id: not filed yet), its site, and every rule it breaks."""

    site: str
    exclusion: Exclusion
    faults: tuple[Fault, ...]


def judge_proposal(connection: Connection, person: Person, asked: Proposal, now: Instant) -> Judged:
    """Every rule that a proposal breaks."""
    found = [*lacking(person, _SCOPES[Step.PROPOSED]), *_text_faults(asked)]
    span = Span(asked.start, asked.end) if asked.start < asked.end else None
    if span is None:
        expected = f"after {instant_text(asked.start)}"
        found.append(Fault("empty-span", ("to",), "an exclusion ends after it starts", instant_text(asked.end), expected))
    proposed = (Decision(now, Step.PROPOSED, person.name),)
    exclusion = Exclusion(
        NOT_FILED, span or _NO_TIME, asked.cause, asked.components, asked.party, asked.reason.strip(), asked.evidence, proposed
    )
    known = facts_or_fault(connection, asked.site, now, seen=False)
    if isinstance(known, Fault):
        return Judged(asked.site, exclusion, (*found, known))
    found += _component_faults(asked.components, known)
    found += faults(exclusion, known.excludable((asked.end if span else now) - 1))
    return Judged(asked.site, exclusion, tuple(found))


def judge_ruling(connection: Connection, person: Person, asked: Ruling, now: Instant) -> Judged:
    """Every rule that a decision breaks."""
    found = list(lacking(person, _SCOPES[asked.step]))
    found += unless_printable("reason", asked.note, LONGEST_REASON, least=0 if asked.step is Step.APPROVED else 1)
    found += _evidence_faults(asked.evidence)
    filed = exclusions.find(connection, asked.id)
    if filed is None:
        ids = [one.exclusion.id for one in exclusions.every(connection)]
        return Judged("", Exclusion(asked.id, _NO_TIME, ""), (*found, no_such("exclusion", "id", asked.id, ids)))
    at = max(now, filed.last.at)
    taken = (*(filed.exclusion.history or ()), Decision(at, asked.step, person.name))
    evidence = tuple(dict.fromkeys((*filed.exclusion.evidence, *asked.evidence)))
    exclusion = replace(filed.exclusion, history=taken, evidence=evidence)
    known = case_file.facts(connection, filed.site, now, seen=False)
    found += _last_faults(exclusion, known.excludable(exclusion.span.end - 1))
    return Judged(filed.site, exclusion, tuple(found))


def propose(connection: Connection, person: Person, asked: Proposal, now: Instant) -> Filed | Refused:
    """File a proposal, or refuse it; both are audited."""
    judged = judge_proposal(connection, person, asked, now)
    body = {"site": asked.site, **_without_history(judged.exclusion, asked)}
    if judged.faults:
        return refused(
            connection, now, Entry(person.actor, "exclusion.proposed", asked.site, body, asked.evidence), judged.faults
        )
    number = catalogue.read(connection).sites[asked.site]
    (proposed,) = judged.exclusion.history or ()
    key = exclusions.file(connection, number, judged.exclusion, proposed, now)
    audit.append(connection, now, Entry(person.actor, "exclusion.proposed", key, body, asked.evidence))
    return _filed(connection, key)


def rule(connection: Connection, person: Person, asked: Ruling, now: Instant) -> Filed | Refused:
    """Approve, reject or revoke, or refuse to; both are audited."""
    judged = judge_ruling(connection, person, asked, now)
    entry = Entry(person.actor, f"exclusion.{asked.step.value}", asked.id, {"note": asked.note}, asked.evidence)
    if judged.faults:
        return refused(connection, now, entry, judged.faults)
    decision = (judged.exclusion.history or ())[-1]
    exclusions.step(connection, asked.id, decision, now, asked.note, asked.evidence)
    audit.append(connection, now, entry)
    return _filed(connection, asked.id)


def effect(connection: Connection, judged: Judged, now: Instant) -> tuple[Effect, ...]:
    """What the deed does, or would do if it were approved, to the figures that its span touches; nothing if it is refused."""
    last = (judged.exclusion.history or ())[-1].step if judged.exclusion.history else None
    if judged.faults or last is None or last is Step.REJECTED:
        return ()
    known = case_file.facts(connection, judged.site, now)
    without = replace(known, exclusions=tuple(one for one in known.exclusions if one.exclusion.id != judged.exclusion.id))
    counted = Filed(judged.site, replace(judged.exclusion, history=None), (), now)
    with_it = replace(without, exclusions=(*without.exclusions, counted))
    pair = (with_it, without) if last is Step.REVOKED else (without, with_it)
    return effects(*pair, judged.exclusion.span)


def _component_faults(wanted: tuple[str, ...], known: Facts) -> list[Fault]:
    there = known.components()
    return [no_such("component", "components", name, there) for name in wanted if name not in there]


def _text_faults(asked: Proposal) -> list[Fault]:
    found = unless_printable("reason", asked.reason, LONGEST_REASON) + _evidence_faults(asked.evidence)
    return found if asked.party is None else found + unless_printable("party", asked.party, LONGEST_EVIDENCE)


def _evidence_faults(evidence: tuple[str, ...]) -> list[Fault]:
    found = [fault for one in evidence for fault in unless_printable("evidence", one, LONGEST_EVIDENCE)]
    if len(evidence) > MOST_EVIDENCE:
        found.append(Fault("limit", ("evidence",), "too many of them", str(len(evidence)), f"at most {MOST_EVIDENCE}"))
    return found


def _last_faults(exclusion: Exclusion, causes: tuple[str, ...]) -> tuple[Fault, ...]:
    """What the last step breaks. Only an approval asks for cause, party and evidence anew: taking one back is always open."""
    history = exclusion.history or ()
    own = ("history", len(history) - 1)
    approving = history[-1].step is Step.APPROVED
    return tuple(
        fault for fault in faults(exclusion, causes) if fault.member[:2] == own or (approving and fault.member[0] != "history")
    )


def _without_history(exclusion: Exclusion, asked: Proposal) -> dict[str, Any]:
    written = writing.exclusion(replace(exclusion, history=None))
    return {**written, "from": instant_text(asked.start), "to": instant_text(asked.end)}


def _filed(connection: Connection, key: str) -> Filed:
    found = exclusions.find(connection, key)
    assert found is not None
    return found
