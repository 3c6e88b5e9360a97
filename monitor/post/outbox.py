"""Sends what the outbox holds: a few letters at once, each thread in order, no server flooded, nothing lost by a fall."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, TypeVar

import structlog

from monitor.clock import Clock
from monitor.post.mail import Fate, Reply
from monitor.post.pace import Pace
from monitor.store import letters
from monitor.store.database import Database
from monitor.store.engine import StoreError, StoreFull
from monitor.store.letters import Channel, Kept
from sla.span import SECOND, Instant

T = TypeVar("T")
log = structlog.get_logger("outbox")

IN_SIGHT = 5_000
"""Due letters that are looked at in one round: numbers and contacts only, so that one slow domain hides no other."""
IDLE_S = 30.0
"""How long nothing is asked of the store while no letter waits and nobody pokes."""
STORE_PAUSE_S = 5.0
"""Between two tries to write while the disk is full."""
LEAVE_S = 5.0
"""How long a stop waits for letters that are being handed over."""

Deliver: TypeAlias = Callable[[str, str, bytes], Awaitable[Reply]]
"""Gives a letter (sender, recipient, bytes) to the next hop."""
Follows: TypeAlias = Callable[[Any, Kept, Instant], None]
"""Notes, in the transaction that marks a letter as sent or as dead, what else follows from that."""


def nothing(connection: Any, kept: Kept, now: Instant) -> None:
    """Nothing follows."""


class Outbox:
    """One sender of what goes by one way. ``trouble`` is the way's last trouble, None once a letter was taken."""

    def __init__(
        self,
        database: Database,
        deliver: Deliver,
        clock: Clock,
        accepted: Follows = nothing,
        lost: Follows = nothing,
        failed: Follows = nothing,
        channel: Channel = "mail",
    ) -> None:
        """``accepted`` follows a letter that was taken, ``failed`` each try in which it was not, ``lost`` the last of them."""
        self._database, self._deliver, self._clock, self._channel = database, deliver, clock, channel
        self._accepted, self._lost, self._failed = accepted, lost, failed
        self._poked = asyncio.Event()
        self._sending: dict[int, asyncio.Task[None]] = {}
        self._pace = Pace()
        self.trouble: str | None = None

    def poke(self) -> None:
        """A letter was queued: look at once."""
        self._poked.set()

    async def run(self) -> None:
        """Send until cancelled, or until the store has failed: the next start finds what was being sent."""
        try:
            await self._written(lambda db: letters.recovered(db, self._channel))
            while True:
                self._poked.clear()
                await self._rest(await self._tended())
        except StoreError as fault:
            log.error("outbox_ended", reason=str(fault))
        finally:
            await self._left()

    async def _tended(self) -> float:
        """One round; a mistake of ours in it is told and ends no outbox."""
        try:
            return await self._round()
        except StoreError:
            raise
        except Exception:
            log.exception("outbox_stumbled")
            return IDLE_S

    async def _round(self) -> float:
        """End what is past its use, begin what is due; how many seconds there is nothing to do."""
        now = self._clock()
        for kept in await self._written(lambda db: letters.expired(db, now)):
            log.warning("letter_expired", no=kept.no, notice=kept.letter.key.kind, of=kept.letter.key.event)
        due = await self._database.read(lambda db: letters.due(db, now, IN_SIGHT, self._channel))
        for no, contact in due.items():
            if no not in self._sending and self._pace.take(contact.rpartition("@")[2].lower(), now):
                self._sending[no] = asyncio.create_task(self._send(no))
        following = await self._database.read(lambda db: letters.next_due(db, now, self._channel))
        waits = [IDLE_S, self._pace.free_in_s(now), None if following is None else (following - now) / SECOND]
        return min(wait for wait in waits if wait is not None)

    async def _rest(self, most_s: float) -> None:
        """Wait for a poke, for a letter that ends (it may free the way of the next), or for the time."""
        poked = asyncio.create_task(self._poked.wait())
        try:
            await asyncio.wait({poked, *self._sending.values()}, timeout=most_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            poked.cancel()

    async def _send(self, no: int) -> None:
        """One try of one letter, from the mark that it is being sent to what became of it."""
        try:
            kept = await self._written(lambda db: letters.begun(db, no))
            if kept is not None:
                await self._noted(kept, await self._handed(kept))
        except StoreError as fault:
            log.error("letter_left", no=no, reason=str(fault))
        finally:
            self._pace.done()
            del self._sending[no]

    async def _handed(self, kept: Kept) -> Reply:
        """What became of handing a letter over; a mistake of ours in it delays the letter and loses none."""
        letter = kept.letter
        try:
            return await self._deliver(letter.sender, letter.key.contact, letter.body)
        except Exception as fault:
            log.exception("letter_stumbled", no=kept.no)
            return Reply(Fate.LATER, f"our own trouble: {type(fault).__name__}")

    async def _noted(self, kept: Kept, reply: Reply) -> None:
        """Write down what became of it; until that is durable the letter counts as being sent."""
        now = self._clock()
        self.trouble = reply.text if reply.fate is Fate.LATER else None
        log.info("letter", no=kept.no, fate=reply.fate.value, reply=reply.text)
        match reply.fate:
            case Fate.TAKEN:
                await self._written(lambda db: self._taken(db, kept, reply, now))
            case Fate.REFUSED:
                await self._written(lambda db: self._dead(db, kept, reply, now))
                self.poke()  # somebody else may be told instead
            case Fate.LATER:
                await self._written(lambda db: self._later(db, kept, reply, now))

    def _dead(self, connection: Any, kept: Kept, reply: Reply, now: Instant) -> None:
        """Refused for good, and whatever follows from that, in one commit."""
        letters.dead(connection, kept.no, reply.text, now)
        self._failed(connection, kept, now)
        self._lost(connection, kept, now)

    def _later(self, connection: Any, kept: Kept, reply: Reply, now: Instant) -> None:
        """Tried again some time, or given up."""
        waits = letters.later(connection, kept, reply.text, now)
        self._failed(connection, kept, now)
        if not waits:
            self._lost(connection, kept, now)

    def _taken(self, connection: Any, kept: Kept, reply: Reply, now: Instant) -> None:
        """Sent, and whatever follows from that, in one commit."""
        letters.sent(connection, kept.no, reply.text, now)
        self._accepted(connection, kept, now)

    async def _written(self, work: Callable[[Any], T]) -> T:
        """What ``work`` returned once it is committed. A full disk is waited out: to forget would be to send twice."""
        while True:
            try:
                return await self._database.write(work)
            except StoreFull:
                await asyncio.sleep(STORE_PAUSE_S)

    async def _left(self) -> None:
        """Let what is being handed over end; what does not is sent again by the next start."""
        tasks = list(self._sending.values())
        if tasks:
            await asyncio.wait(tasks, timeout=LEAVE_S)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
