"""The agreement, the exclusions and the maintenance of a case."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from sla import texts
from sla.agreement import PRESETS, Agreement, ServiceHours
from sla.case import Earlier
from sla.case_values import INSTANT, LONGEST_DAYS, LONGEST_HOURS, NAMES, ends_after_start, from_to, span
from sla.exclusion import Decision, Exclusion, Step, faults
from sla.forms import FULL_TEXT, TEXT, Items, Member, Members, Record, Text, Values, Whole, Word, same
from sla.maintenance import Announcement, Impact, Maintenance, Status
from sla.mistake import WRONG, Place, Sheet
from sla.span import Span

ZONE = Text('the name of an IANA zone like "Europe/Berlin"', texts.zone)
GOAL = Text('a share above 0 % and up to 100 % with at most 6 decimals like "99.9%"', texts.goal, r"[0-9]{1,3}(\.[0-9]{1,6})?%")
IMPACT = Text('a decimal text from 0 to 1 with at most 3 decimals like "0.25"', texts.impact, r"0(\.[0-9]{1,3})?|1(\.0{1,3})?")
WALL = Text('a wall clock from "00:00" to "24:00"', texts.wall, "([01][0-9]|2[0-3]):[0-5][0-9]|24:00")
DAYS = Items(Word({name: number for number, name in enumerate(("mon", "tue", "wed", "thu", "fri", "sat", "sun"))}), least=1)
EVERY_CAUSE = same(*sorted(PRESETS["sla-2020"].excluded_causes))
NO_TIME = Span(-2, -1)
"""Stands for the span of an exclusion that could not be read: it is over before any step."""


def _hours_last(values: Values, place: Place, sheet: Sheet) -> None:
    start, end = values["from"], values["to"]
    if start is not WRONG and end is not WRONG and end <= start:
        sheet.tell((*place, "to"), "empty-span", "must be after from", f"after {start // 60:02}:{start % 60:02}")


def _in_force(values: Values, place: Place, sheet: Sheet) -> None:
    since, until = values["effective_from"], values["effective_to"]
    if since in (None, WRONG) or until in (None, WRONG) or since < until:
        return
    expected = f"after {texts.instant_text(since)}"
    sheet.tell((*place, "effective_to"), "empty-span", "must be after effective_from", expected)


def _service_hours(values: Values) -> ServiceHours:
    return ServiceHours(frozenset(values["days"]), values["from"], values["to"])


def _agreement(values: Values) -> Agreement:
    """The agreement so far as it could be read: WRONG stands for the rest, and nothing is judged by that."""
    given: dict[str, Any] = {
        name: value for name, value in values.items() if value is not None and name not in ("note", "preset")
    }
    if given.get("excluded_causes", WRONG) is not WRONG:
        given["excluded_causes"] = frozenset(given["excluded_causes"])
    return replace(UNREAD if values["preset"] is WRONG else values["preset"], **given)


SERVICE_HOURS = Record(
    "service-hours",
    (
        Member("days", DAYS, "days of the week, mon to sun"),
        Member("from", WALL, "wall clock in the agreement's zone"),
        Member("to", WALL, "wall clock; 24:00 is the end of the date"),
    ),
    _service_hours,
    (_hours_last,),
)
_PRESET = "the preset's"
AGREEMENT = Record(
    "agreement",
    (
        Member("preset", Word(PRESETS), "the goal that the other members differ from", PRESETS["slg-2018"], "slg-2018"),
        Member("version", TEXT, "which version of the agreement this is", None, "1"),
        Member("zone", ZONE, "whose local dates count", None, "UTC"),
        Member("goal", GOAL, "the promised availability", None, _PRESET),
        Member("judged_by", same("any_days", "month"), "which windows decide a statement", None, _PRESET),
        Member("days", Whole(1, "local dates", most=LONGEST_DAYS), "length of the windows of dates", None, _PRESET),
        Member("rolling_hours", Whole(1, "hours", most=LONGEST_HOURS), "length of the rolling windows", None, _PRESET),
        Member("excluded_causes", Items(EVERY_CAUSE), "what may be left out", None, _PRESET),
        Member(
            "exclusion_effect",
            same("downtime-only", "remove-from-period"),
            "whether excluded time stays in the period",
            None,
            _PRESET,
        ),
        Member("maintenance", same("counts", "excluded"), "whether announced maintenance counts as downtime", None, _PRESET),
        Member("maintenance_notice_seconds", Whole(0, "seconds"), "how long before its start it is announced", None, _PRESET),
        Member("unknown", same("bounds", "remove-from-period"), "what becomes of time that nobody saw", None, _PRESET),
        Member("down_then_unknown", same("unknown", "stays-down"), "what a silence after down is", None, _PRESET),
        Member("degraded_impact", IMPACT, "how much of degraded time counts as downtime", None, _PRESET),
        Member("service_hours", Items(SERVICE_HOURS), "the hours that count", None, "all"),
        Member("effective_from", INSTANT, "when the agreement's first version came into force", None, "always"),
        Member("effective_to", INSTANT, "when the agreement ends", None, "never"),
    ),
    _agreement,
    (_in_force,),
    loose=True,
)
EARLIER = Record(
    "earlier",
    (
        Member("until", INSTANT, "when the next version took effect"),
        Member("agreement", AGREEMENT, "what was promised until then"),
    ),
    lambda values: Earlier(values["until"], values["agreement"]),
)
UNREAD = Agreement(*[WRONG for _ in fields(Agreement)])
"""An agreement of which nothing could be read."""


def _announcement(values: Values) -> Announcement:
    return Announcement(values["at"], span(values), values["status"], values["impact"], values["agreed_by"])


def _maintenance(values: Values) -> Maintenance:
    return Maintenance(values["id"], values["announcements"], values["components"])


ANNOUNCEMENT = Record(
    "announcement",
    (
        Member("at", INSTANT, "when the next hop took the notice for a designated contact"),
        *from_to("the maintenance"),
        Member("status", Word({status.value: status for status in Status}), "its status in the words of MAINTNOTE"),
        Member("impact", Word({impact.word: impact for impact in Impact}), "its impact in the words of MAINTNOTE"),
        Member("agreed_by", FULL_TEXT, "who agreed to short notice", None, "nobody"),
    ),
    _announcement,
    (ends_after_start,),
)
MAINTENANCE = Record(
    "maintenance",
    (
        Member("id", FULL_TEXT, "its name"),
        Member("components", NAMES, "what is maintained; empty: the whole site", (), "[]"),
        Member("announcements", Items(ANNOUNCEMENT), "everything that was announced of it, in the order said"),
    ),
    _maintenance,
)

DECISION = Members(
    "step",
    (
        Member("at", INSTANT, "when it was taken, never before the step that it follows"),
        Member("status", Word({step.value: step for step in Step}), "what was decided"),
        Member("by", FULL_TEXT, "by whom"),
    ),
)
EXCLUSION = Members(
    "exclusion",
    (
        Member("id", FULL_TEXT, "its name, used once"),
        *from_to("what is left out"),
        Member("cause", TEXT, "one of the agreement's excluded causes"),
        Member("components", NAMES, "what would have been up; empty: the whole site", (), "[]"),
        Member("party", TEXT, "who it was; required with history for unmanaged_component and other_external", None, "none"),
        Member("reason", TEXT, "what happened, for people", "", "none"),
        Member("evidence", Items(FULL_TEXT), "what it can be seen by; required to be approved", (), "none"),
        Member("history", Items(DECISION, loose=True), "its steps in order; without history it is an assumption", None, "none"),
    ),
    (ends_after_start,),
)


def one_after_another(found: Any, sheet: Sheet) -> tuple[Earlier, ...]:
    """The earlier versions that were read, each of which ends after the one before it."""
    versions: list[Earlier] = []
    for index, version in enumerate(() if found is WRONG else found):
        if version is WRONG or version.until is WRONG:
            continue
        if versions and version.until <= versions[-1].until:
            expected = f"after {texts.instant_text(versions[-1].until)}"
            sheet.tell(("earlier", index, "until"), "value", "must be after that of the version before", expected)
        versions.append(version)
    return tuple(versions)


def causes_of(agreement: Agreement, earlier: Any) -> Any:
    """What any of the versions leaves out, or WRONG if one could not be read."""
    if earlier is WRONG or any(version is WRONG for version in earlier):
        return WRONG
    causes: list[Any] = [agreement.excluded_causes, *(version.agreement.excluded_causes for version in earlier)]
    return WRONG if any(one is WRONG for one in causes) else frozenset().union(*causes)


def exclusions(found: Any, causes: Any, sheet: Sheet) -> tuple[Exclusion, ...]:
    """The exclusions that were read, held to their rules and to the ``causes`` of the agreement (WRONG: could not be read).

    Where a member is wrong, what stands for it breaks no rule, so that the other members are judged all the same.
    """
    judged: list[Exclusion] = []
    seen: set[str] = set()
    for index, values in enumerate(() if found is WRONG else found):
        place: Place = ("exclusions", index)
        if values is WRONG:
            continue
        exclusion = _exclusion(values)
        judged.append(exclusion)
        if values["id"] is not WRONG and exclusion.id in seen:
            sheet.tell((*place, "id"), "conflict", "names a second exclusion", "an id used once")
        seen.add(exclusion.id)
        for fault in faults(exclusion, () if causes is WRONG else causes):
            of_cause = fault.member == ("cause",)
            if not (of_cause and causes is WRONG) and not sheet.holds((*place, *fault.member)):
                known = causes if of_cause else ()
                sheet.tell((*place, *fault.member), fault.code, fault.message, fault.expected, known)
    return tuple(judged)


def _exclusion(values: Values) -> Exclusion:
    unread = values["from"] is WRONG or values["to"] is WRONG
    evidence = ("unread",) if values["evidence"] is WRONG else values["evidence"]
    history = None if values["history"] is None else _history(values["history"])
    return Exclusion(
        values["id"],
        NO_TIME if unread else span(values),
        values["cause"],
        values["components"],
        values["party"],
        values["reason"],
        evidence,
        history,
    )


def _history(found: Any) -> tuple[Decision, ...]:
    """The steps up to the first whose status is not known; an instant that is wrong is that of the step before."""
    steps: list[Decision] = []
    before = 0
    for values in () if found is WRONG else found:
        if values is WRONG or values["status"] is WRONG:
            break
        before = before if values["at"] is WRONG else values["at"]
        steps.append(Decision(before, values["status"], values["by"]))
    return tuple(steps)
