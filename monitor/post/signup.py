"""People sign up for news of a page, confirm it, change it and leave: every step asked for by a POST, done by the one writer.

What a form asks for is queued and done after its answer, so that the answer tells nobody whether an address is known.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from secrets import token_urlsafe

import structlog
from sqlalchemy.engine import Connection

from monitor.clock import Clock
from monitor.config.configuration import Configuration, Mailing
from monitor.desk.maintenance_letters import provider_of
from monitor.desk.passes import links, number_of, opens
from monitor.desk.postmark import Postmark
from monitor.readership import Readership, readerships
from monitor.store import letters, subscribers
from monitor.store.database import Database
from monitor.store.engine import StoreError
from monitor.store.letters import Key, Letter
from monitor.store.subscribers import CONFIRM, CONFIRM_WITHIN_MS, MARK, Subscriber, Wish
from reports.mail import Mail, rendered
from reports.subscribe_mail import asking, knowing
from reports.subscribe_page import Board
from sla.span import DAY, Instant

log = structlog.get_logger("signup")

CONFIRMATIONS_A_DAY = 3
"""Mails to one address that somebody else may have typed."""
MOST_WAITING = 200
"""Forms that wait to be worked on; a page of ours gets a few a day, a flood is turned away."""
TOKEN_BYTES = 32


def _token() -> str:
    return token_urlsafe(TOKEN_BYTES)


class SignUp:
    """The subscriptions of all pages, for whoever serves their forms."""

    def __init__(
        self, database: Database, clock: Clock, secret: bytes, poke: Callable[[], None], token: Callable[[], str] = _token
    ) -> None:
        self._database, self._clock, self._secret, self._poke, self._token = database, clock, secret, poke, token
        self._asked: asyncio.Queue[Wish] = asyncio.Queue(MOST_WAITING)
        self._pages: dict[str, Readership] = {}
        self._mailing: Mailing | None = None
        self._provider = ""

    def watch(self, configuration: Configuration) -> None:
        """Let people sign up for exactly these pages; for none where no mail can be sent."""
        self._mailing, self._provider = configuration.mailing, configuration.provider.name
        pages = readerships(configuration, self._secret) if configuration.takes_subscribers else ()
        self._pages = {page.page: page for page in pages}

    def board(self, root: str) -> Board | None:
        """What the forms of the page at ``root`` show; None: it has none."""
        page = self._pages.get(root)
        if page is None:
            return None
        return Board(self._provider, page.customer.name if page.customer else None, page.language, page.names)

    def ask(self, wish: Wish) -> bool:
        """Take a wish to be worked on soon; False: too many wait."""
        try:
            self._asked.put_nowait(wish)
        except asyncio.QueueFull:
            return False
        return True

    async def run(self) -> None:
        """Work on what was asked for, one after the other, until cancelled."""
        while True:
            wish = await self._asked.get()
            try:
                await self._answer(wish)
            except StoreError as fault:
                log.warning("subscription_not_kept", page_kind="public" if wish.page == "/" else "customer", reason=str(fault))

    async def tidy(self) -> None:
        """Forget who did not confirm in time."""
        now = self._clock()
        await self._database.write(lambda db: subscribers.vanish(db, now))

    async def confirm(self, root: str, token: str) -> bool:
        """Confirm what ``token`` was sent for; False: nothing, or not any more."""
        now = self._clock()
        return await self._database.write(lambda db: subscribers.confirm(db, root, token, now)) is not None

    async def find(self, root: str, shown: str) -> Subscriber | None:
        """Whose pass ``shown`` is on the page at ``root``."""
        return await self._database.read(lambda db: self._opened(db, root, shown))

    async def change(self, root: str, shown: str, kinds: Collection[str], entries: Collection[str]) -> bool:
        """Keep another choice; False: the pass opens nothing."""

        def work(connection: Connection) -> bool:
            one = self._opened(connection, root, shown)
            if one is not None:
                subscribers.change(connection, one.no, tuple(kinds), tuple(entries))
            return one is not None

        return await self._database.write(work)

    async def leave(self, root: str, shown: str) -> bool:
        """End a subscription at once; False: the pass opens nothing."""
        now = self._clock()

        def work(connection: Connection) -> bool:
            one = self._opened(connection, root, shown)
            if one is not None:
                subscribers.end(connection, one, self._secret, now)
            return one is not None

        return await self._database.write(work)

    def _opened(self, connection: Connection, root: str, shown: str) -> Subscriber | None:
        number = number_of(shown)
        one = None if number is None else subscribers.find(connection, number)
        confirmed = one is not None and one.confirmed_at is not None
        return one if one is not None and confirmed and opens(self._secret, one, root, shown) else None

    async def _answer(self, wish: Wish) -> None:
        page, mailing, now, token = self._pages.get(wish.page), self._mailing, self._clock(), self._token()
        if page is None or mailing is None:  # a reload took it away meanwhile
            return
        if await self._database.write(lambda db: self._put(db, wish, page, mailing, token, now)):
            self._poke()

    def _put(self, connection: Connection, wish: Wish, page: Readership, mailing: Mailing, token: str, now: Instant) -> bool:
        """Write the mail that fits, if any: none to who ended it once, none beyond what one address may be sent a day."""
        lately = subscribers.asked_lately(connection, wish.address, now - DAY)
        if lately >= CONFIRMATIONS_A_DAY or subscribers.suppressed(connection, wish, self._secret):
            return False
        known = subscribers.of_address(connection, wish.page, "mail", wish.address)
        mark, confirmed = Postmark(self._secret, mailing.domain), known is not None and known.confirmed_at is not None
        one = known if known is not None and confirmed else subscribers.ask(connection, wish, token, now)
        key = Key(f"{'known' if confirmed else 'asked'}-{now}{MARK}{one.no}", wish.address, CONFIRM, 0)
        mail = self._mail(one, confirmed, page, mailing, token, mark.message_id(key), now)
        until = now + CONFIRM_WITHIN_MS
        return letters.put(connection, Letter(key, mark.bounce_address(key), mail.subject, rendered(mail), until), now)

    def _mail(
        self, one: Subscriber, confirmed: bool, page: Readership, mailing: Mailing, token: str, message_id: str, now: Instant
    ) -> Mail:
        wish, provider = one.wish, provider_of(mailing)
        home = page.home(wish.language)
        if confirmed:
            ways = links(self._secret, one, home, page.title, mailing)
            return knowing(ways, wish.address, wish.language, provider, message_id, now)
        return asking(page.title, f"{home}/confirm?t={token}", wish.address, wish.language, provider, message_id, now)
