"""What may be asked of incidents, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.desk import incidents
from monitor.desk.deed import TEXTS, Deed, Reply, Sitting
from monitor.desk.incidents import Judged, Words
from monitor.desk.measured import said
from monitor.desk.refusal import Refused
from sla.case_values import INSTANT
from sla.forms import FULL_TEXT, TEXT, Flag, Member, Members, OrNull, Values, Word
from sla.incident import Impact, Incident, Status, Update
from sla.texts import instant_text

STATUS = OrNull(Word({status.value: status for status in Status}))
_SAID = (
    Member("impact", OrNull(Word({impact.word: impact for impact in Impact})), "how much is concerned", None, "as measured"),
    Member("public", Flag(), "whether these words may stand on the public page", False, "false"),
    Member("next_update_at", OrNull(INSTANT), "when more will be said, within 24 h", None, "not promised"),
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


def _open(at: Sitting, values: Values) -> Reply:
    judged = incidents.judge_opening(at.connection, at.person, _words(values), at.now)
    return _told(incidents.keep(at.connection, at.person, judged, "incident.opened", "incident", at.now))


def _show_opening(at: Sitting, values: Values) -> Reply:
    return _shown("incident.open", incidents.judge_opening(at.connection, at.person, _words(values), at.now))


def _update(at: Sitting, values: Values) -> Reply:
    judged = incidents.judge_update(at.connection, at.person, values["id"], _words(values), at.now)
    return _told(incidents.keep(at.connection, at.person, judged, "incident.updated", values["id"], at.now))


def _show_update(at: Sitting, values: Values) -> Reply:
    return _shown("incident.update", incidents.judge_update(at.connection, at.person, values["id"], _words(values), at.now))


def _words(values: Values) -> Words:
    components = tuple(values["components"])
    said = values["status"], values["body"], values["title"], values["impact"], components, values["public"]
    return Words(*said, values["next_update_at"])


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
