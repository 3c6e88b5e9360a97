"""What may be asked of statements, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.desk import issue
from monitor.desk.about import about
from monitor.desk.deed import Deed, Reply, Sitting
from monitor.desk.issue import Outcome, Wish
from monitor.desk.refusal import Refused
from monitor.desk.statement import Asked
from monitor.store.statements import Issued
from sla.case_values import INSTANT
from sla.forms import FULL_TEXT, Member, Members, Text, Values
from sla.span import Instant
from sla.texts import instant_text

PERIOD = Text('a month like "2026-06", or its first and last date like "2026-06-01..2026-06-30"', Asked.of)
STATEMENT = Members(
    "statement",
    (
        Member("site", FULL_TEXT, "the site's id"),
        Member("period", PERIOD, "the dates that it speaks of"),
        Member("as_of", INSTANT, "what was recorded later is not in it", None, "now"),
    ),
)


def _issue(at: Sitting, values: Values) -> Reply:
    outcome = issue.issue(at.connection, at.person, _wish(values, at.now), at.now, about(at.ground, values["site"]))
    return Reply(outcome.faults) if isinstance(outcome, Refused) else Reply(body=outcome_document(outcome))


def _show(at: Sitting, values: Values) -> Reply:
    outcome = issue.judge(at.connection, at.person, _wish(values, at.now), at.now)
    return Reply(outcome.faults, {"would": "statement.issue", **outcome_document(outcome)})


def _wish(values: Values, now: Instant) -> Wish:
    return Wish(values["site"], values["period"], now if values["as_of"] is None else values["as_of"])


def outcome_document(outcome: Outcome) -> dict[str, Any]:
    """The version that stands as JSON, and whether it is new."""
    return {"fresh": outcome.fresh, "statement": issued_document(outcome.issued) if outcome.issued else None}


def issued_document(issued: Issued) -> dict[str, Any]:
    """A published version as JSON: who published what when, and all that was published."""
    return {
        "version": issued.version,
        "issued_at": instant_text(issued.issued_at),
        "issued_by": issued.issued_by,
        "deltas": [dict(one) for one in issued.deltas],
        "statement": issued.document,
    }


DEEDS: Mapping[str, Deed] = {"statement.issue": Deed(STATEMENT, _issue, _show)}
