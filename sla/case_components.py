"""The components of a case: each told by its changes, its outages or the results of looks."""

from __future__ import annotations

from typing import Any

from sla.case import CaseComponent, Changes, Known, Outages, Results, Trouble
from sla.case_values import INSTANT, NAME, RECORDED, UNTIL, ends_after_start, from_to, is_name, span
from sla.forms import TEXT, Items, Member, OneOf, OrNull, Record, Schema, Values, Whole, Word, same, wrong_type
from sla.mistake import WRONG, Place, Sheet, shown
from sla.responsibility import Party
from sla.span import SECOND
from sla.state import Cause, State
from sla.timeline import Change, Doubt, Rule, Sample

STATES = Word({state.word: state for state in State})
LEVELS = Word({state.word: state for state in (State.DOWN, State.DEGRADED, State.UP)})
TROUBLES = Word({state.word: state for state in (State.DOWN, State.DEGRADED, State.UNKNOWN)})
CAUSES = Word({cause.word: cause for cause in Cause})
STATUSES = Word({"ok": State.UP, "degraded": State.DEGRADED, "fail": State.DOWN, "error": State.UNKNOWN})
_AT = Member("at", INSTANT, "its instant")


def _recorded(values: Values, own: int) -> int:
    recorded: int | None = values["recorded_at"]
    return own if recorded is None else recorded


def _change(values: Values) -> Known:
    at = values["at"]
    return Known(_recorded(values, at), Change(at, values["state"], values["cause"]))


def _doubt(values: Values) -> Known:
    doubt = Doubt(values["from"], values["to"], values["worst"], values["best"])
    return Known(_recorded(values, doubt.start), doubt)


def _ordered(values: Values, place: Place, sheet: Sheet) -> None:
    worst, best = values["worst"], values["best"]
    if worst is not WRONG and best is not WRONG and worst > best:
        sheet.tell((*place, "worst"), "value", "is better than best", f"{best.word} or worse")


def _outage(values: Values) -> Trouble:
    return Trouble(values["from"], values["to"], values["state"])


def _result(values: Values) -> Known:
    at = values["at"]
    return Known(_recorded(values, at), Sample(at, values["status"]))


CHANGE = Record(
    "change",
    (
        _AT,
        Member("state", STATES, "what the component is from then on"),
        Member("cause", CAUSES, "why, a word of the closed list of causes", None, "none"),
        RECORDED,
    ),
    _change,
)
DOUBT = Record(
    "doubt",
    (
        *from_to("the doubt"),
        Member("worst", LEVELS, "the worst that the component may have been", State.DOWN, "down"),
        Member("best", LEVELS, "the best that it may have been", State.UP, "up"),
        RECORDED,
    ),
    _doubt,
    (ends_after_start, _ordered),
)
OUTAGE = Record(
    "outage",
    (
        Member("from", INSTANT, "when the outage begins"),
        Member("to", OrNull(UNTIL), "when it ends, not part of it; null: it has not ended"),
        Member("state", TROUBLES, "what the component was", State.DOWN, "down"),
    ),
    _outage,
    (ends_after_start,),
)
RESULT = Record("result", (_AT, Member("status", STATUSES, "what the look found; error is our own trouble"), RECORDED), _result)


def _no_conflict(values: Values, place: Place, sheet: Sheet) -> None:
    """Of changes with equal instant and recording the last would stand by the order of a list: they must agree."""
    said: dict[tuple[int, int], State] = {}
    for index, known in enumerate(() if values["changes"] is WRONG else values["changes"]):
        if known is not WRONG and said.setdefault((known.fact.at, known.recorded_at), known.fact.state) is not known.fact.state:
            expected = "one state for one instant and one recording"
            sheet.tell((*place, "changes", index), "conflict", "contradicts an earlier change", expected)


def _component(values: Values, history: Changes | Outages | Results) -> CaseComponent:
    return CaseComponent(history, values["applicable"], values["kind"], values["managed_by"])


def _told_by_changes(values: Values) -> CaseComponent:
    return _component(values, Changes((*values["changes"], *values["doubts"]), values["initial"]))


def _told_by_outages(values: Values) -> CaseComponent:
    return _component(values, Outages(values["outages"]))


def _told_by_results(values: Values) -> CaseComponent:
    rule = Rule(values["confirm_failures"], values["confirm_successes"], values["hold_seconds"] * SECOND)
    return _component(values, Results(values["results"], rule))


APPLICABLE = Record(
    "applicable",
    (
        Member("from", INSTANT, "when it begins to belong to the site"),
        Member("to", OrNull(UNTIL), "when it stops, not part of it; null: it has not stopped"),
    ),
    span,
    (ends_after_start,),
)
COMMON = (
    Member("applicable", Items(APPLICABLE), "when it belongs to the site", None, "always"),
    Member("kind", TEXT, "its kind, for people", None, "none"),
    Member("managed_by", same(*(party.value for party in Party)), "who answers for it", None, "nobody named"),
)
CHANGES = Record(
    "component-of-changes",
    (
        Member("changes", Items(CHANGE, loose=True), "from when on it was what, in any order"),
        Member("initial", STATES, "what it was before the first change", State.UNKNOWN, "unknown"),
        Member("doubts", Items(DOUBT), "where it may have been something else", (), "none"),
        *COMMON,
    ),
    _told_by_changes,
    (_no_conflict,),
)
OUTAGES = Record(
    "component-of-outages",
    (Member("outages", Items(OUTAGE), "when it was not up, in any order; up elsewhere; always known"), *COMMON),
    _told_by_outages,
)
RESULTS = Record(
    "component-of-results",
    (
        Member("results", Items(RESULT), "what each look found, in any order"),
        Member("hold_seconds", Whole(1, "seconds"), "for how long a result is good"),
        Member("confirm_failures", Whole(1, "results"), "failures in a row that make it down", 3, "3"),
        Member("confirm_successes", Whole(1, "results"), "successes in a row that make it up", 2, "2"),
        *COMMON,
    ),
    _told_by_results,
)


class Components:
    """The map of components by name: the one object whose keys are free."""

    expected = "an object of at least one component by name"

    def read(self, value: Any, place: Place, sheet: Sheet) -> Any:
        """The CaseComponents by name, WRONG where one is."""
        if type(value) is not dict:
            return wrong_type(self, place, sheet)
        if not value:
            return sheet.tell(place, "value", "is empty", self.expected)
        before = sheet.count
        for name in value:
            if not is_name(name):
                sheet.tell((*place, name), "value", f"is no name of a component: {shown(name)}", NAMED)
        read = {name: component for name, component in value.items() if len(name) <= LEGIBLE}
        found = {name: COMPONENT.read(component, (*place, name), sheet) for name, component in read.items()}
        return found if sheet.count == before else WRONG

    def schema(self, named: dict[str, Schema]) -> Schema:
        """The map."""
        component = COMPONENT.schema(named)
        return {"type": "object", "minProperties": 1, "propertyNames": NAME.schema(named), "additionalProperties": component}


COMPONENT = OneOf("component", {"changes": CHANGES, "outages": OUTAGES, "results": RESULTS}, ("missing", "value"))
COMPONENTS = Components()
LEGIBLE = 500
"""Characters of a name below which mistakes are told: each of them would repeat it."""
NAMED = "1 to 63 small letters, digits and hyphens, no hyphen first"
