"""The outbox's letters: finished bytes, queued in the transaction of what they tell of, and what became of each.

``new → sending → sent | dead | expired``, ``new → superseded``, ``sent → bounced``. ``sending`` is committed before the
first word to the mail server, ``sent`` after its 250: whoever finds a letter ``sending`` at a start sends it again, with
the same bytes and so the same Message-ID.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import tables
from monitor.store.engine import insert_absent
from sla.span import DAY, HOUR, MINUTE, SECOND, Instant

_l = tables.letter.c

PAUSES_MS = tuple(minutes * MINUTE for minutes in (1, 2, 5, 15, 60))
"""Between two tries: the last goes on until the letter is too old. Grey-listing servers let mail in after some minutes."""
GIVE_UP_MS = DAY
"""A letter that no server took for so long is dead, and a person is told."""
HOOK_PAUSES_MS = tuple(seconds * SECOND for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400))
"""Between two tries of a webhook; after the last it is dead. Tools sleep at night, and their owners at weekends."""
HOOK_GIVE_UP_MS = sum(HOOK_PAUSES_MS) + HOUR
MAX_REPLY = 500


class State(Enum):
    """What became of a letter."""

    NEW = "new"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    BOUNCED = "bounced"


Channel = Literal["mail", "webhook"]
"""The way that a letter goes."""
RETRIABLE = (State.NEW, State.DEAD)


@dataclass(frozen=True, slots=True)
class Key:
    """What a letter is: the thing that it tells of, to whom, which kind of notice, which revision of the thing."""

    event: str
    contact: str
    kind: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to be queued. ``sender`` is the address for bounces; after ``expires_at`` it would do harm."""

    key: Key
    sender: str
    subject: str
    body: bytes
    expires_at: Instant | None = None
    channel: Channel = "mail"


@dataclass(frozen=True, slots=True)
class Kept:
    """A letter as it is kept. ``reply`` is the mail server's last word; ``next_at``: when it is tried next."""

    no: int
    queued_at: Instant
    letter: Letter
    state: State
    tries: int
    next_at: Instant
    give_up_at: Instant
    settled_at: Instant | None
    reply: str


def put(connection: Connection, letter: Letter, now: Instant) -> bool:
    """Queue ``letter`` in the caller's transaction; False: this very letter was queued before, and stays as it is."""
    row = {
        "queued_at": now,
        "event": letter.key.event,
        "contact": letter.key.contact,
        "kind": letter.key.kind,
        "sequence": letter.key.sequence,
        "sender": letter.sender,
        "subject": letter.subject,
        "body": letter.body,
        "expires_at": letter.expires_at,
        "channel": letter.channel,
        "state": State.NEW.value,
        "tries": 0,
        "next_at": now,
        "give_up_at": now + (GIVE_UP_MS if letter.channel == "mail" else HOOK_GIVE_UP_MS),
        "reply": "",
    }
    return connection.execute(insert_absent(connection, tables.letter), row).rowcount == 1


def due(connection: Connection, now: Instant, most: int, channel: Channel = "mail") -> Mapping[int, str]:
    """Up to ``most`` letters of one way to be sent now, the longest due first: their numbers, each with its contact.

    One contact hears of one thing in order: a letter waits while an earlier one to the same contact about it waits.
    """
    earlier = tables.letter.alias().c
    before = sa.exists().where(
        earlier.contact == _l.contact,
        earlier.event == _l.event,
        earlier.no < _l.no,
        earlier.state.in_((State.NEW.value, State.SENDING.value)),
    )
    question = sa.select(_l.no, _l.contact).where(_l.state == State.NEW.value, _l.channel == channel, _l.next_at <= now, ~before)
    return {row.no: row.contact for row in connection.execute(question.order_by(_l.next_at, _l.no).limit(most))}


def next_due(connection: Connection, now: Instant, channel: Channel = "mail") -> Instant | None:
    """When a letter of one way that waits and is not due at ``now`` is to be tried, or ends unsent."""
    waits = (_l.state == State.NEW.value) & (_l.channel == channel)
    tried = connection.execute(sa.select(sa.func.min(_l.next_at)).where(waits, _l.next_at > now)).scalar()
    ends = connection.execute(sa.select(sa.func.min(_l.expires_at)).where(waits, _l.expires_at > now)).scalar()
    return min((instant for instant in (tried, ends) if instant is not None), default=None)


