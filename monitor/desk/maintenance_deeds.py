"""What may be asked of maintenance, as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from monitor.desk import maintenance, maintenance_letters
from monitor.desk.deed import Deed, Reply, Sitting
from monitor.desk.maintenance import Judged, Wanted
from monitor.desk.maintenance_keeping import keep
from monitor.desk.maintenance_letters import Draft, provider_of
from monitor.desk.refusal import Refused
from monitor.store.maintenance import Plan, Step
from reports.maintenance_notice import mail
from sla.case_values import INSTANT, UNTIL
from sla.exclusion import Fault
from sla.forms import FULL_TEXT, TEXT, Flag, Items, Member, Members, OrNull, Values, Word
from sla.maintenance import Impact
from sla.span import Span
from sla.texts import instant_text

IMPACT = Word({impact.word: impact for impact in Impact})
_ID = Member("id", FULL_TEXT, "the maintenance's id")
HIT = Members("impact", (Member("component", FULL_TEXT, "a component of the site"), Member("impact", IMPACT, "its impact")))
_EMERGENCY = Member("emergency", OrNull(TEXT), "why it can't wait for its notice, for the customer", None, "no emergency")
PLAN = Members(
    "maintenance",
    (
        Member("site", FULL_TEXT, "the site's id"),
        Member("from", INSTANT, "when it begins"),
        Member("to", UNTIL, "when it ends; not part of it"),
        Member("title", FULL_TEXT, "what it is, for the customer"),
        Member("impact", OrNull(IMPACT), "the level of impact on the whole site", None, "that of the worst component"),
        Member("impacts", Items(HIT), "components with their impact", (), "the whole site"),
        Member("about", TEXT, "more about it, for the customer", "", "none"),
        Member("action", TEXT, "what the customer must do", "", "nothing"),
        _EMERGENCY,
    ),
)
ANNOUNCE = Members("announcement", (_ID, Member("tentative", Flag(), "the time is not firm yet", False, "false")))
CHANGE = Members(
    "change",
    (
        _ID,
        Member("from", OrNull(INSTANT), "when it begins", None, "as before"),
        Member("to", OrNull(UNTIL), "when it ends", None, "as before"),
        Member("title", OrNull(FULL_TEXT), "what it is", None, "as before"),
        Member("impact", OrNull(IMPACT), "the level of impact on the whole site", None, "as before"),
        Member("impacts", OrNull(Items(HIT)), "components with their impact", None, "as before"),
        Member("about", OrNull(TEXT), "more about it", None, "as before"),
        Member("action", OrNull(TEXT), "what the customer must do", None, "as before"),
        _EMERGENCY,
        Member("agreed_by", OrNull(FULL_TEXT), "who of the customer agreed to short notice", None, "nobody"),
    ),
)
EXTEND = Members("extension", (_ID, Member("to", UNTIL, "when it ends now")))
OUTCOMES = Word({word: word for word in ("done", "rolled-back", "abandoned")})
COMPLETE = Members("completion", (_ID, Member("outcome", OUTCOMES, "how it ended", "done", "done")))
CANCEL = Members("cancellation", (_ID, Member("reason", TEXT, "why, for operators", "", "none")))
START = Members("start", (_ID,))

Judge = Callable[[Sitting, Values], Judged]


def _plan(at: Sitting, values: Values) -> Judged:
    start, end, (impact, impacts) = values["from"], values["to"], impacts_of(values)
    if end <= start or impact is None:
        return Judged(Plan("", values["site"], ()), tuple(unless_empty(start, end, impact)))
    words = values["title"], values["about"], values["action"], values["emergency"]
    return maintenance.judge_plan(at, Wanted(values["site"], Span(start, end), impact, impacts, *words))


def unless_empty(start: int, end: int, impact: Impact | None) -> list[Fault]:
    """The faults of a span that is empty, and of no impact; none if both are there."""
    found = []
    if end <= start:
        found.append(Fault("empty-span", ("to",), "it ends after it begins", instant_text(end), f"after {instant_text(start)}"))
    if impact is None:
        found.append(Fault("missing", ("impact",), "a level of impact is announced", "none", IMPACT.expected))
    return found


def impacts_of(values: Values) -> tuple[Impact | None, dict[str, Impact]]:
    """The impact of all together, and of each component; the worst of them is that of all."""
    impacts = {hit["component"]: hit["impact"] for hit in values["impacts"] or ()}
    return (max(impacts.values()) if impacts else values["impact"]), impacts


def _announce(at: Sitting, values: Values) -> Judged:
    return maintenance.judge_step(
        at, values["id"], "approve", lambda plan: maintenance.announced(at, plan, bool(values["tentative"]))
    )


def _change(at: Sitting, values: Values) -> Judged:
    def further(plan: Plan) -> Step:
        last = plan.last
        start = last.span.start if values["from"] is None else values["from"]
        end = last.span.end if values["to"] is None else values["to"]
        what: dict[str, Any] = {name: values[name] for name in ("title", "about", "action") if values[name] is not None}
        what |= {name: values[name] for name in ("emergency", "agreed_by") if values[name]}
        if values["impacts"] is not None or values["impact"] is not None:
            impact, impacts = impacts_of(values)
            what |= {"impact": impact or last.impact, "impacts": impacts}
        return maintenance.changed(at, plan, span=Span(start, max(end, start + 1)), **what)

    judged = maintenance.judge_step(at, values["id"], "approve", further)
    given = values["from"], values["to"]
    if judged.plan.steps and None not in given and given[1] <= given[0]:
        return replace(judged, faults=(*judged.faults, *unless_empty(*given, Impact.OUTAGE)))
    return judged


def _start(at: Sitting, values: Values) -> Judged:
    return maintenance.judge_step(at, values["id"], "operate", lambda plan: maintenance.started(at, plan))


def _extend(at: Sitting, values: Values) -> Judged:
    return maintenance.judge_step(at, values["id"], "operate", lambda plan: maintenance.extended(at, plan, values["to"]))


def _complete(at: Sitting, values: Values) -> Judged:
    return maintenance.judge_step(at, values["id"], "operate", lambda plan: maintenance.completed(at, plan, values["outcome"]))


def _cancel(at: Sitting, values: Values) -> Judged:
    return maintenance.judge_step(at, values["id"], "approve", lambda plan: maintenance.cancelled(at, plan, values["reason"]))


def _deed(name: str, form: Members, judge: Judge) -> Deed:
    """The deed that takes the step which ``judge`` judges."""

    def do(at: Sitting, values: Values) -> Reply:
        outcome = keep(at, judge(at, values))
        if isinstance(outcome, Refused):
            return Reply(outcome.faults)
        plan, queued = outcome
        letters = [{"to": key.contact, "kind": key.kind} for key in queued]
        return Reply(body={"maintenance": plan_document(plan), "letters": letters}, sites=(plan.site,))

    def show(at: Sitting, values: Values) -> Reply:
        judged = judge(at, values)
        if judged.faults:
            return Reply(judged.faults)
        told = [letter_document(at, draft) for draft in drafts_of(at, judged.plan)]
        return Reply(body={"would": name, "maintenance": plan_document(judged.plan), "letters": told})

    return Deed(form, do, show)


def drafts_of(at: Sitting, plan: Plan) -> tuple[Draft, ...]:
    """The letters that would tell the newest step of ``plan``; of a draft nobody is told."""
    if plan.last.status is None:
        return ()
    return tuple(maintenance_letters.drafts(at.connection, at.ground, plan, at.now))


def letter_document(at: Sitting, draft: Draft) -> dict[str, Any]:
    """A letter as its reader would see it, before anybody gets it."""
    mailing, told = at.ground.configuration.mailing, {"to": draft.reader.address, "kind": draft.key.kind}
    if mailing is None:
        return {**told, "subject": "", "text": "the configuration names no mail server, so nobody is told"}
    written = mail(draft.notice, draft.reader, provider_of(mailing), "preview@invalid", "preview@invalid", at.now)
    return {**told, "subject": written.subject, "text": written.plain}


def plan_document(plan: Plan) -> dict[str, Any]:
    """A maintenance as JSON, with all its steps."""
    return {"id": plan.id, "site": plan.site, "steps": [step_document(step) for step in plan.steps], **step_document(plan.last)}


def step_document(step: Step) -> dict[str, Any]:
    """One step."""
    return {
        "at": instant_text(step.at),
        "by": step.person,
        "kind": step.kind,
        "status": "DRAFT" if step.status is None else step.status.value,
        "from": instant_text(step.span.start),
        "to": instant_text(step.span.end),
        "impact": step.impact.word,
        "impacts": {name: impact.word for name, impact in sorted(step.impacts.items())},
        "title": step.title,
        "about": step.about,
        "action": step.action,
        "emergency": step.emergency,
        "agreed_by": step.agreed_by,
        "outcome": step.outcome,
        "note": step.note,
    }


_FORMS: Mapping[str, tuple[Members, Judge]] = {
    "maintenance.plan": (PLAN, _plan),
    "maintenance.announce": (ANNOUNCE, _announce),
    "maintenance.change": (CHANGE, _change),
    "maintenance.start": (START, _start),
    "maintenance.extend": (EXTEND, _extend),
    "maintenance.complete": (COMPLETE, _complete),
    "maintenance.cancel": (CANCEL, _cancel),
}
DEEDS: Mapping[str, Deed] = {name: _deed(name, form, judge) for name, (form, judge) in _FORMS.items()}
