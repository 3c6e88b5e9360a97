"""The herald over a real store: at its start it finds what it missed, then it follows what it hears."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from pathlib import Path

import pytest
from published import PARTS, Desk, days_ago, site

from monitor.bus.local import LocalEvents
from monitor.herald import Herald
from monitor.ports import Changed
from monitor.store import incidents
from monitor.store.engine import StoreFull
from sla.state import State
from sla.timeline import Change


class Room:
    """A herald at work, and what it had made anew."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk(folder, [site("a", "acme"), site("b", "globex")])
        for key in "ab":
            for part in PARTS:
                self.desk.append(self.desk.stream(key, part), [Change(days_ago(3), State.UP)])
        self.events, self.renewed = LocalEvents(), list[set[str]]()
        self.herald = Herald(self.desk.database, lambda: self.desk.now, self._renew)
        self.herald.watch(self.desk.board._in_force().configuration, self.desk.plans)

    async def _renew(self, sites: Collection[str]) -> None:
        self.renewed.append(set(sites))

    async def listening(self, count: int) -> None:
        """Follow until so many renewals were asked for."""
        task = asyncio.create_task(self.herald.run(self.events.listen()))
        end = time.monotonic() + 10
        while len(self.renewed) < count:
            assert time.monotonic() < end, "nobody told"
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
def room(tmp_path: Path):  # type: ignore[no-untyped-def]
    made = Room(tmp_path)
    yield made
    made.desk.database.close()


async def test_what_went_down_while_nobody_listened_is_told_at_the_start(room: Room) -> None:
    room.desk.append(room.desk.stream("b", "web"), [Change(days_ago(0.1), State.DOWN)])
    await room.listening(1)
    assert room.renewed == [{"b"}]
    (one,) = room.desk.database.look(incidents.every)
    assert (one.began_at, one.components) == (days_ago(0.1), ("b/web",))


async def test_a_change_that_is_heard_opens_an_incident(room: Room) -> None:
    await room.herald.follow(("a", "b"))
    assert room.renewed == []
    stream = room.desk.stream("a", "ldap")
    room.desk.append(stream, [Change(days_ago(0.01), State.DOWN)])
    room.events.tell([Changed(*stream, days_ago(0.01), State.DOWN)])
    await room.listening(1)
    assert room.renewed == [{"a"}]


async def test_a_full_disk_delays_the_word_and_loses_none(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.desk.append(room.desk.stream("a", "web"), [Change(days_ago(0.1), State.DOWN)])
    whole, refused = room.desk.database.write, list[int]()

    async def full_once(work):  # type: ignore[no-untyped-def]
        if not refused:
            refused.append(1)
            raise StoreFull("no room")
        return await whole(work)

    monkeypatch.setattr(room.desk.database, "write", full_once)
    monkeypatch.setattr("monitor.herald.ROUND_S", 0.05)
    await room.listening(1)
    assert (refused, room.renewed) == ([1], [{"a"}])
