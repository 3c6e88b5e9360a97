"""From a slot that is due to a delivered result: look, judge by what the vantage saw, repeat after a failure, deliver."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from monitor.clock import Clock
from monitor.metrics import Metrics
from monitor.ports import Result, ResultSink
from monitor.slots import slot_at, slot_at_once
from monitor.watch.courier import Courier
from monitor.watch.runner import LookOutcome
from monitor.watch.schedule import Plan
from sla.span import Instant
from sla.state import Cause, State

ANSWERING = 1_000
"""Looks in flight at targets that answered last time: at 2,000 a second they may take half a second each."""

UNANSWERED = 2_000
"""Looks in flight at targets that did not, or are new: 10,000 one-minute checks that all hang for 10 s are 1,667. Some 15 kB
and one open file each. They have places of their own: however many hang, those that answer do not wait for one."""

MARGIN_MS = 500
"""What a look may take beyond its deadline: its turn, the canaries' word, and our own lateness."""

_SILENCE = (Cause.TCP_TIMEOUT, Cause.DEADLINE, Cause.RESOLVER, Cause.OVERLOADED)
"""What a look ends in that took as long as it may."""

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


@dataclass(slots=True)
class _Places:
    """Places for ``size`` looks at once."""

    size: int
    taken: int = 0

    def enter(self) -> bool:
        """Take a place. Whether there was one."""
        free = self.taken < self.size
        self.taken += free
        return free

    def leave(self) -> None:
        """Give it back."""
        self.taken -= 1


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
        self._look, self._clock, self._metrics = look, clock, metrics
        self._courier = Courier(sink, delivered)
        self._running: set[asyncio.Task[None]] = set()
        self._busy: set[tuple[int, int]] = set()
        self._failures: dict[tuple[int, int], int] = {}
        self._answering: set[tuple[int, int]] = set()
        self._answered, self._unanswered = _Places(ANSWERING), _Places(UNANSWERED)
        self._budget = _Budget()

    def start(self) -> None:
        """Begin to deliver, on the running loop."""
        self._courier.start()

    @property
    def unanswered(self) -> int:
        """Looks in flight at targets that did not answer last time, or are new."""
        return self._unanswered.taken

    def due(self, plan: Plan, slot: Instant) -> None:
        """A slot is due: look now, or say why not."""
        places = self._answered if plan.stream in self._answering else self._unanswered
        if plan.stream in self._busy or not places.enter():
            self.missed(plan, (slot,), Cause.OVERLOADED)
            return
        self._busy.add(plan.stream)
        task = asyncio.create_task(self._watch(plan, slot, places))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def missed(self, plan: Plan, slots: Sequence[Instant], cause: Cause = Cause.MONITOR_STALLED) -> None:
        """These slots passed without a look: each becomes an explicit unknown."""
        if cause is Cause.MONITOR_STALLED:
            for slot in slots:
                self._metrics.lagged(max(0, self._clock() - slot) / 1000)
        self.tell(plan, [Result(slot, *plan.stream, slot, None, State.UNKNOWN, cause) for slot in slots])

    def away(self, plan: Plan, since: Instant) -> None:
        """Nobody looked from ``since`` until now: if ``plan`` missed a slot by it, it is told so once, with its last one."""
        slot = slot_at(self._clock(), plan.check.every_ms, plan.phase_ms)
        if slot > since:
            self.missed(plan, (slot,), Cause.MONITOR_DOWN)

    def tell(self, plan: Plan, results: Sequence[Result]) -> None:
        """Have ``results`` of ``plan``'s stream kept, in the order told."""
        self._courier.post(plan, results)

    async def stop(self) -> None:
        """Break off the looks in flight, whose slots stay without a row; deliver what was found."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._courier.close()

    async def _watch(self, plan: Plan, slot: Instant, places: _Places) -> None:
        """The look of one slot and its repeats, which end before the next regular slot."""
        self._metrics.lagged(max(0, self._clock() - slot) / 1000)
        try:
            result = await self._first(plan, slot, places)
            while (again := self._again(plan, slot, result)) is not None:
                await asyncio.sleep(min(max(0, again - self._clock()), plan.check.repeat_ms) / 1000)
                result = await self._once(plan, again)
        finally:
            self._busy.discard(plan.stream)

    async def _first(self, plan: Plan, slot: Instant, places: _Places) -> Result:
        """The look of the slot itself, which has a place; its repeats are few (``REPEAT_SHARE``) and take none."""
        try:
            return await self._once(plan, slot)
        finally:
            places.leave()

    def _again(self, plan: Plan, slot: Instant, result: Result) -> Instant | None:
        """The slot of the look that should follow the last one of ``slot`` soon, if one should and fits before the next slot."""
        failures = self._failures.get(plan.stream, 0)
        if result.cause is Cause.MONITOR_STALLED:
            again = max(result.slot + 1, slot_at_once(self._clock()))
        elif result.state is State.DOWN and failures < plan.check.confirm_failures:
            earliest = max(result.slot + plan.check.repeat_ms, self._clock())
            again = slot + -(-(earliest - slot) // plan.check.repeat_ms) * plan.check.repeat_ms
        else:
            return None
        fits = again + _lasting(plan, result) <= next_regular(plan, slot)
        return again if fits and self._budget.repeat() else None

    async def _once(self, plan: Plan, slot: Instant) -> Result:
        self._budget.looks += 1
        outcome = await self._look(plan)
        result = _result(plan, slot, outcome)
        if result.state is State.DOWN:
            self._failures[plan.stream] = self._failures.get(plan.stream, 0) + 1
        elif result.state is not State.UNKNOWN:
            self._failures.pop(plan.stream, None)
        (self._answering.discard if result.cause in _SILENCE else self._answering.add)(plan.stream)
        self._metrics.looked(plan.check.probe.kind, result.state.word, None if result.took_ms is None else result.took_ms / 1000)
        if result.state is State.UNKNOWN and result.cause is not None:
            self._metrics.unknown(result.cause.word)
        self.tell(plan, (result,))
        return result


def next_regular(plan: Plan, slot: Instant) -> Instant:
    """The regular slot after ``slot``, which may itself lie beside the grid."""
    return slot_at(slot, plan.check.every_ms, plan.phase_ms) + plan.check.every_ms


def _lasting(plan: Plan, result: Result) -> int:
    """How long (ms) a look that follows ``result`` is expected to take: as long; a hanging target costs its deadline again.

    A repeat that would still run at the next regular slot is not begun: that slot would be lost as overloaded.
    """
    if result.took_ms is not None and result.took_ms < plan.check.deadline_ms:
        return round(result.took_ms)
    return plan.check.deadline_ms + MARGIN_MS


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
