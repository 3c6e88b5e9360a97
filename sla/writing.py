"""Values as members of a case in the format ``threenines-case/1``: what ``sla.reading`` reads back as the same values."""

from __future__ import annotations

from typing import Any

from sla.agreement import Agreement, ServiceHours
from sla.composition import All, AtLeast, Degrading, DownWhen, Leaf, Node
from sla.exclusion import Decision, Exclusion
from sla.maintenance import Announcement, Maintenance
from sla.span import Instant, Span
from sla.texts import decimal_text, instant_text
from sla.timeline import Change, Doubt

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def agreement(value: Agreement) -> dict[str, Any]:
    """The agreement with every member written out, so that a later preset changes nothing of it."""
    return {
        "preset": value.preset,
        "version": value.version,
        "zone": value.zone,
        "goal": decimal_text(value.goal * 100) + "%",
        "judged_by": value.judged_by,
        "days": value.days,
        "rolling_hours": value.rolling_hours,
        "excluded_causes": sorted(value.excluded_causes),
        "exclusion_effect": value.exclusion_effect,
        "maintenance": value.maintenance,
        "maintenance_notice_seconds": value.maintenance_notice_seconds,
        "unknown": value.unknown,
        "down_then_unknown": value.down_then_unknown,
        "degraded_impact": decimal_text(value.degraded_impact),
        **({"service_hours": [_hours(hours) for hours in value.service_hours]} if value.service_hours else {}),
        **_if_said("effective_from", value.effective_from),
        **_if_said("effective_to", value.effective_to),
    }


def _hours(hours: ServiceHours) -> dict[str, Any]:
    return {"days": [_DAYS[day] for day in sorted(hours.days)], "from": _wall(hours.since), "to": _wall(hours.until)}


def _wall(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _if_said(name: str, at: Instant | None) -> dict[str, Any]:
    return {} if at is None else {name: instant_text(at)}


def tree(node: Node) -> str | dict[str, Any]:
    """A composition."""
    match node:
        case Leaf(name):
            return name
        case All(of):
            return {"all": [tree(child) for child in of]}
        case AtLeast(k, of):
            return {"at_least": k, "of": [tree(child) for child in of]}
        case DownWhen(q, of):
            return {"down_when": q, "of": [tree(child) for child in of]}
        case Degrading(inner):
            return {"degrading": tree(inner)}


def change(fact: Change, recorded_at: Instant) -> dict[str, Any]:
    """A change and when it was recorded."""
    cause = {} if fact.cause is None else {"cause": fact.cause.word}
    return {"at": instant_text(fact.at), "state": fact.state.word, **cause, "recorded_at": instant_text(recorded_at)}


def doubt(fact: Doubt, recorded_at: Instant) -> dict[str, Any]:
    """A doubt and when it was recorded; one that takes another back says nothing of its first millisecond, and nothing more."""
    taken_back = fact.worst is fact.best
    over = Span(fact.start, fact.start + 1 if taken_back else fact.end)
    levels = {"worst": fact.worst.worst.word, "best": (fact.worst.worst if taken_back else fact.best).word}
    return {**span(over), **levels, "recorded_at": instant_text(recorded_at)}


def span(value: Span) -> dict[str, Any]:
    """``from`` and ``to``."""
    return {"from": instant_text(value.start), "to": instant_text(value.end)}


def exclusion(value: Exclusion) -> dict[str, Any]:
    """An exclusion with its history; without one it is an assumption."""
    return {
        "id": value.id,
        **span(value.span),
        "components": list(value.components),
        "cause": value.cause,
        **({} if value.party is None else {"party": value.party}),
        "reason": value.reason,
        "evidence": list(value.evidence),
        **({} if value.history is None else {"history": [_decision(step) for step in value.history]}),
    }


def _decision(decision: Decision) -> dict[str, Any]:
    return {"at": instant_text(decision.at), "status": decision.step.value, "by": decision.by}


def maintenance(value: Maintenance) -> dict[str, Any]:
    """A maintenance with all that was announced of it."""
    announcements = [_announcement(one) for one in value.announcements]
    return {"id": value.id, "components": list(value.components), "announcements": announcements}


def _announcement(one: Announcement) -> dict[str, Any]:
    said = {"at": instant_text(one.at), **span(one.span), "status": one.status.value, "impact": one.impact.word}
    return said if one.agreed_by is None else {**said, "agreed_by": one.agreed_by}
