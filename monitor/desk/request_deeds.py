"""What operators may do with requests, as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from monitor.desk import maintenance, requests
from monitor.desk.deed import Deed, Reply, Sitting
from monitor.desk.maintenance import Judged, Wanted
from monitor.desk.maintenance_deeds import HIT, IMPACT, impacts_of, unless_empty
from monitor.desk.people import lacking
from monitor.desk.refusal import Refused, no_such
from monitor.store import requests as kept
from monitor.store.maintenance import Plan
from monitor.store.requests import Asked
from reports.request import kind_name
from sla.case_values import INSTANT, UNTIL
from sla.exclusion import Fault
from sla.forms import FULL_TEXT, TEXT, Items, Member, Members, OrNull, Values
from sla.span import Span
from sla.texts import instant_text

_ID = Member("id", FULL_TEXT, "the request's id")
_REMARK = Member("remark", TEXT, "for operators", "", "none")
ACCEPT = Members(
    "acceptance",
    (
        _ID,
        Member("answer", TEXT, "what the customer reads", "", "only that it is accepted"),
        _REMARK,
        Member("from", OrNull(INSTANT), "when the maintenance for it begins", None, "it needs none"),
        Member("to", OrNull(UNTIL), "when that ends; not part of it", None, "it needs none"),
        Member("title", OrNull(FULL_TEXT), "what the maintenance is called", None, "what was asked for"),
        Member("impact", OrNull(IMPACT), "the level of impact on the whole site", None, "that of the worst component"),
        Member("impacts", Items(HIT), "components with their impact", (), "the whole site"),
        Member("about", TEXT, "more about the maintenance, for the customer", "", "none"),
        Member("action", TEXT, "what the customer must do", "", "nothing"),
    ),
)
DECLINE = Members("refusal", (_ID, Member("answer", TEXT, "why not, for the customer"), _REMARK))


def request_document(one: Asked) -> dict[str, Any]:
    """A request as JSON, with all its steps."""
    return {
        "id": one.id,
        "site": one.site,
        "kind": one.kind.value,
        "components": list(one.components),
        "contact": one.contact,
        "words": one.words,
        "wanted_from": None if one.wanted_from is None else instant_text(one.wanted_from),
        "at": instant_text(one.at),
        "status": one.last.status.value,
        "by": one.last.person,
        "maintenance": one.last.maintenance,
        "steps": [_step_document(step) for step in one.steps],
    }


def _step_document(step: kept.Step) -> dict[str, Any]:
    return {
        "at": instant_text(step.at),
        "status": step.status.value,
        "by": step.person,
        "note": step.note,
        "answer": step.answer,
        "found": [
            {
                "component": one.component,
                "state": one.state.word,
                "cause": one.cause.word if one.cause else None,
                "took_ms": one.took_ms,
            }
            for one in step.found
        ],
        "maintenance": step.maintenance,
    }


def _planning(at: Sitting, values: Values) -> Callable[[Asked], Judged] | None:
    """How the maintenance that is wanted is judged; None: none is wanted."""
    start, end = values["from"], values["to"]
    if start is None and end is None:
        return None

    def judged(asked: Asked) -> Judged:
        impact, impacts = impacts_of(values)
        if start is None or end is None:
            missing = "from" if start is None else "to"
            fault = Fault("missing", (missing,), "a maintenance has a beginning and an end", "nothing", "both, or neither")
            return Judged(Plan("", asked.site, ()), (fault,))
        if end <= start or impact is None:
            return Judged(Plan("", asked.site, ()), tuple(unless_empty(start, end, impact)))
        title = values["title"] or kind_name(asked.kind)
        wanted = Wanted(asked.site, Span(start, end), impact, impacts, title, values["about"], values["action"])
        return maintenance.judge_agreed(at, wanted, f"{asked.contact} ({asked.id})")

    return judged


def _accept(at: Sitting, values: Values) -> Reply:
    return _reply(requests.accept(at, values["id"], values["answer"], values["remark"], _planning(at, values)))


def _decline(at: Sitting, values: Values) -> Reply:
    return _reply(requests.decline(at, values["id"], values["answer"], values["remark"]))


def _reply(done: Asked | Refused) -> Reply:
    return (
        Reply(done.faults) if isinstance(done, Refused) else Reply(body={"request": request_document(done)}, sites=(done.site,))
    )


def _show(name: str, scope: str) -> Callable[[Sitting, Values], Reply]:
    def show(at: Sitting, values: Values) -> Reply:
        asked = kept.find(at.connection, values["id"])
        found = [*lacking(at.person, scope)]
        if asked is None:
            found.append(no_such("request", "id", values["id"], [one.id for one in kept.every(at.connection)]))
        return Reply(tuple(found), {"would": name})

    return show


DEEDS: Mapping[str, Deed] = {
    "request.accept": Deed(ACCEPT, _accept, _show("request.accept", "operate")),
    "request.decline": Deed(DECLINE, _decline, _show("request.decline", "operate")),
}
"""What an operator may make of a request."""
