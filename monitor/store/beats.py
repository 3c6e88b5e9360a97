"""What senders have told us, one row a sender under the SHA-256 of its token, and the spans in which we surely heard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Literal, TypeAlias

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import tables
from sla.span import DAY, Instant, Span

Word: TypeAlias = Literal["good", "start", "fail"]
KEPT_MS = 800 * DAY
"""Twice the longest interval of signs: what is older proves nothing any more."""
_b = tables.beat.c
_l = tables.listened.c


@dataclass(frozen=True, slots=True)
class Beat:
    """How a sender stands; see ``probes.probe.Heard``. ``last_at`` is when its last word came."""

    last_at: Instant
    good_at: Instant | None = None
    started_at: Instant | None = None
    failed_at: Instant | None = None
    code: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Sign:
    """One word of a sender, stamped when it came in. ``code`` is the exit code that it told."""

    word: Word
    at: Instant
    code: int | None = None
    text: str = ""


def digest_of(token: str) -> bytes:
    """Under what a sender is kept: the token itself is not."""
    return sha256(token.encode()).digest()


def after(before: Beat | None, sign: Sign) -> Beat:
    """How a sender stands after ``sign``. A failure holds until a good end, also while the next run goes on."""
    beat = replace(before or Beat(sign.at), last_at=sign.at, text=sign.text)
    if sign.word == "start":
        return replace(beat, started_at=sign.at)
    if sign.word == "fail":
        return replace(beat, started_at=None, failed_at=sign.at, code=sign.code)
    return replace(beat, good_at=sign.at, started_at=None, failed_at=None, code=sign.code)


def take(connection: Connection, digest: bytes | None, sign: Sign, span: Span | None, void: bool) -> Beat | None:
    """Keep a sign and that we heard it: of a sender (``digest`` None: our own knock), in the ``span`` of listening it ends.

    ``void``: the clock that stamped the spans was set back, so none counts any more.
    """
    if void:
        forget(connection)
    if span is not None:
        listen(connection, span)
    return None if digest is None else keep(connection, digest, sign)


def keep(connection: Connection, digest: bytes, sign: Sign) -> Beat:
    """Keep what the sender said; how it stands now."""
    beat = after(find(connection, digest), sign)
    updated = connection.execute(sa.update(tables.beat).where(_b.digest == digest).values(**asdict(beat)))
    if updated.rowcount == 0:
        connection.execute(sa.insert(tables.beat).values(digest=digest, **asdict(beat)))
    return beat


def find(connection: Connection, digest: bytes) -> Beat | None:
    """How a sender stands; None: it has said nothing yet."""
    row = connection.execute(sa.select(tables.beat).where(_b.digest == digest)).first()
    return None if row is None else _beat(row)


def every(connection: Connection) -> Mapping[bytes, Beat]:
    """All senders that ever said something."""
    return {row.digest: _beat(row) for row in connection.execute(sa.select(tables.beat))}


def listened(connection: Connection) -> tuple[Span, ...]:
    """The spans in which we surely heard, oldest first."""
    rows = connection.execute(sa.select(_l.since, _l.until).order_by(_l.since))
    return tuple(Span(row.since, row.until) for row in rows)


def listen(connection: Connection, span: Span) -> None:
    """We have heard from the start of ``span`` to its end; a span that began then is the same one, longer."""
    updated = connection.execute(sa.update(tables.listened).where(_l.since == span.start).values(until=span.end))
    if updated.rowcount == 0:
        connection.execute(sa.insert(tables.listened).values(since=span.start, until=span.end))
        connection.execute(sa.delete(tables.listened).where(_l.until < span.end - KEPT_MS))


def forget(connection: Connection) -> None:
    """No span counts any more: the clock that stamped them was set back."""
    connection.execute(sa.delete(tables.listened))


def _beat(row: sa.Row[tuple[object, ...]]) -> Beat:
    return Beat(row.last_at, row.good_at, row.started_at, row.failed_at, row.code, row.text)
