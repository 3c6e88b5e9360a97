"""That we are here, and what the time is: a row every 10 s, what follows from its absence, what follows from a clock's step."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

import structlog

from monitor.board import Board
from monitor.clock import Clock
from monitor.config.configuration import Configuration
from monitor.desk import records
from monitor.intake import Intake
from monitor.metrics import Metrics
from monitor.store import heartbeats
from monitor.store.database import Database
from monitor.store.engine import StoreFailed, StoreFull
from monitor.watch.clockstep import STEP_MS, Clocks, ClockStep
from monitor.watch.first import FirstLooks
from monitor.watch.lookout import Lookout
from monitor.watch.schedule import Plan
from sla.span import SECOND, Instant

log = structlog.get_logger("presence")

BEAT_S = 10
"""Between two rows that say we are here."""
RETRY_S = 5
"""Between two tries of such a row while the disk is full."""


class Presence:
    """Says that we are here, and tells every stream of time in which we were not, or of which the clock told nothing true."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        clocks: Clocks,
        metrics: Metrics,
        intake: Intake,
        board: Board,
        lookout: Lookout,
        first_looks: FirstLooks,
        stepped: Callable[[], None],
    ) -> None:
        """``stepped`` is called when the clock was: whatever goes by it is set anew."""
        self._database, self._clock, self._clocks, self._metrics = database, clock, clocks, metrics
        self._intake, self._board, self._lookout, self._first_looks = intake, board, lookout, first_looks
        self._stepped_anew = stepped
        self._plans: Sequence[Plan] = ()
        self._vantages: tuple[str, ...] = ()

    def watch(self, configuration: Configuration, plans: Sequence[Plan]) -> None:
        """Speak for these vantages and streams from now on."""
        self._vantages, self._plans = tuple(configuration.vantages), plans

    async def here(self) -> None:
        """Say once that we are here. Raises the store's errors."""
        now = self._clock()
        await self._database.write(lambda db: heartbeats.beat(db, now))
        for name in self._vantages:
            self._metrics.seen(name, now)

    async def beat(self) -> None:
        """Say that we are here; where the disk is full this is also the commit that is tried until there is room."""
        while True:
            try:
                await self.here()
                await asyncio.sleep(BEAT_S)
            except StoreFull:
                await asyncio.sleep(RETRY_S)
            except StoreFailed:
                return

    def back(self, here: Instant) -> None:
        """We come back and were last here at ``here``: an absence, or a clock that was set back behind it."""
        now = self._clock()
        if here > now + STEP_MS:
            self._stepped(ClockStep(here + BEAT_S * SECOND, now))
            return
        for plan in self._plans:
            live = self._intake.live.get(plan.stream)
            self._lookout.away(plan, max(here, (live and live.last_at) or 0))  # we may have looked after the last beat

    def missed(self, plan: Plan, slots: Sequence[Instant]) -> None:
        """Slots passed without a look; those that a clock's step jumped over were never there."""
        if not self.compare_clocks():
            self._lookout.missed(plan, slots)

    def compare_clocks(self) -> bool:
        """Has the clock been stepped since the last question? Then everything that goes by it is set anew."""
        step = self._clocks.step()
        if step is not None:
            self._stepped_anew()
            self._stepped(step)
        return step is not None

    def _stepped(self, step: ClockStep) -> None:
        """Tell every stream, show nothing from before as now, and look anew as soon as looks count."""
        log.warning("clock_step", by_s=(step.since - step.told) / SECOND)
        told = asyncio.ensure_future(
            self._database.write(lambda db: records.clock_stepped(db, step.since, step.told, self._clock()))
        )
        told.add_done_callback(asyncio.Future.exception)  # a ground in trouble is told by our health
        self._metrics.clock_stepped()
        self._board.forget()
        if step.back:
            step = self._told_twice(step)
        for plan in self._plans:
            self._lookout.tell(plan, step.results(plan.stream))
        now = self._clock()
        wait_s = (step.told - now) / SECOND if step.since <= now < step.told else 0
        asyncio.get_running_loop().call_later(wait_s, self._look_anew)

    def _told_twice(self, step: ClockStep) -> ClockStep:
        """A clock that starts years ahead and is then set right has told little twice: time in which nobody was here is new."""
        first = self._database.look(lambda db: heartbeats.first(db, step.since))
        return step if first is None else replace(step, since=min(max(step.since, first - BEAT_S * SECOND), step.told))

    def _look_anew(self) -> None:
        self._first_looks.begin(self._plans)
