"""The public status documents, version 2, that customers' tools already read: exactly their keys, in their order.

Strict readers index the words without a default and parse instants with fraction and zone, so there is no other word and no
other form, ever; what we do not know is never operational. Instants are those of the evidence, not of the writing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports import moments, said
from reports.catalogue import ENGLISH, Catalogue
from reports.events import Announcement, Incident, Maintenance, Update
from reports.plain import plain, readable
from reports.snapshot import Entry, Group, PageSnapshot
from reports.standing import Shown, services, shown, worst
from sla import incident, maintenance
from sla.maintenance import Status
from sla.span import Instant
from sla.state import State

NEWEST = 50
"""Incidents and maintenances that a list holds: those who want more read the history."""
_MAINTENANCE = {
    Status.TENTATIVE: "scheduled",
    Status.CONFIRMED: "scheduled",
    Status.IN_PROCESS: "in_progress",
    Status.COMPLETED: "completed",
    Status.CANCELLED: "completed",
}
_BY_IMPACT = {
    incident.Impact.NONE: Shown.OPERATIONAL,
    incident.Impact.MINOR: Shown.DEGRADED,
    incident.Impact.MAJOR: Shown.MAJOR_OUTAGE,
    incident.Impact.CRITICAL: Shown.MAJOR_OUTAGE,
}
_WELL = frozenset({incident.Status.MONITORING, *incident.OVER})
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Listed:
    """The components of a page in their order, and each by its id."""

    page: PageSnapshot
    catalogue: Catalogue
    components: tuple[Json, ...]
    names: Mapping[str, str]

    def of(self, keys: Iterable[str]) -> list[Json]:
        """The full objects of some entries."""
        wanted = frozenset(keys)
        return [component for component in self.components if component["id"] in wanted]


def documents(page: PageSnapshot, catalogue: Catalogue = ENGLISH) -> dict[str, bytes]:
    """All documents by their path below ``api/v2/``."""
    return {path: document(path, page, catalogue) for path in PATHS}


def document(path: str, page: PageSnapshot, catalogue: Catalogue = ENGLISH) -> bytes:
    """One of the documents of ``PATHS``, as UTF-8 JSON. Equal snapshots give equal bytes."""
    told = {"page": _page(page), **PATHS[path](_listed(page, catalogue))}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _summary(of: _Listed) -> Json:
    coming = sorted((one for one in of.page.maintenances if one.pending or one.in_process), key=_by_start)
    return {
        "components": list(of.components),
        "incidents": [_incident(one, of) for one in of.page.incidents if one.open],
        "scheduled_maintenances": [_scheduled(one, of) for one in coming],
        **_status(of),
    }


def _status(of: _Listed) -> Json:
    indicator, description = overall(of.page)
    return {"status": {"indicator": indicator, "description": description}}


def _maintenances(of: _Listed, which: Callable[[Maintenance], bool]) -> Json:
    found = sorted((one for one in of.page.maintenances if which(one)), key=_by_start)
    return {"scheduled_maintenances": [_scheduled(one, of) for one in found]}


def _by_start(one: Maintenance) -> tuple[Instant, str]:
    return (one.last.span.start, one.id)


PATHS: Mapping[str, Callable[[_Listed], Json]] = {
    "summary.json": _summary,
    "status.json": _status,
    "components.json": lambda of: {"components": list(of.components)},
    "incidents.json": lambda of: {"incidents": [_incident(one, of) for one in of.page.incidents[:NEWEST]]},
    "incidents/unresolved.json": lambda of: {"incidents": [_incident(one, of) for one in of.page.incidents if one.open]},
    "scheduled-maintenances.json": lambda of: {
        "scheduled_maintenances": [_scheduled(one, of) for one in of.page.maintenances[:NEWEST]]
    },
    "scheduled-maintenances/upcoming.json": lambda of: _maintenances(of, lambda one: one.pending),
    "scheduled-maintenances/active.json": lambda of: _maintenances(of, lambda one: one.in_process),
}


def overall(page: PageSnapshot) -> tuple[str, str]:
    """How the page stands as a whole: (indicator, description), the first line that fits."""
    entries = [shown(entry, page) for entry in page.entries]
    whole = services(page)
    if whole and all(one is Shown.MAJOR_OUTAGE for one in whole):
        return "critical", "Major System Outage"
    if Shown.MAJOR_OUTAGE in whole or Shown.PARTIAL_OUTAGE in whole:
        return "major", "Partial System Outage"
    if Shown.MAJOR_OUTAGE in entries:
        return "minor", "Minor Service Outage"
    if not whole or all(one is Shown.DEGRADED for one in whole):
        return "minor", "Degraded System Service"
    if Shown.DEGRADED in (*entries, *whole):
        return "minor", "Partially Degraded Service"
    if Shown.UNDER_MAINTENANCE in (*entries, *whole):
        return "maintenance", "Service Under Maintenance"
    return "none", "All Systems Operational"


def _page(page: PageSnapshot) -> Json:
    at = page.evidence_at if page.evidence_at is not None else _begun(page)
    name = plain(page.customer or page.provider)
    return {"id": page.id, "name": name, "url": page.url, "time_zone": page.zone, "updated_at": moments.machine(at)}


def _begun(page: PageSnapshot) -> Instant:
    return page.as_of if page.began_at is None else page.began_at


def _listed(page: PageSnapshot, catalogue: Catalogue) -> _Listed:
    """Groups directly before their children; entries of a group without a name stand by themselves."""
    found: list[Json] = []
    names: dict[str, str] = {}
    position = 0
    for group in page.groups:
        if not group.name:
            for entry in group.entries:
                position += 1
                found.append(_component(entry, page, catalogue, position, None))
                names[entry.key] = entry.name
            continue
        position += 1
        children = [_component(entry, page, catalogue, place, group.key) for place, entry in enumerate(group.entries, 1)]
        found += [_group(group, page, position, children), *children]
        names |= {entry.key: f"{group.name} - {entry.name}" for entry in group.entries}
    return _Listed(page, catalogue, tuple(found), names)


def _component(entry: Entry, page: PageSnapshot, catalogue: Catalogue, position: int, group: str | None) -> Json:
    began = _begun(page) if entry.began_at is None else entry.began_at
    return {
        "id": entry.key,
        "name": plain(entry.name),
        "status": shown(entry, page).value,
        "created_at": moments.machine(began),
        "updated_at": moments.machine(began if entry.since is None else entry.since),
        "position": position,
        "description": _description(entry, page, catalogue),
        "showcase": bool(entry.days),
        "start_date": moments.local_date(began, page.zone).isoformat(),
        "group_id": group,
        "page_id": page.id,
        "group": False,
        "only_show_if_degraded": False,
    }


def _description(entry: Entry, page: PageSnapshot, catalogue: Catalogue) -> str | None:
    """What the five words cannot say: when it expires, that nobody knows."""
    parts = [] if (ends := said.expiry(entry, page, catalogue)) is None else [f"{ends[:1].upper()}{ends[1:]}."]
    if entry.state is State.UNKNOWN:
        at = entry.since if entry.last_seen_down is None else entry.last_seen_down
        if at is None:
            parts.append(catalogue.say("v2.never_measured"))
        else:
            parts.append(catalogue.say("v2.not_measured", at=f"{moments.utc(at):%Y-%m-%d %H:%M}"))
    return " ".join(parts) or None


def _group(group: Group, page: PageSnapshot, position: int, children: Sequence[Json]) -> Json:
    began = min((child["created_at"] for child in children), default=moments.machine(_begun(page)))
    return {
        "id": group.key,
        "name": plain(group.name),
        "status": worst([Shown(child["status"]) for child in children]).value,
        "created_at": began,
        "updated_at": max((child["updated_at"] for child in children), default=began),
        "position": position,
        "description": None,
        "showcase": False,
        "start_date": None,
        "group_id": None,
        "page_id": page.id,
        "group": True,
        "only_show_if_degraded": False,
        "components": [child["id"] for child in children],
    }


def _incident(one: Incident, of: _Listed) -> Json:
    """An incident with its updates, newest first."""
    told: list[Json] = []
    before = Shown.OPERATIONAL
    for update in reversed(one.updates):
        now = Shown.OPERATIONAL if update.status in _WELL else _BY_IMPACT[one.impact]
        told.append(_update(update, one, of, before, now))
        before = now
    return {
        "id": one.id,
        "name": plain(said.incident_name(one, of.page, of.catalogue)),
        "status": one.status.value,
        "created_at": moments.machine(one.created_at),
        "updated_at": moments.machine(one.updated_at),
        "monitoring_at": _instant(one.first(incident.Status.MONITORING)),
        "resolved_at": _instant(one.first(incident.Status.RESOLVED)),
        "impact": one.impact.word,
        "shortlink": f"{of.page.url}/incidents/{one.id}.html",
        "started_at": moments.machine(one.began_at),
        "page_id": of.page.id,
        "incident_updates": told[::-1],
        "components": of.of(one.entries),
        "reminder_intervals": None,
    }


def _update(update: Update, one: Incident, of: _Listed, before: Shown, now: Shown) -> Json:
    affected = _affected(update.entries, of, before, now)
    return _said(update.id, update.status.value, said.update_body(update, of.catalogue), one.id, update.at, affected)


def _scheduled(one: Maintenance, of: _Listed) -> Json:
    """A maintenance with its announcements, newest first."""
    over = next((notice.at for notice in reversed(one.announcements) if _over(notice)), None)
    return {
        "id": one.id,
        "name": plain(said.maintenance_name(one, of.page, of.catalogue)),
        "status": _MAINTENANCE[one.last.status],
        "created_at": moments.machine(one.created_at),
        "updated_at": moments.machine(one.last.at),
        "monitoring_at": None,
        "resolved_at": _instant(over),
        "impact": "maintenance",
        "shortlink": f"{of.page.url}/maintenance/{one.id}.html",
        "started_at": moments.machine(one.created_at),
        "page_id": of.page.id,
        "incident_updates": [_notice(notice, one, of) for notice in one.announcements],
        "components": of.of(one.entries),
        "scheduled_for": moments.machine(one.last.span.start),
        "scheduled_until": moments.machine(one.last.span.end),
    }


def _over(notice: Announcement) -> bool:
    return notice.status in (maintenance.Status.COMPLETED, maintenance.Status.CANCELLED)


def _notice(notice: Announcement, one: Maintenance, of: _Listed) -> Json:
    going_on = notice.status is Status.IN_PROCESS
    now = Shown.UNDER_MAINTENANCE if going_on else Shown.OPERATIONAL
    affected = _affected(one.entries, of, Shown.OPERATIONAL, now)
    body = said.announcement_body(notice, of.page, of.catalogue)
    return _said(notice.id, _MAINTENANCE[notice.status], body, one.id, notice.at, affected)


def _said(key: str, status: str, body: str, owner: str, at: Instant, affected: list[Json]) -> Json:
    when = moments.machine(at)
    return {
        "id": key,
        "status": status,
        "body": readable(body),
        "incident_id": owner,
        "created_at": when,
        "updated_at": when,
        "display_at": when,
        "affected_components": affected or None,
        "deliver_notifications": False,
        "custom_tweet": None,
        "tweet_id": None,
    }


def _affected(keys: Iterable[str], of: _Listed, before: Shown, now: Shown) -> list[Json]:
    return [
        {"code": key, "name": plain(of.names[key]), "old_status": before.value, "new_status": now.value}
        for key in keys
        if key in of.names
    ]


def _instant(at: Instant | None) -> str | None:
    return None if at is None else moments.machine(at)
