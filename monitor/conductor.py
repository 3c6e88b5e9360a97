"""The conductor: has the next rollout drafted, asks the gates, holds what must be held, and tells operators at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from functools import partial

import structlog

from monitor.clock import Clock
from monitor.desk import rollout_keeping
from monitor.desk.deed import Installation
from monitor.store.database import Database
from monitor.store.engine import StoreError

log = structlog.get_logger("conductor")

ROUND_S = 20.0
SHARE = 20
"""However many sites a wave has, asking the gate takes at most one second in so many."""


class Conductor:
    """One round after the other, beside the event loop; what a fall interrupts the next start finds in the tables."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        ground: Callable[[], Installation],
        told: Callable[[Collection[str]], Awaitable[None]],
    ) -> None:
        """``told`` is called when letters were queued, with the sites whose pages say something else now."""
        self._database, self._clock, self._ground, self._told = database, clock, ground, told

    async def run(self) -> None:
        """Tend the rollouts for ever; a ground in trouble is told by our health, and the next round finds the same work."""
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                await self.tend()
            except StoreError:
                pass
            except Exception:
                log.exception("rollouts_not_tended")
            await asyncio.sleep(max(ROUND_S, (loop.time() - began) * SHARE))

    async def tend(self) -> None:
        """One round."""
        ground = self._ground()
        due = await self._database.read(partial(rollout_keeping.moves, ground=ground, now=self._clock()))
        for move in due:
            log.warning("rollout_moved", rollout=move.known.id, kind=move.kind.value, why=move.note)
        sites = await self._database.write(partial(rollout_keeping.tend, ground=ground, due=due, now=self._clock()))
        await self._told(sites)
