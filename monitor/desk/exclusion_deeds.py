"""What may be asked of exclusions, as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy.engine import Connection

from monitor.desk import exclusions
from monitor.desk.deed import TEXTS, Deed, Reply, Sitting
from monitor.desk.exclusions import Judged, Proposal, Ruling
from monitor.desk.refusal import Refused
from monitor.store.exclusions import Filed
from sla import writing
from sla.case_values import INSTANT, UNTIL
from sla.exclusion import Step
from sla.forms import FULL_TEXT, TEXT, Member, Members, Values
from sla.span import Instant

PROPOSAL = Members(
    "proposal",
    (
        Member("site", FULL_TEXT, "the site's id"),
        Member("from", INSTANT, "where what is left out begins"),
        Member("to", UNTIL, "where it ends; not part of it"),
        Member("cause", FULL_TEXT, "one of the agreement's excluded causes"),
        Member("components", TEXTS, "what would have been up; empty: the whole site", (), "[]"),
        Member("party", TEXT, "who it was", None, "nobody"),
        Member("reason", TEXT, "what happened, for people", "", "none"),
        Member("evidence", TEXTS, "what it can be seen by", (), "none"),
    ),
)
RULING = Members(
    "ruling",
    (
        Member("id", FULL_TEXT, "the exclusion's id"),
        Member("reason", TEXT, "why it is decided so", "", "none"),
        Member("evidence", TEXTS, "evidence that is added", (), "none"),
    ),
)
RULINGS = {
    "exclusion.approve": Step.APPROVED,
    "exclusion.reject": Step.REJECTED,
    "exclusion.revoke": Step.REVOKED,
}


def _propose(at: Sitting, values: Values) -> Reply:
    return _told(exclusions.propose(at.connection, at.person, _proposal(values), at.now))


def _show_proposal(at: Sitting, values: Values) -> Reply:
    judged = exclusions.judge_proposal(at.connection, at.person, _proposal(values), at.now)
    return _shown(at.connection, "exclusion.propose", judged, at.now)


def _proposal(values: Values) -> Proposal:
    start, end = values["from"], values["to"]
    components, evidence = tuple(values["components"]), tuple(values["evidence"])
    return Proposal(values["site"], start, end, values["cause"], components, values["party"], values["reason"], evidence)


def _ruling(deed: str, step: Step) -> Deed:
    """The deed that takes ``step``."""

    def ruling(values: Values) -> Ruling:
        return Ruling(values["id"], step, values["reason"], tuple(values["evidence"]))

    def rule(at: Sitting, values: Values) -> Reply:
        return _told(exclusions.rule(at.connection, at.person, ruling(values), at.now))

    def show(at: Sitting, values: Values) -> Reply:
        return _shown(at.connection, deed, exclusions.judge_ruling(at.connection, at.person, ruling(values), at.now), at.now)

    return Deed(RULING, rule, show)


def _told(outcome: Filed | Refused) -> Reply:
    if isinstance(outcome, Refused):
        return Reply(outcome.faults)
    return Reply(body={"exclusion": exclusion_document(outcome)}, sites=(outcome.site,))


def _shown(connection: Connection, deed: str, judged: Judged, now: Instant) -> Reply:
    """The exclusion as it would be, and what it does to the figures."""
    if judged.faults:
        return Reply(judged.faults)
    effects = [asdict(one) for one in exclusions.effect(connection, judged, now)]
    filed = Filed(judged.site, judged.exclusion, (), now)
    return Reply(body={"would": deed, "exclusion": exclusion_document(filed), "effects": effects})


def exclusion_document(filed: Filed) -> dict[str, Any]:
    """An exclusion as in the public case format, with its site and its state."""
    return {"site": filed.site, "state": filed.last.step.value, **writing.exclusion(filed.exclusion), "notes": list(filed.notes)}


DEEDS: Mapping[str, Deed] = {
    "exclusion.propose": Deed(PROPOSAL, _propose, _show_proposal),
    **{deed: _ruling(deed, step) for deed, step in RULINGS.items()},
}
