"""What may be asked of the desk, as JSON: one way in, whether the running service is asked or the command does it alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, TypeAlias

from sqlalchemy.engine import Connection

from monitor.desk import exclusions, issue, people
from monitor.desk.exclusions import Judged, Proposal, Ruling
from monitor.desk.issue import Outcome, Wish
from monitor.desk.people import Made, Person
from monitor.desk.refusal import Refused, refused
from monitor.desk.statement import Asked
from monitor.store.audit import Entry
from monitor.store.exclusions import Filed
from monitor.store.statements import Issued
from monitor.store.tokens import Token
from sla import writing
from sla.case_values import INSTANT, UNTIL
from sla.exclusion import Fault, Step
from sla.forms import FULL_TEXT, TEXT, Items, Member, Members, Text, Values, Whole
from sla.mistake import Sheet
from sla.span import Instant
from sla.texts import instant_text

TEXTS = Items(TEXT)
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
NEW_TOKEN = Members("token", (Member("name", FULL_TEXT, "whose it is"), Member("scopes", TEXTS, "what it opens")))
OLD_TOKEN = Members("token-number", (Member("no", Whole(1, "tokens made so far"), "its number"),))
PERIOD = Text('a month like "2026-06", or its first and last date like "2026-06-01..2026-06-30"', Asked.of)
STATEMENT = Members(
    "statement",
    (
        Member("site", FULL_TEXT, "the site's id"),
        Member("period", PERIOD, "the dates that it speaks of"),
        Member("as_of", INSTANT, "what was recorded later is not in it", None, "now"),
    ),
)
RULINGS = {
    "exclusion.approve": Step.APPROVED,
    "exclusion.reject": Step.REJECTED,
    "exclusion.revoke": Step.REVOKED,
}
FORMS: Mapping[str, Members] = {
    "exclusion.propose": PROPOSAL,
    **dict.fromkeys(RULINGS, RULING),
    "statement.issue": STATEMENT,
    "token.new": NEW_TOKEN,
    "token.revoke": OLD_TOKEN,
}
"""Every deed and the members of its body."""


@dataclass(frozen=True, slots=True)
class Request:
    """A deed that the system user ``user`` asks for, or the person behind ``secret``, a token."""

    deed: str
    body: Any
    user: str
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of it: the rules that it breaks, or what was done, as JSON. ``site``: its figures are others now."""

    faults: tuple[Fault, ...] = ()
    body: Mapping[str, Any] | None = None
    site: str | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The reply on the wire."""
        if not self.faults:
            return dict(self.body or {})
        return {"refused": [{**asdict(fault), "member": list(fault.member)} for fault in self.faults]}


Answer: TypeAlias = Callable[[Connection, Person, str, Values, Instant], Reply]


def act(connection: Connection, asked: Request, now: Instant) -> Reply:
    """Do what is asked in the caller's transaction, or refuse it; both stand in the audit after it."""
    return _answered(connection, asked, now, _done, keep=True)


def preview(connection: Connection, asked: Request, now: Instant) -> Reply:
    """What ``act`` would do, and what that does to the figures; nothing is written."""
    return _answered(connection, asked, now, _shown, keep=False)


def _answered(connection: Connection, asked: Request, now: Instant, answer: Answer, keep: bool) -> Reply:
    person, found = _who(connection, asked, now)
    values, mistakes = _read(asked)
    found += mistakes
    if found:
        if keep:
            refused(connection, now, Entry(person.actor, asked.deed, "", {}), found)
        return Reply(tuple(found))
    return answer(connection, person, asked.deed, values, now)


def _who(connection: Connection, asked: Request, now: Instant) -> tuple[Person, list[Fault]]:
    """Who asks; behind a token that opens nothing it is the host's user, with the fault."""
    if asked.secret is None:
        return people.host(asked.user), []
    found = people.by_token(connection, asked.secret, now)
    return (people.host(asked.user), [found]) if isinstance(found, Fault) else (found, [])


