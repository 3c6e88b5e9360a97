"""What may be asked of the desk, as JSON: one way in, whether the running service is asked or the command does it alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, TypeAlias

from sqlalchemy.engine import Connection

from monitor.desk import exclusions, incidents, people
from monitor.desk.exclusions import Judged, Proposal, Ruling
from monitor.desk.measured import said
from monitor.desk.people import Made, Person
from monitor.desk.refusal import Refused, refused
from monitor.store.audit import Entry
from monitor.store.exclusions import Filed
from monitor.store.tokens import Token
from sla import writing
from sla.case_values import INSTANT, UNTIL
from sla.exclusion import Fault, Step
from sla.forms import FULL_TEXT, TEXT, Flag, Items, Member, Members, OrNull, Values, Whole, Word
from sla.incident import Impact, Incident, Status, Update
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
RULINGS = {
    "exclusion.approve": Step.APPROVED,
    "exclusion.reject": Step.REJECTED,
    "exclusion.revoke": Step.REVOKED,
}
FORMS: Mapping[str, Members] = {
    "exclusion.propose": PROPOSAL,
    **dict.fromkeys(RULINGS, RULING),
    "token.new": NEW_TOKEN,
    "token.revoke": OLD_TOKEN,
    "incident.open": OPENING,
    "incident.update": FURTHER,
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
    """What came of it: the rules that it breaks, or what was done, as JSON. ``site``: its figures are others now;
    ``told``: something was said of these sites.
    """

    faults: tuple[Fault, ...] = ()
    body: Mapping[str, Any] | None = None
    site: str | None = None
    told: tuple[str, ...] = ()

    @property
    def sites(self) -> tuple[str, ...]:
        """The sites whose pages say something else now."""
        return self.told if self.site is None else (self.site, *self.told)

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


def _done(connection: Connection, person: Person, deed: str, values: Values, now: Instant) -> Reply:
    works: dict[str, Callable[[], Filed | Made | Token | Incident | Refused]] = {
        "exclusion.propose": lambda: exclusions.propose(connection, person, _proposal(values), now),
        **{name: partial(_ruled, connection, person, name, values, now) for name in RULINGS},
        **{name: partial(_told, connection, person, name, values, now) for name in ("incident.open", "incident.update")},
        "token.new": lambda: people.new_token(connection, person, values["name"], values["scopes"], now),
        "token.revoke": lambda: people.revoke_token(connection, person, values["no"], now),
    }
    match works[deed]():
        case Refused(faults):
            return Reply(faults)
        case Filed() as filed:
            return Reply(body={"exclusion": exclusion_document(filed)}, site=filed.site)
        case Incident() as incident:
            return Reply(body={"incident": incident_document(incident)}, told=incident.sites)
        case Made(token, secret):
            return Reply(body={"token": token_document(token), "secret": secret})
        case token:
            return Reply(body={"token": token_document(token)})


def _ruled(connection: Connection, person: Person, deed: str, values: Values, now: Instant) -> Filed | Refused:
    return exclusions.rule(connection, person, _ruling(deed, values), now)


def _heard(connection: Connection, person: Person, deed: str, values: Values, now: Instant) -> incidents.Judged:
    """What somebody says of an incident, judged."""
    body, title, components = values["body"], values["title"], tuple(values["components"])
    words = incidents.Words(values["status"], body, title, values["impact"], components, values["public"])
    if deed == "incident.open":
        return incidents.judge_opening(connection, person, words, now)
    return incidents.judge_update(connection, person, values["id"], words, now)


def _told(connection: Connection, person: Person, deed: str, values: Values, now: Instant) -> Incident | Refused:
    judged = _heard(connection, person, deed, values, now)
    action = "incident.opened" if deed == "incident.open" else "incident.updated"
    return incidents.keep(connection, person, judged, action, values.get("id", "incident"), now)


def _shown(connection: Connection, person: Person, deed: str, values: Values, now: Instant) -> Reply:
    if deed in ("incident.open", "incident.update"):
        heard = _heard(connection, person, deed, values, now)
        return Reply(heard.faults) if heard.faults else Reply(body={"would": deed, "update": update_document(heard.update)})
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
