"""What customers ask for, and what operators make of it: every rule at once, all of it in the audit, both sides told by mail.

Whoever has the address of a customer's page may ask in a contact's name; the contact is told, so that nobody asks in secret.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy.engine import Connection

from monitor.config.configuration import Configuration, Site
from monitor.desk import maintenance_keeping, operators, request_letters
from monitor.desk.deed import Installation, Sitting
from monitor.desk.maintenance import LONGEST_TEXT, Judged
from monitor.desk.people import lacking
from monitor.desk.refusal import Refused, no_such, refused
from monitor.store import audit, catalogue, requests
from monitor.store.audit import SERVICE, Actor, Entry
from monitor.store.requests import Asked, Step
from sla.exclusion import Fault
from sla.request import NEXT, Found, Kind, Status
from sla.span import Instant
from sla.texts import instant_text

MOST_OPEN = 20
"""Requests of one site that nobody has answered: a person asks for two or three, a leaked address for more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: of the ``site`` and its ``components`` (keys; empty: the whole site), by the contact's address."""

    site: str
    kind: Kind
    components: tuple[str, ...]
    contact: str
    words: str
    form: str
    wanted_from: Instant | None = None


class TooMany(Exception):
    """So many requests of the site are open that no more is taken."""


def ask(connection: Connection, ground: Installation, wanted: Wanted, now: Instant) -> Asked:
    """Keep a request and tell both sides, in the caller's transaction. The same form again is the same request.

    Raises TooMany.
    """
    if (known := requests.by_form(connection, wanted.form)) is not None:
        return known
    if sum(1 for one in requests.of_site(connection, wanted.site) if NEXT[one.last.status]) >= MOST_OPEN:
        raise TooMany
    first = Step(now, Status.ASKED, wanted.contact)
    asked = Asked(
        requests.new_id(connection, now),
        wanted.site,
        wanted.kind,
        wanted.components,
        wanted.contact,
        wanted.words,
        wanted.form,
        (first,),
        wanted.wanted_from,
    )
    requests.append(connection, catalogue.read(connection).sites[wanted.site], asked)
    audit.append(connection, now, Entry(Actor(wanted.contact, "page"), "request.asked", asked.id, _body(asked)))
    request_letters.put(connection, ground, asked, now)
    _tell_operators(connection, ground, asked, now)
    return asked


def answered(connection: Connection, ground: Installation, asked: Asked, found: tuple[Found, ...], now: Instant) -> Asked:
    """Keep what was seen where a customer asked to be looked at, and tell them."""
    return _kept(connection, ground, asked, Step(now, Status.ANSWERED, SERVICE.name, found=found), SERVICE, now)


def accept(at: Sitting, key: str, answer: str, note: str, plan: Callable[[Asked], Judged] | None) -> Asked | Refused:
    """Accept a request; ``plan`` judges the maintenance that carries it out, which is announced at once. None: it needs none."""
    asked = requests.find(at.connection, key)
    judged = None if asked is None or plan is None else plan(asked)
    found = [*lacking(at.person, "operate" if plan is None else "approve"), *_faults(at, asked, key, Status.ACCEPTED, answer)]
    found += [fault for fault in (judged.faults if judged else ()) if fault not in found]
    if found or asked is None:
        return refused(at.connection, at.now, Entry(at.person.actor, "request.accepted", key, {}), found)
    planned = None if judged is None else _planned(at, judged)
    step = Step(at.now, Status.ACCEPTED, at.person.name, note, answer, maintenance=planned)
    return _kept(at.connection, at.ground, asked, step, at.person.actor, at.now)


def decline(at: Sitting, key: str, answer: str, note: str) -> Asked | Refused:
    """Decline a request, with a reason that the customer reads."""
    asked = requests.find(at.connection, key)
    found = [*lacking(at.person, "operate"), *_faults(at, asked, key, Status.DECLINED, answer)]
    if not answer.strip():
        found.append(Fault("missing", ("answer",), "the customer reads why", "nothing", "an answer for the customer"))
    if found or asked is None:
        return refused(at.connection, at.now, Entry(at.person.actor, "request.declined", key, {}), found)
    step = Step(at.now, Status.DECLINED, at.person.name, note, answer)
    return _kept(at.connection, at.ground, asked, step, at.person.actor, at.now)


def site_of(configuration: Configuration, key: str) -> Site | None:
    """The configured site with this key."""
    return next((site for site in configuration.sites if site.key == key), None)


def _faults(at: Sitting, asked: Asked | None, key: str, status: Status, answer: str) -> list[Fault]:
    """Rules that any answer of a person keeps."""
    if asked is None:
        return [no_such("request", "id", key, [one.id for one in requests.every(at.connection)])]
    found = []
    if status not in NEXT[asked.last.status]:
        is_now = asked.last.status.value
        found.append(Fault("illegal-step", ("id",), f"{status.value} does not follow here", is_now, "a request that is open"))
    if len(answer.encode()) > LONGEST_TEXT or not all(char.isprintable() or char == "\n" for char in answer):
        expected = f"at most {LONGEST_TEXT} bytes of printable text"
        found.append(Fault("value", ("answer",), "answer is no such text", f"{len(answer.encode())} bytes", expected))
    return found


def _planned(at: Sitting, judged: Judged) -> str:
    """Keep a maintenance from its draft to its announcement; its id."""
    for count in range(1, len(judged.plan.steps) + 1):
        plan = replace(judged.plan, steps=judged.plan.steps[:count])
        maintenance_keeping.kept(at.connection, at.ground, plan, at.person.actor, at.now)
    return judged.plan.id


def _kept(connection: Connection, ground: Installation, asked: Asked, step: Step, actor: Actor, now: Instant) -> Asked:
    """Keep one more step, audit it, tell the contact."""
    requests.step(connection, asked.id, step)
    further = replace(asked, steps=(*asked.steps, step))
    audit.append(connection, now, Entry(actor, f"request.{step.status.value}", asked.id, _body(further)))
    request_letters.put(connection, ground, further, now)
    return further


def _body(asked: Asked) -> dict[str, object]:
    last = asked.last
    return {
        "site": asked.site,
        "kind": asked.kind.value,
        "components": list(asked.components),
        "contact": asked.contact,
        "words": asked.words,
        "wanted_from": None if asked.wanted_from is None else instant_text(asked.wanted_from),
        "answer": last.answer,
        "note": last.note,
        "maintenance": last.maintenance,
    }


def _tell_operators(connection: Connection, ground: Installation, asked: Asked, now: Instant) -> None:
    wanted = "" if asked.wanted_from is None else instant_text(asked.wanted_from)
    todo = f"threenines request accept {asked.id} --from … --to … --impact …\nthreenines request decline {asked.id} --answer …"
    said = {
        "Site": "\n".join([asked.site, *asked.components]),
        "Who asks": asked.contact,
        "From when on": wanted,
        "Their words": asked.words,
        "What to do": "Nothing: the service looks and answers." if asked.kind is Kind.VALIDATE else todo,
    }
    operators.tell(connection, ground, asked.id, f"[Request] {asked.site}: {asked.kind.value}, {asked.id}", said, now)