def _read(asked: Request) -> tuple[Values, list[Fault]]:
    form = FORMS.get(asked.deed)
    if form is None:
        return {}, [Fault("unknown-deed", ("deed",), "no such deed", asked.deed, ", ".join(FORMS))]
    sheet = Sheet(asked.body)
    values = form.read(asked.body, (), sheet)
    told = [Fault(one.code, tuple(one.pointer.split("/")[1:]), one.message, one.got, one.expected) for one in sheet.mistakes()]
    return ({} if told else values), told


def _proposal(values: Values) -> Proposal:
    start, end = values["from"], values["to"]
    components, evidence = tuple(values["components"]), tuple(values["evidence"])
    return Proposal(values["site"], start, end, values["cause"], components, values["party"], values["reason"], evidence)


def _ruling(deed: str, values: Values) -> Ruling:
    return Ruling(values["id"], RULINGS[deed], values["reason"], tuple(values["evidence"]))


def _wish(values: Values, now: Instant) -> Wish:
    return Wish(values["site"], values["period"], now if values["as_of"] is None else values["as_of"])


def _done(connection: Connection, person: Person, deed: str, values: Values, now: Instant) -> Reply:
    works: dict[str, Callable[[], Filed | Outcome | Made | Token | Refused]] = {
        "exclusion.propose": lambda: exclusions.propose(connection, person, _proposal(values), now),
        **{name: partial(_ruled, connection, person, name, values, now) for name in RULINGS},
        "statement.issue": lambda: issue.issue(connection, person, _wish(values, now), now),
        "token.new": lambda: people.new_token(connection, person, values["name"], values["scopes"], now),
        "token.revoke": lambda: people.revoke_token(connection, person, values["no"], now),
    }
    match works[deed]():
        case Refused(faults):
            return Reply(faults)
        case Filed() as filed:
            return Reply(body={"exclusion": exclusion_document(filed)}, site=filed.site)
        case Outcome() as outcome:
            return Reply(body=outcome_document(outcome))
        case Made(token, secret):
            return Reply(body={"token": token_document(token), "secret": secret})
        case token:
            return Reply(body={"token": token_document(token)})


def _ruled(connection: Connection, person: Person, deed: str, values: Values, now: Instant) -> Filed | Refused:
    return exclusions.rule(connection, person, _ruling(deed, values), now)


def _shown(connection: Connection, person: Person, deed: str, values: Values, now: Instant) -> Reply:
    if deed == "statement.issue":
        outcome = issue.judge(connection, person, _wish(values, now), now)
        return Reply(outcome.faults, {"would": deed, **outcome_document(outcome)})
    if deed not in ("exclusion.propose", *RULINGS):
        return Reply(body={"would": deed})
    judged: Judged
    if deed in RULINGS:
        judged = exclusions.judge_ruling(connection, person, _ruling(deed, values), now)
    else:
        judged = exclusions.judge_proposal(connection, person, _proposal(values), now)
    if judged.faults:
        return Reply(judged.faults)
    effects = [asdict(one) for one in exclusions.effect(connection, judged, now)]
    filed = Filed(judged.site, judged.exclusion, (), now)
    return Reply(body={"would": deed, "exclusion": exclusion_document(filed), "effects": effects})


def exclusion_document(filed: Filed) -> dict[str, Any]:
    """An exclusion as in the public case format, with its site and its state."""
    return {"site": filed.site, "state": filed.last.step.value, **writing.exclusion(filed.exclusion), "notes": list(filed.notes)}


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


def token_document(token: Token) -> dict[str, Any]:
    """A token as JSON; the secret is not in it."""
    revoked = None if token.revoked_at is None else instant_text(token.revoked_at)
    return {
        "no": token.no,
        "name": token.name,
        "scopes": list(token.scopes),
        "made_at": instant_text(token.made_at),
        "expires_at": instant_text(token.expires_at),
        "revoked_at": revoked,
    }
