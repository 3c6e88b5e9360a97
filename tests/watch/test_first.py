"""The first looks of a start: all soon, few at once where nobody answers, none where the regular slot comes first."""

from __future__ import annotations

import asyncio

from test_lookout import CHECK, T0, plan

from monitor.metrics import Metrics
from monitor.watch.first import AT_ONCE, FirstLooks
from monitor.watch.lookout import Lookout
from monitor.watch.runner import LookOutcome
from monitor.watch.schedule import Plan
from probes.probe import Finding, down, up
from sla.state import Cause


class World:
    """A lookout whose looks end when ``answers`` is set."""

    def __init__(self, finding: Finding) -> None:
        self.finding, self.answers = finding, asyncio.Event()
        self.begun: list[int] = []
        self.lookout = Lookout(self.look, self, lambda: T0 + 30_000, Metrics("0"), lambda plan, result: None)
        self.lookout.start()
        self.first = FirstLooks(self.lookout, lambda: T0 + 30_000)

    async def look(self, plan: Plan) -> LookOutcome:
        self.begun.append(plan.check_no)
        await self.answers.wait()
        return LookOutcome(self.finding, T0, 1.0, (), 0, 0.0, 0.001)

    async def deliver(self, results: object) -> None:
        pass

    async def stop(self) -> None:
        self.first.stop()
        await self.lookout.stop()


async def test_those_that_hang_are_begun_a_few_hundred_at_once() -> None:
    world = World(down(Cause.TCP_TIMEOUT, "silent"))
    world.first.begin([plan(number) for number in range(AT_ONCE + 50)])
    await asyncio.sleep(4.2)
    assert len(world.begun) == AT_ONCE
    world.answers.set()
    await asyncio.sleep(0.3)
    assert len(world.begun) == AT_ONCE + 50
    await world.stop()


async def test_a_regular_slot_that_comes_first_needs_no_extra_look() -> None:
    """At 0:30 of a minute, with a deadline of 10 s: the slot of 0:35 is near, that of 0:45 is not."""
    world = World(up())
    world.answers.set()
    assert CHECK.deadline_ms == 10_000
    world.first.begin([plan(1, 35_000), plan(2, 45_000), plan(3, 30_000)])
    await asyncio.sleep(4)
    assert world.begun == [2]
    await world.stop()
