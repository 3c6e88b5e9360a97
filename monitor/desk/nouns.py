"""What tools may read of the desk's records, noun by noun, as JSON: newest first, exact, nothing rounded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.config.configuration import Configuration, Site
from monitor.desk.exclusion_deeds import exclusion_document
from monitor.desk.incident_deeds import incident_document
from monitor.desk.maintenance_deeds import plan_document
from monitor.desk.statement import Asked, statement
from monitor.store import announcements, catalogue, changes, exclusions, incidents, letters, maintenance, tables
from sla import writing
from sla.calendar import date_of
from sla.span import Instant, Span
from sla.texts import instant_text

Json = dict[str, Any]
LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: of which configuration, at what instant, with the values of the noun's parameters."""

    configuration: Configuration
    now: Instant
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def site(self) -> Site | None:
        """The configured site that is asked of."""
        return next((site for site in self.configuration.sites if site.key == self.values["site"]), None)


Rows = Sequence[Json]
"""All items, newest first, each with its ``id``."""


def sites(connection: Connection, asked: Question) -> Rows:
    """The configured sites."""
    return [_site(site) for site in asked.configuration.sites]


def site(connection: Connection, asked: Question) -> Json | None:
    """One site."""
    found = asked.site
    return None if found is None else {**_site(found), "agreement": writing.agreement(found.promised_at(asked.now).agreement)}


def _site(one: Site) -> Json:
    return {
        "id": one.key,
        "name": one.name,
        "customer": {"id": one.customer.key, "name": one.customer.name},
        "ring": one.ring,
        "components": [component.key for component in one.components],
    }


def components(connection: Connection, asked: Question) -> Rows | None:
    """The parts of a site and who answers for them."""
    found = asked.site
    if found is None:
        return None
    return [
        {
            "id": one.key,
            "name": one.name,
            "kind": one.kind,
            "managed_by": one.managed_by.value,
            "depends_on": list(one.depends_on),
            "shared": one.shared,
            "checks": [check.key for check in found.checks if check.component == one.key],
        }
        for one in found.components
    ]


def timeline(connection: Connection, asked: Question) -> Rows | None:
    """The confirmed changes of every check of a site from ``from`` to ``to``."""
    found = asked.site
    if found is None:
        return None
    span = Span(asked.values["from"], asked.values["to"])
    return sorted(_changes(connection, found, span), key=lambda one: (one["at"], one["id"]), reverse=True)


def _changes(connection: Connection, found: Site, span: Span) -> Iterator[Json]:
    numbers = catalogue.read(connection)
    names = {
        (numbers.checks[found.key, check.key], numbers.locations[location]): (check, location)
        for check in found.checks
        if (found.key, check.key) in numbers.checks
        for location in check.locations
    }
    for stream, line in changes.timelines(connection, list(names), span.start).items():
        check, location = names[stream]
        for change in (change for change in line.changes if change.at in span):
            yield {
                "id": f"{check.key}@{location}/{change.at}",
                "at": instant_text(change.at),
                "component": check.component,
                "check": check.key,
                "location": location,
                "state": change.state.word,
                "cause": None if change.cause is None else change.cause.word,
            }


def figures(connection: Connection, asked: Question) -> Json | None:
    """The figures of a site over a month, or over the last so many complete dates, as the public result."""
    found = asked.site
    if found is None or found.key not in catalogue.read(connection).sites:
        return None
    told = statement(connection, found.key, _dates(found, asked), asked.now)
    return {"site": found.key, **told.answered.result}


def _dates(found: Site, asked: Question) -> Asked:
    if (wanted := asked.values.get("month")) is not None:
        return Asked(wanted[0], wanted[1], month=True)
    last: date = date_of(found.promised_at(asked.now).agreement.zone, asked.now) - timedelta(days=1)
    return Asked(last - timedelta(days=asked.values["days"] - 1), last, month=False)


