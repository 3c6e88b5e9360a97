"""From a slot that is due to a delivered result: look, judge by what the vantage saw, repeat after a failure, deliver."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from monitor.clock import Clock
from monitor.metrics import Metrics
from monitor.ports import Busy, Result, ResultSink
from monitor.watch.runner import LookOutcome
from monitor.watch.schedule import Plan
from sla.span import SECOND, Instant
from sla.state import Cause, State

IN_FLIGHT = 1_000
"""Looks at once in one process: 2,800 one-minute checks that all hang for 10 s are 467."""

REPEAT_SHARE = 10
"""Repeats after failures are at most one in so many looks, so that a mass outage can't double the load."""

REPEAT_FLOOR = 50
"""Repeats that are always allowed, so that a small installation confirms quickly."""


class Looker(Protocol):
    """Looks once at a plan's target and lets the vantage judge what it saw."""

    def __call__(self, plan: Plan) -> Awaitable[LookOutcome]:
        """One look."""


@dataclass(slots=True)
class _Budget:
    """Counts looks and repeats of this process."""

    looks: int = 0
    repeats: int = 0

    def repeat(self) -> bool:
        """May one more repeat be made?"""
        if self.repeats >= REPEAT_FLOOR + self.looks // REPEAT_SHARE:
            return False
        self.repeats += 1
        return True


class Lookout:
    """Makes a result out of every slot that is due. Nothing that is due ends without a result or an explicit unknown."""

    def __init__(
        self,
        look: Looker,
        sink: ResultSink,
        clock: Clock,
        metrics: Metrics,
        delivered: Callable[[Plan, Result], None],
    ) -> None:
        self._look, self._sink, self._clock, self._metrics, self._delivered = look, sink, clock, metrics, delivered
        self._running: set[asyncio.Task[None]] = set()
        self._busy: set[tuple[int, int]] = set()
        self._failures: dict[tuple[int, int], int] = {}
        self._budget = _Budget()

    def due(self, plan: Plan, slot: Instant) -> None:
        """A slot is due: look now, or say why not."""
        if plan.stream in self._busy or len(self._running) >= IN_FLIGHT:
            self.missed(plan, (slot,), Cause.OVERLOADED)
            return
        self._busy.add(plan.stream)
        self._keep(self._watch(plan, slot))

    def missed(self, plan: Plan, slots: Sequence[Instant], cause: Cause = Cause.MONITOR_STALLED) -> None:
        """These slots passed without a look: each becomes an explicit unknown."""
        results = [Result(slot, plan.check_no, plan.location_no, slot, None, State.UNKNOWN, cause) for slot in slots]
        self._keep(self._deliver(plan, results))

    async def stop(self) -> None:
        """Break off the looks in flight; their slots stay without a row, and the silence is told from the store."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _keep(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _watch(self, plan: Plan, slot: Instant) -> None:
        """The look of one slot and its repeats, which end before the next regular slot."""
        next_slot = slot + plan.check.every_ms
        try:
            result = await self._once(plan, slot)
            while (again := self._again(plan, result)) is not None and again < next_slot:
                await asyncio.sleep(max(0, again - self._clock()) / 1000)
                result = await self._once(plan, again)
        finally:
            self._busy.discard(plan.stream)

    def _again(self, plan: Plan, result: Result) -> Instant | None:
        """The slot of the look that should follow at once, if one should."""
        if result.cause is Cause.MONITOR_STALLED and self._budget.repeat():
            return max(result.slot + 1, -(-self._clock() // SECOND) * SECOND)
        failures = self._failures.get(plan.stream, 0)
        if result.state is State.DOWN and failures < plan.check.confirm_failures and self._budget.repeat():
            return result.slot + plan.check.repeat_ms
        return None

    async def _once(self, plan: Plan, slot: Instant) -> Result:
        self._budget.looks += 1
        self._metrics.lagged(max(0, self._clock() - slot) / 1000)
        outcome = await self._look(plan)
        result = _result(plan, slot, outcome)
        if result.state is State.DOWN:
            self._failures[plan.stream] = self._failures.get(plan.stream, 0) + 1
        elif result.state is not State.UNKNOWN:
            self._failures.pop(plan.stream, None)
        self._metrics.looked(plan.check.probe.kind, result.state.word, None if result.took_ms is None else result.took_ms / 1000)
        if result.state is State.UNKNOWN and result.cause is not None:
            self._metrics.unknown(result.cause.word)
        await self._deliver(plan, (result,))
        return result

    async def _deliver(self, plan: Plan, results: Sequence[Result]) -> None:
        """Deliver until the sink has committed; while it is full the results wait here, bounded by IN_FLIGHT."""
        while True:
            try:
                await self._sink.deliver(results)
                break
            except Busy:
                await asyncio.sleep(1)
        for result in results:
            self._delivered(plan, result)


def _result(plan: Plan, slot: Instant, outcome: LookOutcome) -> Result:
    finding = outcome.finding
    return Result(
        slot,
        plan.check_no,
        plan.location_no,
        outcome.at,
        outcome.took_ms,
        finding.state,
        finding.cause,
        outcome.lag_ms,
        finding.reason,
        outcome.phases,
        finding.facts,
        finding.notices,
    )
