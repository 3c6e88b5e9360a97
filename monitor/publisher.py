"""When what is published: a change renews the pages it concerns, and every page is renewed within a minute, one by one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

import structlog

from monitor.board import Board
from monitor.bus.local import Listener
from monitor.clock import Stopwatch
from monitor.documents import published
from monitor.made import Made
from monitor.ports import Changed
from monitor.web.pages import Document, Pages

log = structlog.get_logger("publisher")

T = TypeVar("T")
Published = dict[str, dict[str, Document]]
"""Documents by page and path."""

RENEWED_S = 50.0
"""In this time every page is renewed once, one after the other; readers are promised 60 s."""

COALESCE_S = 1.0
"""Changes of one customer within this time are one publication."""

IDLE_S, SOON_S = 0.25, 0.001
"""How long it is listened for changes when nothing is due, and between two pages."""

LONGEST_REST_S = 2.0
"""Longer than pages take: what took longer was a sleep of ours, after which they are overdue already."""

INDEX_SHARE = 20
"""The operator's index is as long as there are sites: making it takes at most one in so many seconds."""

NEVER = float("-inf")


class Publisher:
    """Puts documents where readers find them. One page is made at a time, in a thread, then it rests as long as that took.

    So the event loop has at least half of the time to itself, however much there is to publish.
    """

    def __init__(self, board: Board, pages: Pages, own: Pages, monotonic: Stopwatch) -> None:
        """``pages`` are read on the public listener, ``own`` by the operator."""
        self._board, self._pages, self._own, self._monotonic = board, pages, own, monotonic
        self._made_at: dict[str, float] = {}
        """Of every customer, the one whose page is oldest first."""
        self._changed: dict[str, None] = {}
        self._paths = frozenset[str]()
        self._turn_at = self._public_at = self._index_at = NEVER
        self._public_news = self._index_news = True
        self._index_pause = COALESCE_S
        self._unmade_next = False
        self.complete = asyncio.Event()
        """Set while every page has been made since the board began to watch what it does."""

    def watch(self) -> None:
        """The board watches something else now: what is gone is withdrawn at once, all others are made anew."""
        self._paths = self._board.paths()
        self._pages.keep(self._paths)
        self._made_at = dict.fromkeys(self._board.customers(), NEVER)
        self._public_news = self._index_news = True
        self.complete.clear() if self._made_at else self.complete.set()

    async def run(self, listener: Listener) -> None:
        """Publish for ever."""
        while True:
            began = self._monotonic()
            customer = self._next(began)
            if customer is not None:
                await self.renew(customer)
            await self._shared()
            await asyncio.sleep(min(self._monotonic() - began, LONGEST_REST_S))
            for event in await listener.within(SOON_S if customer else IDLE_S):
                self._concern(event)

    def _concern(self, event: Changed) -> None:
        owner = self._board.owner(event.check_no)
        if owner is not None:
            self._changed[owner] = None
            self._public_news |= self._board.is_public(owner)

    def _next(self, now: float) -> str | None:
        """Whose page is to be made: by turns where something changed and one never made, else the oldest if it is time."""
        oldest = next(iter(self._made_at), None)
        unmade = oldest if oldest is not None and self._made_at[oldest] == NEVER else None
        ripe = (customer for customer in self._changed if now - self._made_at.get(customer, NEVER) >= COALESCE_S)
        changed = next(ripe, None)
        self._unmade_next = not self._unmade_next
        if unmade is not None and (changed is None or self._unmade_next):
            return unmade
        return changed or self._turn(oldest, now)

    def _turn(self, oldest: str | None, now: float) -> str | None:
        """``oldest`` if its turn has come: the turns of all are spread evenly."""
        every = RENEWED_S / max(1, len(self._made_at))
        if now - self._turn_at < every:
            return None
        self._turn_at = max(self._turn_at + every, now - every)
        return oldest

    async def renew(self, customer: str) -> None:
        """Make one customer's page and place it; one that cannot be made grows stale by itself and holds up nobody.

        ``run`` calls it when it is time; whoever has decided something calls it so that it is seen at once.
        """
        paths = self._paths
        self._changed.pop(customer, None)
        made, documents = await self._made(lambda: self._customer(customer)) or (None, {})
        if paths is not self._paths:
            return  # another configuration came in between, and this page is waiting to be made by it
        self._made_at.pop(customer, None)
        self._made_at[customer] = self._monotonic()
        if made is not None:
            self._index_news |= self._board.take(made)
        self._place(self._pages, documents)
        if next(iter(self._made_at.values())) > NEVER:
            self.complete.set()

    async def decided(self, customer: str) -> None:
        """Something was said or decided of this customer's sites: their page says it at once, the public one next."""
        self._public_news |= self._board.is_public(customer)
        await self.renew(customer)

    async def _shared(self) -> None:
        """The public page and the operator's index, if they would read otherwise or are due."""
        now = self._monotonic()
        if self._public_news or now - self._public_at >= RENEWED_S:
            documents = await self._made(lambda: published(self._pages, self._board.public()))
            self._public_news, self._public_at = documents == {}, now
            self._place(self._pages, documents or {})
        if now - self._index_at >= (self._index_pause if self._index_news else RENEWED_S):
            began = self._monotonic()
            documents = await self._made(lambda: published(self._own, [self._board.index()]))
            self._index_pause = max(COALESCE_S, INDEX_SHARE * (self._monotonic() - began))
            self._index_news, self._index_at = False, now
            self._place(self._own, documents or {})

    def _customer(self, customer: str) -> tuple[Made, Published]:
        made = self._board.customer(customer)
        return made, published(self._pages, made.pages)

    async def _made(self, work: Callable[[], T]) -> T | None:
        """What ``work`` makes in a thread; None, with a word in the log, if it failed."""
        try:
            return await asyncio.to_thread(work)
        except Exception:
            log.exception("not_published")
            return None

    def _place(self, pages: Pages, found: Published) -> None:
        for root, documents in found.items():
            if root in self._paths:
                pages.place(root, documents)
