"""Tells of incidents, round after round: finds what is due, writes the letters beside the event loop, queues them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from sqlalchemy.engine import Connection

from monitor.clock import Clock
from monitor.config.configuration import Configuration
from monitor.post.bulletins import KIND, PACE_MS, STALE_MS, Draft, Due, Known, due
from monitor.post.incident_letters import causes, letter_of, states
from monitor.readership import Readership, readerships
from monitor.store import bulletins, incidents, letters, subscribers
from monitor.store.bulletins import Heard
from monitor.store.database import Database
from monitor.store.letters import Letter
from monitor.store.subscribers import Subscriber
from sla.incident import Incident
from sla.span import Instant

_Told = tuple[Letter, tuple[Heard, ...]]
AT_ONCE = 50
"""Letters that are written and queued together: results are committed in between."""


class Crier:
    """One at a time. What it has told to the end it remembers, so that a quiet round is one question."""

    def __init__(self, database: Database, clock: Clock, secret: bytes, poke: Callable[[], None]) -> None:
        self._database, self._clock, self._secret, self._poke = database, clock, secret, poke
        self._configuration: Configuration | None = None
        self._pages: tuple[Readership, ...] = ()
        self._settled: dict[int, int] = {}

    def watch(self, configuration: Configuration) -> None:
        """Tell the readers of exactly these pages from now on."""
        self._configuration, self._pages = configuration, readerships(configuration, self._secret)
        self._settled = {}

    async def tell(self) -> int:
        """Queue what is due now; how many letters. Raises the store's errors; then the next round finds the same work."""
        configuration, now = self._configuration, self._clock()
        if configuration is None or configuration.mailing is None:
            return 0
        pages = self._pages
        found = await self._database.read(lambda db: incidents.since(db, now - STALE_MS))
        fresh = [one for one in found if self._settled.get(one.number) != len(one.updates)]
        if not fresh:
            return 0
        what = await self._database.read(lambda db: _due(db, configuration, pages, fresh, now))
        told = await self._told(configuration, what.drafts, now)
        self._settled = {one.number: len(one.updates) for one in found if one not in fresh or one.number not in what.waiting}
        return told

    async def _told(self, configuration: Configuration, drafts: Sequence[Draft], now: Instant) -> int:
        if not drafts or configuration.mailing is None:
            return 0
        mailing = configuration.mailing
        seen = await self._database.read(lambda db: states(db, configuration, drafts, now))
        decided = await self._database.read(lambda db: causes(db, drafts))
        for start in range(0, len(drafts), AT_ONCE):
            some = drafts[start : start + AT_ONCE]

            def written(some: Sequence[Draft] = some) -> list[_Told]:
                return [letter_of(draft, seen, decided, mailing, self._secret, now) for draft in some]

            made = await asyncio.to_thread(written)
            await self._database.write(partial(_put, made=made, now=now))
            self._poke()
        return len(drafts)


def _due(
    connection: Connection, configuration: Configuration, pages: Sequence[Readership], fresh: Sequence[Incident], now: Instant
) -> Due:
    told = bulletins.told(connection, [one.number for one in fresh])
    known = Known(fresh, _by_page(connection, pages), told, bulletins.last(connection, now - PACE_MS))
    return due(configuration, pages, known, now)


def _by_page(connection: Connection, pages: Sequence[Readership]) -> Mapping[str, Sequence[Subscriber]]:
    found: dict[str, list[Subscriber]] = defaultdict(list)
    for one in subscribers.confirmed(connection, [page.page for page in pages], KIND, "mail"):
        found[one.wish.page].append(one)
    return found


def _put(connection: Connection, made: Sequence[_Told], now: Instant) -> None:
    """The letters, and with them what their readers know now."""
    for letter, heard in made:
        letters.put(connection, letter, now)
        bulletins.keep(connection, heard, now)
