"""Results on their way: they wait here, bounded, until the sink has committed them; looking goes on meanwhile."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice

import structlog

from monitor.logs import place
from monitor.ports import Busy, Gone, Result, ResultSink, StreamKey
from monitor.watch.schedule import Plan
from sla.state import Cause, State

WAITING = 50_000
"""Results kept while the sink takes none: some 18 minutes of 2,800 one-minute checks, about 30 MB."""
AT_ONCE = 500
"""Results handed over in one go: what the sink commits together."""
GATHER_S = 0.2
"""How long results wait for others before they are handed over: a commit costs the same for many as for one."""
RETRY_S = 5.0
"""Between two tries while the sink is full: soon enough to be well 10 s after the disk is, rare enough to cost nothing."""

log = structlog.get_logger("watch.courier")


class Courier:
    """Hands results to the sink in the order of ``post``, as many as wait; ``delivered`` is told of each after its commit.

    Where the bound is reached a result is let go, and its stream is told ``unknown(storage_failed)`` once there is room.
    """

    def __init__(
        self,
        sink: ResultSink,
        delivered: Callable[[Plan, Result], None],
        gather_s: float = GATHER_S,
        retry_s: float = RETRY_S,
    ) -> None:
        self._sink, self._delivered, self._gather_s, self._retry_s = sink, delivered, gather_s, retry_s
        self._waiting: deque[tuple[Plan, Result]] = deque()
        self._let_go: dict[StreamKey, tuple[Plan, Result]] = {}
        self._posted, self._closing = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to hand over, on the running loop."""
        self._task = asyncio.create_task(self._run(), name="courier")

    def post(self, plan: Plan, results: Sequence[Result]) -> None:
        """Take ``results`` of ``plan``; returns at once."""
        for result in results:
            if len(self._waiting) < WAITING:
                self._waiting.append((plan, result))
            else:
                self._let_go[plan.stream] = (plan, _lost(result))
        self._posted.set()

    async def close(self) -> None:
        """Hand over what waits, unless the sink is full or gone. Nothing is posted any more."""
        self._closing.set()
        self._posted.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        try:
            while self._waiting or not self._closing.is_set():
                await self._posted.wait()
                await self._pause(self._gather_s)
                self._posted.clear()
                await self._hand_over()
        except Gone as fault:
            log.error("sink_gone", given_up=len(self._waiting), reason=str(fault))
        except Busy as fault:
            log.error("sink_full", given_up=len(self._waiting), reason=str(fault))

    async def _hand_over(self) -> None:
        """Everything that waits, oldest first. Raises Gone, and Busy when there is no time to try again."""
        while self._waiting:
            batch = list(islice(self._waiting, AT_ONCE))
            try:
                await self._deliver([result for _, result in batch])
            except Busy:
                if self._closing.is_set():
                    raise
                await self._pause(self._retry_s)
                continue
            for plan, result in batch:
                self._waiting.popleft()
                self._delivered(plan, result)
            self._waiting.extend(self._let_go.values())
            self._let_go.clear()

    async def _pause(self, seconds: float) -> None:
        """Wait, unless we are closing."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._closing.wait()

    async def _deliver(self, results: Sequence[Result]) -> None:
        """Deliver ``results``; one that the sink stumbles over is logged and must not hold up the others for ever."""
        try:
            await self._sink.deliver(results)
        except (Busy, Gone):
            raise
        except Exception as fault:
            if len(results) == 1:
                log.error("result_refused", result=repr(results[0])[:500], traceback=place(fault))
                return
            for result in results:
                await self._deliver([result])


def _lost(result: Result) -> Result:
    """What stands in the place of a look that could not be kept."""
    return Result(result.slot, result.check_no, result.location_no, result.at, None, State.UNKNOWN, Cause.STORAGE_FAILED)
