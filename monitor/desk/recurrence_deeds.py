"""What operators may do with maintenance that recurs, as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from monitor.desk import recurring
from monitor.desk.deed import Deed, Reply, Sitting
from monitor.desk.maintenance_deeds import HIT, IMPACT, impacts_of
from monitor.desk.people import lacking
from monitor.desk.recurrence import WALL
from monitor.desk.refusal import Refused
from monitor.store.recurrences import Recurrence, Window
from sla import texts
from sla.exclusion import Fault
from sla.forms import FULL_TEXT, TEXT, Items, Member, Members, OrNull, Text, Values, Whole
from sla.span import DAY, SECOND, Instant
from sla.texts import instant_text


def _wall(text: str) -> str:
    """A wall clock to the minute. Raises ValueError."""
    return f"{datetime.strptime(text, WALL):{WALL}}"  # noqa: DTZ007 - its zone stands beside it


_ID = Member("id", FULL_TEXT, "the recurrence's id")
PLAN = Members(
    "recurrence",
    (
        Member("site", FULL_TEXT, "the site's id"),
        Member("rule", FULL_TEXT, "RFC 5545: FREQ=WEEKLY;BYDAY=TU"),
        Member("zone", Text("an IANA zone", texts.zone), "the zone of the wall clock"),
        Member("first", Text("a wall clock like 2026-12-01T23:00", _wall), "when the first window begins"),
        Member("length_s", Whole(60, "seconds", most=7 * DAY // SECOND), "how long each takes"),
        Member("title", FULL_TEXT, "what it is, for the customer"),
        Member("impact", OrNull(IMPACT), "the level of impact on the whole site", None, "that of the worst component"),
        Member("impacts", Items(HIT), "components with their impact", (), "the whole site"),
        Member("about", TEXT, "more about it, for the customer", "", "none"),
        Member("action", TEXT, "what the customer must do", "", "nothing"),
    ),
)


def recurrence_document(one: Recurrence, now: Instant, until: Instant) -> dict[str, Any]:
    """A recurrence as JSON, with its windows until ``until``."""
    window = one.window
    return {
        "id": one.id,
        "site": one.site,
        "status": one.status,
        "rule": window.rule,
        "zone": window.zone,
        "first": window.first,
        "length_s": window.length_ms // SECOND,
        "impact": window.impact.word,
        "impacts": {name: impact.word for name, impact in sorted(window.impacts.items())},
        "title": window.title,
        "about": window.about,
        "action": window.action,
        "steps": [{"at": instant_text(step.at), "kind": step.kind, "by": step.person} for step in one.steps],
        "coming": [
            {"from": instant_text(span.start), "to": instant_text(span.end)} for span in recurring.coming(one, now, until)
        ],
    }


def _plan(at: Sitting, values: Values) -> Reply:
    impact, impacts = impacts_of(values)
    if impact is None:
        return Reply((Fault("missing", ("impact",), "a level of impact is announced", "none", IMPACT.expected),))
    times = values["rule"], values["zone"], values["first"], values["length_s"] * SECOND
    window = Window(*times, impact, impacts, values["title"], values["about"], values["action"])
    return _reply(at, recurring.plan(at, values["site"], window))


def _reply(at: Sitting, done: Recurrence | Refused) -> Reply:
    if isinstance(done, Refused):
        return Reply(done.faults)
    return Reply(body={"recurrence": recurrence_document(done, at.now, at.now + 90 * DAY)}, sites=(done.site,))


def _show(name: str, scope: str) -> Callable[[Sitting, Values], Reply]:
    return lambda at, values: Reply(tuple(lacking(at.person, scope)), {"would": name})


_KEY = Members("recurrence id", (_ID,))
DEEDS: Mapping[str, Deed] = {
    "recurrence.plan": Deed(PLAN, _plan, _show("recurrence.plan", "operate")),
    "recurrence.approve": Deed(
        _KEY, lambda at, values: _reply(at, recurring.approve(at, values["id"])), _show("recurrence.approve", "approve")
    ),
    "recurrence.end": Deed(
        _KEY, lambda at, values: _reply(at, recurring.end(at, values["id"])), _show("recurrence.end", "approve")
    ),
}
"""What may be done with maintenance that recurs."""
