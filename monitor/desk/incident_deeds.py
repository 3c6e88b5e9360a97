"""What may be asked of incidents, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import Connection

from monitor.desk import incidents
from monitor.desk.deed import TEXTS, Deed, Reply
from monitor.desk.incidents import Judged, Words
from monitor.desk.measured import said
from monitor.desk.people import Person
from monitor.desk.refusal import Refused
from sla.forms import FULL_TEXT, TEXT, Flag, Member, Members, OrNull, Values, Word
from sla.incident import Impact, Incident, Status, Update
from sla.span import Instant
from sla.texts import instant_text

STATUS = OrNull(Word({status.value: status for status in Status}))
_SAID = (
    Member("impact", OrNull(Word({impact.word: impact for impact in Impact})), "how much is concerned", None, "as measured"),
    Member("public", Flag(), "whether these words may stand on the public page", False, "false"),
)
OPENING = Members(
    "incident",
    (
        Member("title", FULL_TEXT, "what it is called"),
        Member("components", TEXTS, "what is concerned, as site/component"),
        Member("body", FULL_TEXT, "what is known, for people"),
        Member("status", STATUS, "how far it has come", None, "investigating"),
        *_SAID,
    ),
)
FURTHER = Members(
    "incident-update",
    (
        Member("id", FULL_TEXT, "the incident's id"),
        Member("body", FULL_TEXT, "what is new, for people"),
        Member("status", STATUS, "how far it has come", None, "as before"),
        Member("title", OrNull(TEXT), "what it is called from now on", None, "as before"),
        Member("components", TEXTS, "what is concerned besides, as site/component", (), "[]"),
        *_SAID,
    ),
)


def _open(connection: Connection, person: Person, values: Values, now: Instant) -> Reply:
    judged = incidents.judge_opening(connection, person, _words(values), now)
    return _told(incidents.keep(connection, person, judged, "incident.opened", "incident", now))


def _show_opening(connection: Connection, person: Person, values: Values, now: Instant) -> Reply:
    return _shown("incident.open", incidents.judge_opening(connection, person, _words(values), now))


def _update(connection: Connection, person: Person, values: Values, now: Instant) -> Reply:
    judged = incidents.judge_update(connection, person, values["id"], _words(values), now)
    return _told(incidents.keep(connection, person, judged, "incident.updated", values["id"], now))


def _show_update(connection: Connection, person: Person, values: Values, now: Instant) -> Reply:
    return _shown("incident.update", incidents.judge_update(connection, person, values["id"], _words(values), now))


def _words(values: Values) -> Words:
    components = tuple(values["components"])
    return Words(values["status"], values["body"], values["title"], values["impact"], components, values["public"])


def _told(outcome: Incident | Refused) -> Reply:
    if isinstance(outcome, Refused):
        return Reply(outcome.faults)
    return Reply(body={"incident": incident_document(outcome)}, sites=outcome.sites)


def _shown(deed: str, judged: Judged) -> Reply:
    if judged.faults:
        return Reply(judged.faults)
    return Reply(body={"would": deed, "update": update_document(judged.update)})


def incident_document(one: Incident) -> dict[str, Any]:
    """An incident with all that was said of it, oldest first."""
    return {
        "id": one.id,
        "root": one.root,
        "began_at": instant_text(one.began_at),
        "status": one.last.status.value,
        "updates": [update_document(update) for update in one.updates],
    }


def update_document(update: Update) -> dict[str, Any]:
    """One update."""
    return {"at": instant_text(update.at), "by": update.by, **said(update)}


DEEDS: Mapping[str, Deed] = {
    "incident.open": Deed(OPENING, _open, _show_opening),
    "incident.update": Deed(FURTHER, _update, _show_update),
}