def every_incident(connection: Connection, asked: Question) -> Rows:
    """What was told of troubles, each with its updates."""
    return [incident_document(one) for one in reversed(_of_site(asked, incidents.every(connection), lambda one: one.sites))]


def incident(connection: Connection, asked: Question) -> Json | None:
    """One incident."""
    found = incidents.find(connection, asked.values["id"])
    return None if found is None else incident_document(found)


def every_exclusion(connection: Connection, asked: Question) -> Rows:
    """What is left out, or is wanted to be, with every decision."""
    found = _of_site(asked, exclusions.every(connection), lambda one: (one.site,))
    return [exclusion_document(one) for one in reversed(found)]


def exclusion(connection: Connection, asked: Question) -> Json | None:
    """One exclusion."""
    found = exclusions.find(connection, asked.values["id"])
    return None if found is None else exclusion_document(found)


def maintenances(connection: Connection, asked: Question) -> Rows:
    """Announced maintenance, site by site, with everything that was announced."""
    numbers = catalogue.read(connection).sites
    wanted = [asked.values["site"]] if asked.values.get("site") is not None else sorted(numbers)
    found = [
        {
            "id": f"{site_key}/{plan.id}",
            "site": site_key,
            "maintenance": writing.maintenance(plan),
            "at": plan.announcements[0].at,
        }
        for site_key in wanted
        if site_key in numbers
        for plan in announcements.of_site(connection, numbers[site_key])
    ]
    found.sort(key=lambda one: (one["at"], one["id"]), reverse=True)
    return [{name: value for name, value in one.items() if name != "at"} for one in found]


def maintenance_steps(connection: Connection, asked: Question) -> Json | None:
    """One maintenance with all its steps, by its own id."""
    found = maintenance.find(connection, asked.values["id"])
    return None if found is None else plan_document(found)


def contacts(connection: Connection, asked: Question) -> Rows:
    """Whom mails of each site go to, as configured."""
    wanted = asked.values["site"]
    return [
        {
            "id": f"{site.key}/{one.email}",
            "site": site.key,
            "name": one.name,
            "email": one.email,
            "kinds": list(one.kinds),
            "language": one.language,
        }
        for site in asked.configuration.sites
        if wanted is None or site.key == wanted
        for one in site.contacts
    ]


def notices(connection: Connection, asked: Question) -> Rows:
    """The newest letters of the outbox and what became of each; their texts stay where they are."""
    return [_letter(one) for one in reversed(letters.listed(connection, tuple(letters.State), MOST_LETTERS))]


def _letter(one: letters.Kept) -> Json:
    key = one.letter.key
    return {
        "id": str(one.no),
        "queued_at": instant_text(one.queued_at),
        "event": key.event,
        "contact": key.contact,
        "kind": key.kind,
        "sequence": key.sequence,
        "subject": one.letter.subject,
        "state": one.state.value,
        "tries": one.tries,
        "settled_at": None if one.settled_at is None else instant_text(one.settled_at),
        "reply": one.reply,
    }


def audit(connection: Connection, asked: Question) -> Rows:
    """Who did what, when and by what right; the newest rows of the chain."""
    rows = connection.execute(sa.select(tables.audit).order_by(tables.audit.c.seq.desc()).limit(MOST_AUDIT))
    return [
        {
            "id": str(row.seq),
            "at": instant_text(row.at),
            "actor": row.actor,
            "auth_method": row.auth_method,
            "action": row.action,
            "object": row.object,
            "body": row.body,
            "hash": row.hash.hex(),
        }
        for row in rows
    ]


MOST_LETTERS = 10_000
"""Letters that a tool may page through."""
MOST_AUDIT = 10_000
"""Rows of the audit that a tool may page through; all of them are in the store and in exports."""


def _of_site(asked: Question, found: Iterable[Any], sites_of: Callable[[Any], Iterable[str]]) -> list[Any]:
    wanted = asked.values.get("site")
    return [one for one in found if wanted is None or wanted in sites_of(one)]
