"""What may be asked of the desk, as JSON: one way in, whether the running service is asked or the command does it alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import Connection

from monitor.desk import (
    exclusion_deeds,
    incident_deeds,
    maintenance_deeds,
    notice_deeds,
    people,
    recurrence_deeds,
    release_deeds,
    request_deeds,
    rollout_deeds,
    statement_deeds,
    subscriber_deeds,
    token_deeds,
)
from monitor.desk.deed import Deed, Installation, Reply, Sitting
from monitor.desk.people import Person
from monitor.desk.refusal import refused
from monitor.store.audit import Entry
from sla.exclusion import Fault
from sla.forms import Members, Values
from sla.mistake import Sheet
from sla.span import Instant

DEEDS: Mapping[str, Deed] = {
    **exclusion_deeds.DEEDS,
    **incident_deeds.DEEDS,
    **maintenance_deeds.DEEDS,
    **notice_deeds.DEEDS,
    **recurrence_deeds.DEEDS,
    **request_deeds.DEEDS,
    **release_deeds.DEEDS,
    **rollout_deeds.DEEDS,
    **statement_deeds.DEEDS,
    **subscriber_deeds.DEEDS,
    **token_deeds.DEEDS,
}
"""Every deed by its name."""


@dataclass(frozen=True, slots=True)
class Request:
    """A deed that the system user ``user`` asks for, or the person behind ``secret``, a token."""

    deed: str
    body: Any
    user: str
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Who asks for which deed with which values; with ``faults`` none of it may be used but the person."""

    person: Person
    deed: Deed | None
    values: Values
    faults: tuple[Fault, ...]


def act(connection: Connection, asked: Request, now: Instant, ground: Installation) -> Reply:
    """Do what is asked in the caller's transaction, or refuse it; both stand in the audit after it."""
    read = _read(connection, asked, now)
    if read.faults or read.deed is None:
        return Reply(refused(connection, now, Entry(read.person.actor, asked.deed, "", {}), read.faults).faults)
    return read.deed.do(Sitting(connection, read.person, now, ground), read.values)


def preview(connection: Connection, asked: Request, now: Instant, ground: Installation) -> Reply:
    """What ``act`` would do, and what that does to the figures; nothing is written."""
    read = _read(connection, asked, now)
    if read.faults or read.deed is None:
        return Reply(read.faults)
    return read.deed.show(Sitting(connection, read.person, now, ground), read.values)


def _read(connection: Connection, asked: Request, now: Instant) -> _Asked:
    person, found = _who(connection, asked, now)
    deed = DEEDS.get(asked.deed)
    if deed is None:
        unknown = Fault("unknown-deed", ("deed",), "no such deed", asked.deed, ", ".join(sorted(DEEDS)))
        return _Asked(person, None, {}, (*found, unknown))
    values, mistakes = _values(deed.form, asked.body)
    return _Asked(person, deed, values, (*found, *mistakes))


def _who(connection: Connection, asked: Request, now: Instant) -> tuple[Person, list[Fault]]:
    """Who asks; behind a token that opens nothing it is the host's user, with the fault."""
    if asked.secret is None:
        return people.host(asked.user), []
    found = people.by_token(connection, asked.secret, now)
    return (people.host(asked.user), [found]) if isinstance(found, Fault) else (found, [])


def _values(form: Members, body: Any) -> tuple[Values, list[Fault]]:
    sheet = Sheet(body)
    values = form.read(body, (), sheet)
    told = [Fault(one.code, tuple(one.pointer.split("/")[1:]), one.message, one.got, one.expected) for one in sheet.mistakes()]
    return ({} if told else values), told
