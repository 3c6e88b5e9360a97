"""Who acts, and what they may: named persons by their tokens, and the host's own users, who may do all but decide."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from monitor.desk.refusal import Refused, refused, unless_printable
from monitor.store import audit, tokens
from monitor.store.audit import Actor, Entry
from monitor.store.tokens import SCOPES, Token
from sla.exclusion import Fault
from sla.span import Instant

HOST_SCOPES = frozenset({"read", "operate", "admin"})
"""Not ``approve``: a decision is a named person's, so the host alone passes no exclusion."""
MAX_NAME = 80


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who acts, and the scopes they hold."""

    actor: Actor
    scopes: frozenset[str]

    @property
    def name(self) -> str:
        """How they stand in records."""
        return self.actor.name


@dataclass(frozen=True, slots=True)
class Made:
    """A new token; ``secret`` is shown now and never again."""

    token: Token
    secret: str


def host(user: str) -> Person:
    """A system user of the host without a token."""
    return Person(Actor(f"host:{user}", "host"), HOST_SCOPES)


def by_token(connection: Connection, secret: str, now: Instant) -> Person | Fault:
    """The named person behind a token, or why it opens nothing."""
    token = tokens.find(connection, secret)
    if token is None:
        return Fault("token", ("token",), "no such token", "a token that is not known", "one made by `threenines web token new`")
    if not token.good(now):
        state = "revoked" if token.revoked_at is not None else "expired"
        return Fault("token", ("token",), f"the token of {token.name} is {state}", state, "a token that is still good")
    return Person(Actor(token.name, "token"), frozenset(token.scopes))


def lacking(person: Person, scope: str) -> tuple[Fault, ...]:
    """The fault of somebody who does not hold ``scope``; none if they do."""
    if scope in person.scopes:
        return ()
    held = ", ".join(sorted(person.scopes)) or "none"
    hint = f"; use the token of a person with scope {scope}" if person.actor.auth_method == "host" else ""
    return (Fault("scope", ("token",), f"{person.name} may not do this{hint}", held, f"scope {scope}"),)


def new_token(connection: Connection, person: Person, name: str, scopes: Sequence[str], now: Instant) -> Made | Refused:
    """Make a token for the person ``name``; what is wrong is told all at once and audited."""
    found = [*lacking(person, "admin"), *_name_faults(connection, name), *_scope_faults(scopes)]
    body = {"name": name, "scopes": list(scopes)}
    if found:
        return refused(connection, now, Entry(person.actor, "token.new", "token", body), found)
    secret = tokens.PREFIX + secrets.token_urlsafe(32)
    token = tokens.keep(connection, secret, name, tuple(dict.fromkeys(scopes)), now)
    audit.append(connection, now, Entry(person.actor, "token.new", f"token:{token.no}", body))
    return Made(token, secret)


def revoke_token(connection: Connection, person: Person, no: int, now: Instant) -> Token | Refused:
    """End a token at once."""
    known = {token.no: token for token in tokens.every(connection)}
    found = list(lacking(person, "admin"))
    if no not in known or known[no].revoked_at is not None:
        expected = f"one of {', '.join(str(no) for no, one in known.items() if one.revoked_at is None) or 'none'}"
        found.append(Fault("unknown-token", ("token",), "no such token that could be revoked", str(no), expected))
    entry = Entry(person.actor, "token.revoked", f"token:{no}", {"name": known[no].name if no in known else ""})
    if found:
        return refused(connection, now, entry, found)
    tokens.revoke(connection, no, now)
    audit.append(connection, now, entry)
    return next(token for token in tokens.every(connection) if token.no == no)


def _name_faults(connection: Connection, name: str) -> list[Fault]:
    found = unless_printable("name", name, MAX_NAME)
    if name.startswith("host:") or name == audit.SERVICE.name:
        found.append(Fault("reserved-name", ("name",), "stands for no person", name, "a person's name"))
    same = {token.name for token in tokens.every(connection) if token.name.casefold() == name.casefold()}
    if same and name not in same:
        found.append(Fault("same-person", ("name",), "a person is always spelled the same", name, " or ".join(sorted(same))))
    return found


def _scope_faults(scopes: Sequence[str]) -> list[Fault]:
    wrong = [scope for scope in scopes if scope not in SCOPES]
    found = [Fault("value", ("scope",), "no such scope", scope, ", ".join(SCOPES)) for scope in wrong]
    if not scopes:
        found.append(Fault("missing", ("scope",), "a token opens something", "nothing", f"at least one of {', '.join(SCOPES)}"))
    return found
