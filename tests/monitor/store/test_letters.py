"""The outbox's rows: order, retries, ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Connection

from monitor.store import letters
from monitor.store.database import Database
from monitor.store.letters import GIVE_UP_MS, Key, Letter, State
from sla.span import DAY, HOUR, MINUTE

NOW = 1_790_000_000_000
Do = Callable[[Callable[[Connection], Any]], Any]


@pytest.fixture
def do(tmp_path: Path) -> Iterator[Do]:
    database = Database(tmp_path, NOW)
    yield lambda work: database.writer.submit(work).result(30)
    database.close()


def letter(event: str = "MNT-1", contact: str = "ada@acme.example", sequence: int = 0, expires_at: int | None = None) -> Letter:
    return Letter(Key(event, contact, "announced", sequence), "bounce@p.example", "Subject", b"bytes", expires_at)


def state(do: Do, no: int) -> State:
    found = do(lambda db: letters.find(db, no))
    assert found is not None
    return found.state


def due(do: Do, now: int = NOW) -> list[int]:
    return list(do(lambda db: letters.due(db, now, 100)))


def test_the_same_letter_is_queued_once(do: Do) -> None:
    assert do(lambda db: letters.put(db, letter(), NOW)) is True
    assert do(lambda db: letters.put(db, letter(), NOW + 1)) is False
    assert due(do) == [1]


def test_one_contact_hears_of_one_thing_in_order_and_of_others_meanwhile(do: Do) -> None:
    for one in (letter(sequence=0), letter(sequence=1), letter("MNT-2"), letter(contact="bea@acme.example", sequence=1)):
        do(lambda db, one=one: letters.put(db, one, NOW))
    assert due(do) == [1, 3, 4]
    first = do(lambda db: letters.begun(db, 1))
    assert due(do) == [3, 4], "the first is on its way, not there"
    do(lambda db: letters.later(db, first, "450 busy", NOW))
    assert due(do) == [3, 4], "the first waits, and the second behind it"
    do(lambda db: letters.begun(db, 1))
    do(lambda db: letters.sent(db, 1, "250 ok", NOW))
    assert due(do) == [2, 3, 4]


def test_a_letter_is_tried_after_1_2_5_15_60_minutes_then_hourly_for_a_day(do: Do) -> None:
    do(lambda db: letters.put(db, letter(), NOW))
    now, pauses = NOW, []
    while state(do, 1) is State.NEW:
        kept = do(lambda db: letters.begun(db, 1))
        do(lambda db, kept=kept, now=now: letters.later(db, kept, "421 away", now))
        following = do(lambda db, now=now: letters.next_due(db, now))
        if following is not None:
            assert due(do, following - 1) == [] and due(do, following) == [1]
            pauses.append((following - now) // MINUTE)
            now = following
    assert pauses[:7] == [1, 2, 5, 15, 60, 60, 60]
    assert state(do, 1) is State.DEAD
    assert DAY <= now - NOW < DAY + HOUR


def test_a_letter_past_its_use_is_never_sent(do: Do) -> None:
    do(lambda db: letters.put(db, letter(expires_at=NOW + HOUR), NOW))
    assert do(lambda db: letters.next_due(db, NOW)) == NOW + HOUR, "its end is looked at in time"
    assert do(lambda db: letters.expired(db, NOW + HOUR - 1)) == ()
    (ended,) = do(lambda db: letters.expired(db, NOW + HOUR))
    assert ended.no == 1 and state(do, 1) is State.EXPIRED
    assert due(do, NOW + DAY) == [] and do(lambda db: letters.begun(db, 1)) is None


def test_what_was_being_sent_when_we_fell_is_sent_again(do: Do) -> None:
    do(lambda db: letters.put(db, letter(), NOW))
    do(lambda db: letters.begun(db, 1))
    assert due(do, NOW + DAY) == []
    assert do(letters.recovered) == 1
    assert due(do) == [1]


def test_a_newer_letter_takes_the_place_of_those_that_were_not_sent(do: Do) -> None:
    for one in (letter(sequence=0), letter(sequence=1), letter("MNT-2")):
        do(lambda db, one=one: letters.put(db, one, NOW))
    do(lambda db: letters.begun(db, 1))
    withdrawn = do(lambda db: letters.superseded(db, "MNT-1", "ada@acme.example", NOW))
    assert [kept.no for kept in withdrawn] == [2], "the first is on its way"
    assert state(do, 1) is State.SENDING and state(do, 2) is State.SUPERSEDED and state(do, 3) is State.NEW


def test_a_dead_letter_may_be_sent_again_and_a_sent_one_not(do: Do) -> None:
    for one in (letter(sequence=0), letter("MNT-2")):
        do(lambda db, one=one: letters.put(db, one, NOW))
    do(lambda db: letters.begun(db, 1))
    do(lambda db: letters.dead(db, 1, "550 no such user", NOW))
    do(lambda db: letters.begun(db, 2))
    do(lambda db: letters.sent(db, 2, "250 ok", NOW))
    do(lambda db: letters.retried(db, [1, 2], NOW + 2 * GIVE_UP_MS))
    assert state(do, 1) is State.NEW and state(do, 2) is State.SENT
    counts = do(letters.counted)
    assert (counts[State.NEW], counts[State.SENT], counts[State.DEAD]) == (1, 1, 0)


def test_the_list_is_the_newest_in_order(do: Do) -> None:
    for number in range(5):
        do(lambda db, number=number: letters.put(db, letter(f"MNT-{number}"), NOW))
    assert [kept.no for kept in do(lambda db: letters.listed(db, [State.NEW], 3))] == [3, 4, 5]


def test_the_backlog_tells_by_kind_which_mails_wait_and_are_lost(do: Do) -> None:
    assert do(letters.backlog) == letters.Backlog({}, {}, None)
    kinds = ("announced", "reminder-86400s", "reminder-3600s", "announced")
    for kind, event in zip(kinds, ("MNT-1", "MNT-1", "MNT-2", "MNT-3"), strict=True):
        one = Letter(Key(event, "ada@acme.example", kind, 0), "bounce@p.example", "Subject", b"bytes")
        do(lambda db, one=one: letters.put(db, one, NOW))
    for number in (0, 1):
        hook = Letter(Key("INC-1", "https://hooks.example/x", "webhook-incident", number), "", "", b"{}", channel="webhook")
        do(lambda db, hook=hook: letters.put(db, hook, NOW - 1))
    for no in (4, 5):
        do(lambda db, no=no: letters.begun(db, no))
        do(lambda db, no=no: letters.dead(db, no, "550 no", NOW))
    assert do(letters.backlog) == letters.Backlog({"announced": 1, "reminder": 2}, {"announced": 1}, NOW)
