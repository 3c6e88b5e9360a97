"""A look arrives: it waits a moment for others, one transaction keeps them all, then it is acknowledged and told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol, TypeVar

from sqlalchemy.engine import Connection

from monitor.clock import Clock, monotonic
from monitor.config.configuration import Check
from monitor.ports import Busy, Events, Result
from monitor.store import chunks
from monitor.store.database import Database
from monitor.store.engine import StoreFull, give_back
from monitor.store.ledger import Ledger, Live, Taken
from monitor.store.results import Stream
from probes.probe import volatile_facts
from sla.span import Instant
from sla.state import State
from sla.timeline import Rule

T = TypeVar("T")

GROUP_ROWS = 500
GROUP_S = 0.05
"""A commit costs about 1 ms whatever it holds: 500 rows or 50 ms make it cheap, and nobody waits noticeably."""
QUEUE_ROWS = 50_000
"""Some 20 s of the largest installation; beyond it the sender keeps its looks, not our memory."""


PACK_STREAMS = 50
"""Streams packed in one transaction: an hour of 10 s looks is 18,000 rows, some 200 ms."""


class Watched(Protocol):
    """A check at a location, as far as the intake must know it."""

    @property
    def check_no(self) -> int:
        """The check's number in the catalogue."""

    @property
    def check(self) -> Check:
        """The check itself."""


class Meter(Protocol):
    """Who counts what is kept."""

    def stored(self, count: int, duplicates: int, commit_s: float) -> None:
        """``count`` new looks and ``duplicates`` passed over in one commit of ``commit_s`` seconds."""

    def rejected(self, reasons: Sequence[str]) -> None:
        """Looks were set aside, each for its reason."""


def rule_of(check: Check) -> Rule:
    """How the looks of ``check`` are believed."""
    return Rule(check.confirm_failures, check.confirm_successes, check.hold_ms)


class Intake:
    """Takes looks in groups. ``live`` says what is committed of every stream; ``absorbed`` and ``rejected`` count rows.

    Looks of checks that ``watch`` did not name are set aside in the table ``rejected``.
    """

    def __init__(self, database: Database, events: Events, clock: Clock, meter: Meter) -> None:
        self._database, self._events, self._clock, self._meter = database, events, clock, meter
        self._ledger = Ledger({})
        self._one_at_a_time = asyncio.Lock()
        self._waiting: list[tuple[Sequence[Result], asyncio.Future[None]]] = []
        self._rows = self._queued = 0
        self._timer: asyncio.TimerHandle | None = None
        self._flushes: set[asyncio.Task[None]] = set()
        self._holds: dict[int, int] = {}
        self.live: dict[Stream, Live] = {}
        self.absorbed = self.rejected = 0

    async def watch(self, plans: Iterable[Watched]) -> None:
        """Take looks of ``plans`` from now on and read back what was derived of them; call it before the first look."""
        watched = {plan.check_no: plan.check for plan in plans}
        rules = {check_no: rule_of(check) for check_no, check in watched.items()}
        volatile = {check_no: volatile_facts(check.probe) for check_no, check in watched.items()}

        def change(connection: Connection) -> tuple[tuple[Stream, Live], ...]:
            self._ledger.rules, self._ledger.volatile = rules, volatile
            self._ledger.forget()
            return self._ledger.load(connection)

        live = dict(await self._work(change))
        self._holds, self.live = {check_no: rule.hold_ms for check_no, rule in rules.items()}, live

    async def take(self, results: Sequence[Result]) -> None:
        """Returns when the commit that holds ``results`` has returned. Raises Busy (nothing was kept) or StoreFailed (Gone).

        A look that is there already is passed over, a bad one set aside; both count as taken.
        """
        if not results:
            return
        if self._queued + len(results) > QUEUE_ROWS:
            raise Busy(f"{self._queued} looks wait for the database")
        self._queued += len(results)
        kept = asyncio.get_running_loop().create_future()
        self._waiting.append((results, kept))
        self._rows += len(results)
        if self._rows >= GROUP_ROWS:
            self._flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(GROUP_S, self._flush)
        try:
            await kept
        finally:
            self._queued -= len(results)

    async def silence(self, now: Instant) -> None:
        """A round, some seconds apart: what has not been looked at for its hold is unknown at ``now``.

        It costs a walk over what is live; the writer is asked only when something has fallen silent.
        """
        if any(self._falls_silent(stream, live, now) for stream, live in self.live.items()):
            await self._took(lambda connection: self._ledger.silence(connection, now))

    def _falls_silent(self, stream: Stream, live: Live, now: Instant) -> bool:
        if live.state is State.UNKNOWN or live.last_at is None:
            return False
        return live.last_at + self._holds[stream[0]] <= now

    async def tidy(self) -> None:
        """Pack closed hours and let go what is packed and old; in small transactions, so that looks are kept in between."""
        now = self._clock()
        for hour in await self._database.read(lambda c: chunks.hours_to_pack(c, now)):
            await self._pack(hour, now)
        while await self._database.write(lambda c: chunks.drop_raw(c, now)):
            pass
        while await self._database.write(lambda c: chunks.drop_chunks(c, now)):
            pass
        await self._database.write(give_back)

    async def _pack(self, hour: Instant, now: Instant) -> None:
        packed = 0
        for first in await self._database.read(lambda c: chunks.streams_from(c, hour, PACK_STREAMS)):
            step = range(first, first + PACK_STREAMS)
            packed += await self._database.write(partial(chunks.pack_streams, hour=hour, streams=step))
        await self._database.write(partial(chunks.mark, hour=hour, now=now, looks=packed))

    async def close(self) -> None:
        """Commit what waits. The caller delivers nothing any more."""
        self._flush()
        await asyncio.gather(*self._flushes)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiting:
            group, self._waiting, self._rows = self._waiting, [], 0
            task = asyncio.create_task(self._keep(group))
            self._flushes.add(task)
            task.add_done_callback(self._flushes.discard)

    async def _keep(self, group: Sequence[tuple[Sequence[Result], asyncio.Future[None]]]) -> None:
        looks = [look for results, _ in group for look in results]
        failure: Exception | None = None
        try:
            now, began = self._clock(), monotonic()
            taken = await self._took(lambda connection: self._ledger.take(connection, looks, now))
            self._meter.stored(taken.kept, taken.absorbed, monotonic() - began)
        except StoreFull as fault:
            failure = Busy(f"no room: {fault}")
        except Exception as fault:
            failure = fault
        for _, kept in group:
            if kept.done():  # its sender was cancelled; the looks are kept all the same
                continue
            if failure is None:
                kept.set_result(None)
            else:
                kept.set_exception(failure)

    async def _took(self, work: Callable[[Connection], Taken]) -> Taken:
        """Commit ``work``; only then show and tell what it did."""
        taken = await self._work(work)
        self.absorbed += taken.absorbed
        self.rejected += len(taken.rejected)
        self._meter.rejected(taken.rejected)
        self.live.update(taken.live)
        if taken.events:
            self._events.tell(taken.events)
        return taken

    async def _work(self, work: Callable[[Connection], T]) -> T:
        """One work at a time: the next must not build on memory whose commit may still fail.

        Shielded, since a sender that goes away takes no commit with it.
        """
        return await asyncio.shield(self._alone(work))

    async def _alone(self, work: Callable[[Connection], T]) -> T:
        async with self._one_at_a_time:
            try:
                return await self._database.write(work)
            except Exception:
                self._ledger.forget()
                raise
