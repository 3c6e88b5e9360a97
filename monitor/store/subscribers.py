"""Who asked for news of a page: mail addresses that confirmed it and those that have not yet, and webhooks.

An unconfirmed one vanishes after a day. Of a mail address that ended its subscription only a keyed digest is left, so that
nobody can have it asked again; what its letters said is gone with it.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import bulletins, reader_tables, tables
from monitor.store.engine import insert_absent
from sla.span import DAY, Instant

CONFIRM_WITHIN_MS = DAY
"""How long a confirmation waits for its button."""
FAILING_MS = 5 * DAY
"""A webhook that took nothing for so long is off."""
KINDS = ("incident", "maintenance", "release")
MARK = "#"
"""In the event of a letter to a subscriber: what follows is the subscriber's number."""
CONFIRM = "subscriber-confirm"
Channel = Literal["mail", "webhook"]
_s, _x, _l = reader_tables.subscriber.c, reader_tables.suppressed.c, tables.letter.c


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants of the page under ``page``: ``entries`` are the page's own ids, none: all of them."""

    page: str
    channel: Channel
    address: str
    language: str = "en"
    kinds: tuple[str, ...] = KINDS
    entries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A wish as it is kept. ``confirmed_at`` None: nobody has pressed the button yet.

    Of webhooks: ``generation`` of the secret; ``former_until``: so long the secret before it signs too; ``tell``: whom to
    write to when it fails; ``failing_since``: nothing was delivered since; ``off_at``: when it was given up.
    """

    no: int
    wish: Wish
    made_at: Instant
    confirmed_at: Instant | None
    generation: int = 0
    former_until: Instant | None = None
    tell: str | None = None
    failing_since: Instant | None = None
    off_at: Instant | None = None

    def wants(self, kind: str, entries: Collection[str]) -> bool:
        """Whether news of ``kind`` that concerns ``entries`` is for them."""
        wish = self.wish
        return kind in wish.kinds and (not wish.entries or not set(wish.entries).isdisjoint(entries))


def ask(connection: Connection, wish: Wish, token: str, now: Instant) -> Subscriber:
    """Keep an unconfirmed wish that ``token`` confirms; one that waited for the same address and page is replaced."""
    waits = (_s.page == wish.page) & (_s.channel == wish.channel) & (_s.address == wish.address) & _s.confirmed_at.is_(None)
    connection.execute(sa.delete(reader_tables.subscriber).where(waits))
    return _kept(connection, wish, now, None, token_digest=_digest(token))


def add(connection: Connection, wish: Wish, now: Instant, tell: str | None = None, confirmed: bool = True) -> Subscriber:
    """Keep a wish that needs no further word, or (not ``confirmed``) a webhook that has yet to answer its challenge."""
    return _kept(connection, wish, now, now if confirmed else None, tell=tell)


def confirm(connection: Connection, page: str, token: str, now: Instant) -> Subscriber | None:
    """Confirm what waits for ``token``; None: nothing does, or not any more. A token is good once."""
    waits = (_s.token_digest == _digest(token)) & (_s.page == page) & (_s.made_at > now - CONFIRM_WITHIN_MS)
    row = connection.execute(sa.select(_s.no).where(waits)).first()
    if row is None:
        return None
    connection.execute(sa.update(reader_tables.subscriber).where(_s.no == row.no).values(confirmed_at=now, token_digest=None))
    connection.execute(sa.delete(tables.letter).where(_l.kind == CONFIRM, _l.event.endswith(f"{MARK}{row.no}")))
    return find(connection, row.no)


def find(connection: Connection, no: int) -> Subscriber | None:
    """One by number."""
    row = connection.execute(sa.select(reader_tables.subscriber).where(_s.no == no)).first()
    return None if row is None else _subscriber(row)


def of_address(connection: Connection, page: str, channel: Channel, address: str) -> Subscriber | None:
    """The one with this address, confirmed or not."""
    same = (_s.page == page) & (_s.channel == channel) & (_s.address == address)
    row = connection.execute(sa.select(reader_tables.subscriber).where(same)).first()
    return None if row is None else _subscriber(row)


def confirmed(connection: Connection, pages: Collection[str], kind: str, channel: Channel) -> tuple[Subscriber, ...]:
    """Everybody who confirmed to want news of ``kind`` of one of ``pages``, by number; webhooks that are off are not among
    them.
    """
    asked = _s.page.in_(pages) & (_s.channel == channel) & _s.confirmed_at.is_not(None) & _s.off_at.is_(None)
    found = map(_subscriber, connection.execute(sa.select(reader_tables.subscriber).where(asked).order_by(_s.no)))
    return tuple(one for one in found if kind in one.wish.kinds)


def every(connection: Connection) -> tuple[Subscriber, ...]:
    """All of them by number."""
    return tuple(map(_subscriber, connection.execute(sa.select(reader_tables.subscriber).order_by(_s.no))))


def delivered(connection: Connection, no: int, now: Instant) -> None:
    """A webhook took something: it works. The first thing that it takes is its challenge, which confirms it."""
    one = reader_tables.subscriber
    connection.execute(sa.update(one).where(_s.no == no, _s.confirmed_at.is_(None)).values(confirmed_at=now))
    connection.execute(sa.update(one).where(_s.no == no).values(failing_since=None, off_at=None))


def failed(connection: Connection, no: int, now: Instant) -> bool:
    """A webhook took nothing once more; True if that ends it now: nothing was delivered for too long."""
    one = reader_tables.subscriber
    connection.execute(sa.update(one).where(_s.no == no, _s.failing_since.is_(None)).values(failing_since=now))
    dead = (_s.no == no) & _s.off_at.is_(None) & (_s.failing_since <= now - FAILING_MS)
    return connection.execute(sa.update(one).where(dead).values(off_at=now)).rowcount == 1


def rotate(connection: Connection, one: Subscriber, until: Instant) -> Subscriber:
    """Give a webhook its next secret; the one before it signs too ``until`` then."""
    values = {"generation": one.generation + 1, "former_until": until}
    connection.execute(sa.update(reader_tables.subscriber).where(_s.no == one.no).values(**values))
    return replace(one, generation=one.generation + 1, former_until=until)


def change(connection: Connection, no: int, kinds: Sequence[str], entries: Sequence[str]) -> None:
    """Another choice."""
    chosen = {"kinds": json.dumps(list(kinds)), "entries": json.dumps(list(entries))}
    connection.execute(sa.update(reader_tables.subscriber).where(_s.no == no).values(**chosen))


def end(connection: Connection, one: Subscriber, secret: bytes, now: Instant) -> None:
    """End a subscription: the row goes, with the letters to it; of a mail address a keyed digest stays."""
    connection.execute(sa.delete(tables.letter).where(_l.event.endswith(f"{MARK}{one.no}")))
    bulletins.forget(connection, one.wish.page, one.wish.address)
    connection.execute(sa.delete(reader_tables.subscriber).where(_s.no == one.no))
    if one.wish.channel == "mail":
        row = {"digest": _keyed(secret, one.wish), "at": now}
        connection.execute(insert_absent(connection, reader_tables.suppressed), row)


def suppressed(connection: Connection, wish: Wish, secret: bytes) -> bool:
    """Whether this address ended its subscription to this page once."""
    return connection.execute(sa.select(_x.at).where(_x.digest == _keyed(secret, wish))).first() is not None


def allow(connection: Connection, wish: Wish, secret: bytes) -> bool:
    """Let the address be asked again, since its owner wants it; False: nothing kept it from that."""
    return connection.execute(sa.delete(reader_tables.suppressed).where(_x.digest == _keyed(secret, wish))).rowcount == 1


def asked_lately(connection: Connection, address: str, since: Instant) -> int:
    """How many confirmations were sent to a mail address after ``since``, whatever became of them."""
    sent = (_l.contact == address) & (_l.kind == CONFIRM) & (_l.queued_at > since)
    return connection.execute(sa.select(sa.func.count()).select_from(tables.letter).where(sent)).scalar() or 0


def vanish(connection: Connection, now: Instant) -> int:
    """Forget those who did not confirm within a day, and what was written to them; how many."""
    late = _s.confirmed_at.is_(None) & (_s.made_at <= now - CONFIRM_WITHIN_MS)
    gone = connection.execute(sa.delete(reader_tables.subscriber).where(late)).rowcount
    old = (_l.kind == CONFIRM) & (_l.queued_at <= now - CONFIRM_WITHIN_MS)
    connection.execute(sa.delete(tables.letter).where(old))
    return gone


def _kept(connection: Connection, wish: Wish, now: Instant, confirmed_at: Instant | None, **more: Any) -> Subscriber:
    row = {
        "page": wish.page,
        "channel": wish.channel,
        "address": wish.address,
        "language": wish.language,
        "kinds": json.dumps(list(wish.kinds)),
        "entries": json.dumps(list(wish.entries)),
        "made_at": now,
        "confirmed_at": confirmed_at,
        "generation": 0,
        **more,
    }
    made = connection.execute(sa.insert(reader_tables.subscriber).values(row)).inserted_primary_key
    assert made is not None
    return Subscriber(made[0], wish, now, confirmed_at, tell=more.get("tell"))


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _keyed(secret: bytes, wish: Wish) -> bytes:
    """What is left of an address: nobody without the installation's secret can tell whose it is."""
    return hmac.digest(secret, f"suppressed\0{wish.page}\0{wish.address.lower()}".encode(), sha256)


def _subscriber(row: Any) -> Subscriber:
    kinds, entries = tuple(json.loads(row.kinds)), tuple(json.loads(row.entries))
    wish = Wish(row.page, row.channel, row.address, row.language, kinds, entries)
    told = row.generation, row.former_until, row.tell, row.failing_since, row.off_at
    return Subscriber(row.no, wish, row.made_at, row.confirmed_at, *told)
