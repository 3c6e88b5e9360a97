"""A deed asked for over a network: done once however often it is sent, and only on what its sender has seen."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy.engine import Connection

from monitor.desk import people
from monitor.desk.deed import Installation, Reply
from monitor.desk.deeds import Request, act
from monitor.desk.exclusion_deeds import exclusion_document
from monitor.desk.incident_deeds import incident_document
from monitor.desk.maintenance_deeds import plan_document
from monitor.store import answers, exclusions, incidents, maintenance
from monitor.store.answers import Answered
from sla.exclusion import Fault
from sla.span import Instant

Thing = Callable[[Connection, str], dict[str, Any] | None]
"""Finds a thing by its id, as the document that readers get."""


def _exclusion(connection: Connection, key: str) -> dict[str, Any] | None:
    found = exclusions.find(connection, key)
    return None if found is None else exclusion_document(found)


def _incident(connection: Connection, key: str) -> dict[str, Any] | None:
    found = incidents.find(connection, key)
    return None if found is None else incident_document(found)


def _maintenance(connection: Connection, key: str) -> dict[str, Any] | None:
    found = maintenance.find(connection, key)
    return None if found is None else plan_document(found)


THINGS: Mapping[str, Thing] = {"exclusion": _exclusion, "incident": _incident, "maintenance": _maintenance}
"""What deeds change, by the noun that their names begin with."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A deed by a token's holder, under the ``key`` of their choice; ``seen``: the tag of what it changes, if they gave it."""

    request: Request
    key: str
    seen: str | None = None


def tag_of(document: Mapping[str, Any]) -> str:
    """The strong tag of a document as it is sent."""
    return f'"{sha256(json.dumps(dict(document), ensure_ascii=False).encode()).hexdigest()}"'


def act_once(connection: Connection, posted: Posted, now: Instant, ground: Installation) -> Reply:
    """Do it in the caller's transaction, or say again what came of it. A refused deed did nothing: it is judged anew."""
    asked = posted.request
    person = people.by_token(connection, asked.secret or "", now)
    if isinstance(person, Fault):
        return Reply((person,))
    digest = sha256(json.dumps([asked.deed, asked.body], sort_keys=True).encode()).digest()
    known = answers.find(connection, person.name, posted.key, now)
    if known is not None and known.asked != digest:
        message = "this key was used for something else within a day"
        return Reply((Fault("idempotency-key", ("Idempotency-Key",), message, posted.key, "a new key for a new request"),))
    if known is not None:
        return Reply(body=known.reply)
    if posted.seen is not None and (fault := _unless_seen(connection, asked, posted.seen)):
        return Reply((fault,))
    reply = act(connection, asked, now, ground)
    if not reply.faults:
        answers.keep(connection, person.name, posted.key, Answered(digest, reply.document), now)
    return reply


def _unless_seen(connection: Connection, asked: Request, seen: str) -> Fault | None:
    """The fault of who changes what they have not seen as it is now."""
    find, key = THINGS.get(asked.deed.partition(".")[0]), asked.body.get("id") if isinstance(asked.body, dict) else None
    if find is None or not isinstance(key, str):
        return Fault("if-match", ("If-Match",), "this changes nothing that has a tag", seen, "no If-Match")
    found = find(connection, key)
    if found is None or tag_of(found) == seen or seen == "*":
        return None  # what is not there the deed itself refuses, by name
    return Fault("if-match", ("If-Match",), "it has been changed since", seen, tag_of(found))
