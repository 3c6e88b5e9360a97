"""Every slot that is due becomes a result; repeats never cost the next regular slot."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from monitor.clock import monotonic, system_clock
from monitor.config.configuration import Check
from monitor.metrics import Metrics
from monitor.ports import Result
from monitor.slots import slot_at
from monitor.watch.lookout import Lookout
from monitor.watch.runner import LookOutcome
from monitor.watch.schedule import Plan
from probes.probe import Defaults, Finding, Look, down, up
from sla.state import Cause, State

EVERY_MS, DEADLINE_MS, REPEAT_MS = 400, 300, 100


@dataclass(frozen=True)
class Still:
    """A probe that is never run here."""

    kind: ClassVar[str] = "still"
    defaults: ClassVar[Defaults] = Defaults(60, 10, "instance")
    failures: ClassVar[tuple[type[Exception], ...]] = ()

    async def check(self, look: Look) -> Finding:
        return up()


class Sink:
    """Keeps what is delivered, in order."""

    def __init__(self) -> None:
        self.results: list[Result] = []

    async def deliver(self, results: Sequence[Result]) -> None:
        self.results += results


async def watched(takes_ms: int, slots: int, finding: Finding) -> list[Result]:
    """The results of ``slots`` regular slots whose looks all take ``takes_ms`` and find ``finding``."""

    async def look(plan: Plan) -> LookOutcome:
        at, began = system_clock(), monotonic()
        await asyncio.sleep(takes_ms / 1000)
        return LookOutcome(finding, at, float(takes_ms), (), 0, began, monotonic())

    sink = Sink()
    check = Check("check", "part", Still(), EVERY_MS, DEADLINE_MS, REPEAT_MS)
    plan = Plan("acme", check, "main", 1, 1, 0)
    lookout = Lookout(look, sink, system_clock, Metrics("0"), lambda plan, result: None)
    lookout.start()
    first = slot_at(system_clock(), EVERY_MS, 0) + EVERY_MS
    for number in range(slots):
        await asyncio.sleep(max(0, first + number * EVERY_MS - system_clock()) / 1000)
        lookout.due(plan, first + number * EVERY_MS)
    await asyncio.sleep(EVERY_MS / 1000)
    await lookout.stop()
    return sink.results


async def test_a_target_that_hangs_for_its_whole_deadline_is_down_at_every_slot_and_never_overloaded() -> None:
    results = await watched(DEADLINE_MS, 4, down(Cause.DEADLINE, "no answer"))
    assert [result.state for result in results] == [State.DOWN] * 4
    assert {later.slot - earlier.slot for earlier, later in pairwise(results)} == {EVERY_MS}


async def test_a_failure_that_is_told_quickly_is_looked_at_again_on_the_repeat_grid_until_it_is_confirmed() -> None:
    results = await watched(5, 1, down(Cause.TCP_REFUSED, "refused"))
    slots = [result.slot - results[0].slot for result in results]
    assert slots == [0, REPEAT_MS, 2 * REPEAT_MS]


async def test_what_is_up_is_not_repeated() -> None:
    results = await watched(5, 2, up())
    assert [result.slot - results[0].slot for result in results] == [0, EVERY_MS]
