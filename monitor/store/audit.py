"""Who did what, when and by what right, as a chain: each row's hash holds the row before it and every column of its own.

``hash = SHA-256("threenines-audit-1\\0" ‖ prev ‖ length ‖ canonical JSON of all other columns)``; ``length`` is that of the
JSON in 8 bytes, the first ``prev`` is 32 zero bytes. Whoever cuts off the newest rows, or rewrites all of them, is found
only against a head that was kept elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import tables
from sla.canonical import canonical
from sla.span import Instant

FIRST = bytes(32)
"""What stands before the first row."""
_LABEL = b"threenines-audit-1\0"
_SAID = ("seq", "at", "actor", "auth_method", "action", "object", "body", "evidence")
_a = tables.audit.c


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a named person by a token, the host by a system user, or the service itself."""

    name: str
    auth_method: str


SERVICE = Actor("service", "process")


@dataclass(frozen=True, slots=True)
class Entry:
    """One deed. ``object`` is what it was done to; ``body`` holds what was asked or changed, never a secret."""

    actor: Actor
    action: str
    object: str
    body: Mapping[str, Any]
    evidence: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Head:
    """The newest row: all rows up to it hang on its hash. Kept elsewhere it also shows rows that were cut off."""

    seq: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.seq}:{self.hash.hex()}"


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found: how many rows are sound, the head, and the first ``seq`` that is not (None: all are), with the reason."""

    rows: int
    head: Head
    bad_seq: int | None = None
    reason: str = ""


def append(connection: Connection, at: Instant, entry: Entry) -> Head:
    """Append ``entry`` in the transaction of the deed that it tells of; the new head."""
    before = head(connection)
    row: dict[str, Any] = {
        "seq": before.seq + 1,
        "at": at,
        "actor": entry.actor.name,
        "auth_method": entry.actor.auth_method,
        "action": entry.action,
        "object": entry.object,
        "body": canonical(dict(entry.body)),
        "evidence": canonical(list(entry.evidence)),
    }
    hashed = _hash(before.hash, row)
    connection.execute(sa.insert(tables.audit), [{**row, "prev": before.hash, "hash": hashed}])
    return Head(before.seq + 1, hashed)


def head(connection: Connection) -> Head:
    """The newest row; (0, zeros) while there is none."""
    newest = connection.execute(sa.select(_a.seq, _a.hash).order_by(_a.seq.desc()).limit(1)).first()
    return Head(newest.seq, newest.hash) if newest else Head(0, FIRST)


def newest_at(connection: Connection) -> Instant | None:
    """When the newest row was written; None while there is none."""
    at: Instant | None = connection.execute(sa.select(_a.at).order_by(_a.seq.desc()).limit(1)).scalar()
    return at


def about(connection: Connection, objects: Collection[str]) -> tuple[dict[str, Any], ...]:
    """The rows of what was done to ``objects``, in order, without refused attempts; ``prev`` and ``hash`` are hexadecimal."""
    names = (*_SAID, "prev", "hash")
    question = sa.select(*(_a[name] for name in names)).where(_a.object.in_(objects), _a.action.not_like("%.refused"))
    rows = connection.execute(question.order_by(_a.seq))
    return tuple({**dict(zip(_SAID, row, strict=False)), "prev": row[-2].hex(), "hash": row[-1].hex()} for row in rows)


def sound(row: Mapping[str, Any]) -> bool:
    """Whether a row, as ``about`` tells it, is what was written: its hash is that of all its other columns."""
    try:
        return bool(_hash(bytes.fromhex(row["prev"]), {name: row[name] for name in _SAID}).hex() == row["hash"])
    except (KeyError, TypeError, ValueError):
        return False


def verified(connection: Connection) -> Verified:
    """The whole chain, recomputed from its rows."""
    names = (*_SAID, "prev", "hash")
    rows = connection.execute(sa.select(*(_a[name] for name in names)).order_by(_a.seq))
    return check(rows)


def check(rows: Iterable[Sequence[Any]]) -> Verified:
    """``rows`` (the columns in their order, by ``seq``) as a chain; the first that does not fit ends the walk."""
    last = Head(0, FIRST)
    for row in rows:
        fault = _fault(last, row)
        if fault:
            return Verified(last.seq, last, last.seq + 1, fault)
        last = Head(row[0], row[-1])
    return Verified(last.seq, last)


def _fault(last: Head, row: Sequence[Any]) -> str:
    if row[0] != last.seq + 1:
        return f"row {last.seq + 1} is missing, the next is {row[0]}"
    if row[-2] != last.hash:
        return f"row {row[0]} does not follow the row before it"
    try:
        hashed = _hash(last.hash, dict(zip(_SAID, row, strict=False)))
    except (TypeError, ValueError, UnicodeError):
        return f"row {row[0]} holds what was never written"
    return "" if hashed == row[-1] else f"row {row[0]} is not what was written"


def _hash(prev: bytes, row: dict[str, Any]) -> bytes:
    text = canonical(row).encode()
    return sha256(_LABEL + prev + len(text).to_bytes(8, "big") + text).digest()
