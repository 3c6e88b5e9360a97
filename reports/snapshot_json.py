"""The same snapshot for machines: exact states, instants in UTC, durations in ms, shares as numerator and denominator."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

from reports import figures, moments
from reports.events import Exclusion, Incident, Maintenance
from reports.snapshot import DayBar, Entry, Group, Interruption, PageFigures, PageSnapshot, Window
from reports.standing import banner
from sla.span import Instant


def document(snapshot: PageSnapshot) -> bytes:
    """The page's own document ``/api/v1/snapshot``, UTF-8 JSON. Equal snapshots give equal bytes."""
    page = {
        "id": snapshot.id,
        "url": snapshot.url,
        "provider": snapshot.provider,
        "customer": snapshot.customer,
        "zone": snapshot.zone,
        "as_of": moments.machine(snapshot.as_of),
        "published_at": moments.machine(snapshot.published_at),
        "evidence_at": _instant(snapshot.evidence_at),
        "simulated": snapshot.simulated,
        "stale": snapshot.stale,
        "status": banner(snapshot).value,
        "groups": [_group(group) for group in snapshot.groups],
        "interruptions": [_interruption(one) for one in snapshot.interruptions],
        "incidents": [_incident(one) for one in snapshot.incidents],
        "maintenances": [_maintenance(one) for one in snapshot.maintenances],
        "exclusions": [_exclusion(one) for one in snapshot.exclusions],
    }
    return json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _group(group: Group) -> dict[str, Any]:
    return {
        "key": group.key,
        "name": group.name,
        "state": None if group.state is None else group.state.word,
        "trailing": _window(group.verdict.trailing) if group.verdict else None,
        "worst": _window(group.verdict.worst) if group.verdict and group.verdict.worst else None,
        "entries": [_entry(entry) for entry in group.entries],
        "duties": [{"line": one.line, "managed_by": one.party.value, "names": list(one.names)} for one in group.duties],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "key": entry.key,
        "name": entry.name,
        "kind": entry.kind,
        "state": entry.state.word,
        "partial": entry.partial,
        "began_at": _instant(entry.began_at),
        "since": _instant(entry.since),
        "managed_by": entry.managed_by.value if entry.managed_by else None,
        "last_seen_down": _instant(entry.last_seen_down),
        "cause": entry.cause,
        "expires_at": _instant(entry.expires_at),
        "figures": _figures(entry.figures) if entry.figures else None,
        "days": [_day(bar) for bar in entry.days],
    }


def _day(bar: DayBar) -> dict[str, Any]:
    return {
        "date": bar.date.isoformat(),
        "down_ms": bar.down_ms,
        "degraded_ms": bar.degraded_ms,
        "unknown_ms": bar.unknown_ms,
        "observed_ms": bar.observed_ms,
        "excluded_ms": bar.excluded_ms,
        "excluded": list(bar.excluded),
    }


def _window(window: Window) -> dict[str, Any]:
    return {"first": window.first.isoformat(), "last": window.last.isoformat(), "figures": _figures(window.figures)}


def _figures(of: PageFigures) -> dict[str, Any]:
    return {
        "period_ms": of.period_ms,
        "downtime_ms": _exact(of.downtime_ms),
        "worst_downtime_ms": _exact(of.worst_ms),
        "best_downtime_ms": _exact(of.best_ms),
        "excluded_ms": _exact(of.excluded_ms),
        "observed_downtime_ms": _exact(of.downtime_ms + of.excluded_ms),
        "unknown_ms": of.unknown_ms,
        "availability": _ratio(of.availability),
        "observed_availability": _ratio(of.observed),
        "coverage": _ratio(of.coverage),
        "goal": _ratio(of.goal),
        "budget_ms": _exact(of.budget_ms),
        "verdict": of.verdict.value if of.verdict else None,
    }


def _interruption(one: Interruption) -> dict[str, Any]:
    return {
        "start": moments.machine(one.start),
        "end": _instant(one.end),
        "components": list(one.components),
        "cause": one.cause,
        "incident": one.incident,
    }


def _incident(one: Incident) -> dict[str, Any]:
    """Its updates newest first; ``title`` and ``body`` are null where nobody wrote them."""
    return {
        "id": one.id,
        "title": one.title,
        "status": one.status.value,
        "impact": one.impact.word,
        "began_at": moments.machine(one.began_at),
        "created_at": moments.machine(one.created_at),
        "updated_at": moments.machine(one.updated_at),
        "entries": list(one.entries),
        "updates": [
            {
                "id": update.id,
                "at": moments.machine(update.at),
                "status": update.status.value,
                "body": update.body or None,
                "entries": list(update.entries),
            }
            for update in one.updates
        ],
    }


def _maintenance(one: Maintenance) -> dict[str, Any]:
    """Its announcements newest first."""
    return {
        "id": one.id,
        "entries": list(one.entries),
        "announcements": [
            {
                "id": told.id,
                "at": moments.machine(told.at),
                "status": told.status.value,
                "start": moments.machine(told.span.start),
                "end": moments.machine(told.span.end),
                "impact": told.impact.word,
            }
            for told in one.announcements
        ],
    }


def _exclusion(one: Exclusion) -> dict[str, Any]:
    return {
        "id": one.id,
        "group": one.group,
        "names": list(one.names),
        "start": moments.machine(one.span.start),
        "end": moments.machine(one.span.end),
        "cause": one.cause,
        "party": one.party,
        "state": one.state,
        "decided_at": moments.machine(one.decided_at),
    }


def _ratio(share: Fraction | None) -> dict[str, Any] | None:
    if share is None:
        return None
    return {"numerator": share.numerator, "denominator": share.denominator, "percent": figures.percent_digits(share)}


def _exact(ms: int | Fraction | None) -> int | dict[str, int] | None:
    """A whole number as itself; a weighted duration that is none as its exact fraction, never as a float."""
    if ms is None or Fraction(ms).denominator == 1:
        return None if ms is None else int(ms)
    return {"numerator": Fraction(ms).numerator, "denominator": Fraction(ms).denominator}


def _instant(at: Instant | None) -> str | None:
    return None if at is None else moments.machine(at)