def begun(connection: Connection, no: int) -> Kept | None:
    """Mark a letter as being sent, and give it; None: it is not ``new`` any more, so it must not be sent."""
    return find(connection, no) if _moved(connection, no, State.NEW, state=State.SENDING.value, tries=_l.tries + 1) else None


def sent(connection: Connection, no: int, reply: str, now: Instant) -> None:
    """The next hop has taken it: ``reply`` is the evidence."""
    _moved(connection, no, State.SENDING, state=State.SENT.value, settled_at=now, reply=reply[:MAX_REPLY])


def dead(connection: Connection, no: int, reply: str, now: Instant) -> None:
    """The next hop has refused it for good."""
    _moved(connection, no, State.SENDING, state=State.DEAD.value, settled_at=now, reply=reply[:MAX_REPLY])


def later(connection: Connection, kept: Kept, reply: str, now: Instant) -> bool:
    """It could not be given away now: wait, longer each time, and at last give up. False: it was given up."""
    pauses = PAUSES_MS if kept.letter.channel == "mail" else HOOK_PAUSES_MS
    if now >= kept.give_up_at or (kept.letter.channel == "webhook" and kept.tries > len(pauses)):
        dead(connection, kept.no, reply, now)
        return False
    pause = pauses[min(kept.tries, len(pauses)) - 1]
    _moved(connection, kept.no, State.SENDING, state=State.NEW.value, next_at=now + pause, reply=reply[:MAX_REPLY])
    return True


def bounced(connection: Connection, no: int, reply: str, now: Instant) -> None:
    """A letter that was taken came back for good."""
    _moved(connection, no, State.SENT, state=State.BOUNCED.value, settled_at=now, reply=reply[:MAX_REPLY])


def expired(connection: Connection, now: Instant) -> tuple[Kept, ...]:
    """End the letters that wait past their use, and give them back: they are never sent late."""
    past = (_l.state == State.NEW.value) & (_l.expires_at <= now)
    found = tuple(map(_kept, connection.execute(sa.select(tables.letter).where(past))))
    connection.execute(sa.update(tables.letter).where(past).values(state=State.EXPIRED.value, settled_at=now))
    return found


def recovered(connection: Connection, channel: Channel = "mail") -> int:
    """At a start: letters of one way that were being sent are sent again, at once. How many."""
    again = sa.update(tables.letter).where(_l.state == State.SENDING.value, _l.channel == channel)
    return connection.execute(again.values(state=State.NEW.value)).rowcount


def superseded(connection: Connection, event: str, contact: str, now: Instant) -> tuple[Kept, ...]:
    """Withdraw what ``contact`` has not been told yet about ``event``, and give it back: a newer letter tells it all."""
    waits = (_l.state == State.NEW.value) & (_l.event == event) & (_l.contact == contact)
    found = tuple(map(_kept, connection.execute(sa.select(tables.letter).where(waits).order_by(_l.no))))
    connection.execute(sa.update(tables.letter).where(waits).values(state=State.SUPERSEDED.value, settled_at=now))
    return found


def told(connection: Connection, event: str, contact: str) -> bool:
    """Whether ``contact`` was sent anything about ``event``, or is just being sent it."""
    gone = [state.value for state in (State.SENDING, State.SENT, State.BOUNCED)]
    any_ = sa.select(_l.no).where(_l.event == event, _l.contact == contact, _l.state.in_(gone)).limit(1)
    return connection.execute(any_).first() is not None


def known(connection: Connection, prefix: str, since: Instant) -> frozenset[Key]:
    """The letters about events that begin with ``prefix`` that were queued after ``since``."""
    question = sa.select(_l.event, _l.contact, _l.kind, _l.sequence).where(_l.event.startswith(prefix), _l.queued_at > since)
    return frozenset(Key(*row) for row in connection.execute(question))


