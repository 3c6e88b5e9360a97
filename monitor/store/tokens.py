"""Tokens: 256 random bits bound to a named person, kept as their SHA-256 only, with scopes, an end, and a way to end sooner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import tables
from sla.span import DAY, Instant

PREFIX = "tn_"
LIFE_MS = 90 * DAY
SCOPES = ("read", "operate", "approve", "admin")
_t = tables.token.c


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is kept; the secret itself is not."""

    no: int
    name: str
    scopes: tuple[str, ...]
    made_at: Instant
    expires_at: Instant
    revoked_at: Instant | None

    def good(self, now: Instant) -> bool:
        """Whether it still opens anything."""
        return self.revoked_at is None and now < self.expires_at


def keep(connection: Connection, secret: str, name: str, scopes: Sequence[str], now: Instant) -> Token:
    """Keep a new token of the person ``name``."""
    row = {
        "name": name,
        "scopes": " ".join(scopes),
        "digest": _digest(secret),
        "made_at": now,
        "expires_at": now + LIFE_MS,
    }
    made = connection.execute(sa.insert(tables.token).values(row)).inserted_primary_key
    assert made is not None
    return Token(made[0], name, tuple(scopes), now, now + LIFE_MS, None)


def find(connection: Connection, secret: str) -> Token | None:
    """The token behind a secret, also one that is revoked or over."""
    row = connection.execute(sa.select(tables.token).where(_t.digest == _digest(secret))).first()
    return None if row is None else _token(row)


def every(connection: Connection) -> tuple[Token, ...]:
    """All tokens ever made, oldest first."""
    return tuple(map(_token, connection.execute(sa.select(tables.token).order_by(_t.no))))


def revoke(connection: Connection, no: int, now: Instant) -> bool:
    """End a token at once; False if there is none with this number that is still good."""
    ended = connection.execute(sa.update(tables.token).where(_t.no == no, _t.revoked_at.is_(None)).values(revoked_at=now))
    return ended.rowcount == 1


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def _token(row: Any) -> Token:
    return Token(row.no, row.name, tuple(row.scopes.split()), row.made_at, row.expires_at, row.revoked_at)
