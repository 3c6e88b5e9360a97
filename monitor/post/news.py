"""The round in which subscribers get plain news of a kind: what is due is found, written beside the loop, and queued once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Generic, Protocol, TypeAlias, TypeVar

from sqlalchemy.engine import Connection

from monitor.clock import Clock
from monitor.config.configuration import Configuration, Mailing
from monitor.readership import Readership, readerships
from monitor.store import letters, subscribers
from monitor.store.database import Database
from monitor.store.letters import Letter
from monitor.store.subscribers import Subscriber
from sla.span import HOUR, Instant

STALE_MS = 6 * HOUR
"""What was said so long ago is no news: a service that was away tells what still matters on its pages."""
AT_ONCE = 500
"""Letters queued in one round: more in a minute than mail servers take, and no write that holds others up."""


class ForSubscriber(Protocol):
    """One thing to tell to one subscriber."""

    @property
    def subscriber(self) -> Subscriber:
        """Who is told."""


Item = TypeVar("Item", bound=ForSubscriber)
Pages: TypeAlias = Mapping[str, Readership]


class News(Generic[Item]):
    """``due`` finds what is to be told and was not yet, ``written`` makes its letter; ``poke`` wakes the outbox."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        secret: bytes,
        poke: Callable[[], None],
        due: Callable[[Connection, Pages, Instant], Iterable[Item]],
        written: Callable[[Item, bytes, Mailing, Instant], Letter],
    ) -> None:
        self._database, self._clock, self._secret, self._poke = database, clock, secret, poke
        self._due, self._written = due, written
        self._pages: Pages = {}
        self._mailing: Mailing | None = None

    def watch(self, configuration: Configuration) -> None:
        """Tell the readers of exactly these pages from now on."""
        self._mailing = configuration.mailing
        self._pages = {page.page: page for page in readerships(configuration, self._secret)}

    async def tell(self) -> int:
        """Queue what is due, ``AT_ONCE`` at most; how many letters. Raises the store's errors; a later round finds the rest."""
        mailing, pages, now = self._mailing, self._pages, self._clock()
        if mailing is None:
            return 0
        due = await self._database.read(lambda db: tuple(islice(self._due(db, pages, now), AT_ONCE)))
        if due:
            made = await asyncio.to_thread(lambda: [(item, self._written(item, self._secret, mailing, now)) for item in due])
            await self._database.write(lambda db: _put(db, made, now))
            self._poke()
        return len(due)


def _put(connection: Connection, made: Sequence[tuple[ForSubscriber, Letter]], now: Instant) -> None:
    """The letters, but to whom it ended meanwhile; what an older one on the same thing was still to tell, each tells better."""
    for item, letter in made:
        if subscribers.find(connection, item.subscriber.no) is not None:
            letters.superseded(connection, letter.key.event, letter.key.contact, now)
            letters.put(connection, letter, now)