def taken(connection: Connection, event: str, sequence: int, but: int) -> bool:
    """Whether the next hop took a letter, other than number ``but``, that told this revision of ``event`` to anybody."""
    gone = [state.value for state in (State.SENT, State.BOUNCED)]
    question = sa.select(_l.no).where(_l.event == event, _l.sequence == sequence, _l.no != but, _l.state.in_(gone))
    return connection.execute(question.where(~_l.kind.startswith("reminder")).limit(1)).first() is not None


def queued(connection: Connection, kinds: Collection[str], since: Instant) -> frozenset[Key]:
    """The letters of some kinds that were queued at ``since`` or later, whatever became of them."""
    lately = _l.kind.in_(kinds) & (_l.queued_at >= since)
    rows = connection.execute(sa.select(_l.event, _l.contact, _l.kind, _l.sequence).where(lately))
    return frozenset(Key(row.event, row.contact, row.kind, row.sequence) for row in rows)


def retried(connection: Connection, numbers: Collection[int], now: Instant) -> None:
    """Queue letters that wait or are dead once more, with a whole day before them."""
    may = _l.no.in_(numbers) & _l.state.in_([state.value for state in RETRIABLE])
    again = {"state": State.NEW.value, "next_at": now, "give_up_at": now + GIVE_UP_MS, "tries": 0, "settled_at": None}
    connection.execute(sa.update(tables.letter).where(may).values(again))


def find(connection: Connection, no: int) -> Kept | None:
    """One letter by its number."""
    row = connection.execute(sa.select(tables.letter).where(_l.no == no)).first()
    return None if row is None else _kept(row)


def by_sender(connection: Connection, sender: str) -> Kept | None:
    """The letter that went out under this address for bounces."""
    row = connection.execute(sa.select(tables.letter).where(_l.sender == sender).limit(1)).first()
    return None if row is None else _kept(row)


def listed(connection: Connection, states: Collection[State], most: int) -> tuple[Kept, ...]:
    """The newest ``most`` letters in one of ``states``, oldest first."""
    question = sa.select(tables.letter).where(_l.state.in_([state.value for state in states]))
    return tuple(map(_kept, connection.execute(question.order_by(_l.no.desc()).limit(most))))[::-1]


def counted(connection: Connection) -> Mapping[State, int]:
    """How many letters are in each state."""
    rows = connection.execute(sa.select(_l.state, sa.func.count()).group_by(_l.state))
    return dict.fromkeys(State, 0) | {State(state): many for state, many in rows}


@dataclass(frozen=True, slots=True)
class Backlog:
    """What the outbox of mails holds by kind of notice: letters that wait or are being sent, dead ones; the oldest that waits."""

    pending: Mapping[str, int]
    dead: Mapping[str, int]
    oldest_at: Instant | None


def backlog(connection: Connection) -> Backlog:
    """What mails are not sent. Reminders are one kind, however long before.

    Webhooks are left out: they may wait for days, and whom to tell of a dead one is told by mail.
    """
    mails = _l.channel == "mail"
    waits, lost = (State.NEW.value, State.SENDING.value), State.DEAD.value
    pending, dead = Counter[str](), Counter[str]()
    question = sa.select(_l.kind, _l.state, sa.func.count().label("many")).where(mails, _l.state.in_((*waits, lost)))
    for row in connection.execute(question.group_by(_l.kind, _l.state)):
        (dead if row.state == lost else pending)[row.kind.partition("-")[0]] += row.many
    oldest = connection.execute(sa.select(sa.func.min(_l.queued_at)).where(mails, _l.state.in_(waits))).scalar()
    return Backlog(pending, dead, oldest)


def _moved(connection: Connection, no: int, out_of: State, **values: Any) -> bool:
    moved = sa.update(tables.letter).where(_l.no == no, _l.state == out_of.value).values(**values)
    return connection.execute(moved).rowcount == 1


def _kept(row: Any) -> Kept:
    letter = Letter(
        Key(row.event, row.contact, row.kind, row.sequence), row.sender, row.subject, row.body, row.expires_at, row.channel
    )
    state = State(row.state)
    return Kept(row.no, row.queued_at, letter, state, row.tries, row.next_at, row.give_up_at, row.settled_at, row.reply)
