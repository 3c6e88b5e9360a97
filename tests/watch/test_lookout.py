from __future__ import annotations

import asyncio
from collections.abc import Sequence

from monitor.config.configuration import Check
from monitor.metrics import Metrics
from monitor.ports import Busy, Result
from monitor.watch.lookout import UNANSWERED, Lookout
from monitor.watch.runner import LookOutcome
from monitor.watch.schedule import Plan
from probes.kinds.tcp import Tcp
from probes.probe import Finding, down, up
from sla.state import Cause, State

T0 = 1_764_000_000_000
CHECK = Check("c", "web", Tcp(host="a.example", port=80), 60_000, 10_000, repeat_ms=1_000)


def plan(number: int, phase_ms: int = 0) -> Plan:
    return Plan("acme", CHECK, "main", number, 1, phase_ms)


class Bench:
    """A lookout whose looks find ``finding`` and whose sink is full while ``full``."""

    def __init__(self, now: int = T0, finding: Finding = up()) -> None:  # noqa: B008  frozen
        self.now, self.finding, self.full = now, finding, False
        self.kept: list[Result] = []
        self.metrics = Metrics("0")
        self.lookout = Lookout(self.look, self, lambda: self.now, self.metrics, lambda plan, result: None)
        self.lookout.start()

    async def look(self, plan: Plan) -> LookOutcome:
        return LookOutcome(self.finding, self.now, 1.0, (), 0, 0.0, 0.001)

    async def deliver(self, results: Sequence[Result]) -> None:
        if self.full:
            raise Busy("no room")
        self.kept.extend(results)


async def test_looking_goes_on_while_results_wait() -> None:
    bench = Bench()
    bench.full = True
    for turn in range(3):
        bench.lookout.due(plan(1), T0 + turn * 60_000)
        await asyncio.sleep(0.02)
    assert bench.kept == []
    bench.full = False
    await bench.lookout.stop()
    assert [(result.slot, result.state) for result in bench.kept] == [(T0 + turn * 60_000, State.UP) for turn in range(3)]


async def test_an_absence_is_told_once_to_each_plan_that_missed_a_slot_by_it() -> None:
    bench = Bench(now=T0 + 125_000)
    # The first missed two slots (0:60 and 1:60), the second one (1:30), the third none: its next is at 0:59 after.
    for one in (plan(1), plan(2, 30_000), plan(3, 59_000)):
        bench.lookout.away(one, since=T0 + 119_500)
    await bench.lookout.stop()
    assert [(result.check_no, result.slot, result.cause) for result in bench.kept] == [(1, T0 + 120_000, Cause.MONITOR_DOWN)]
    bench = Bench(now=T0 + 125_000)
    for one in (plan(1), plan(2, 30_000), plan(3, 59_000)):
        bench.lookout.away(one, since=T0 + 10_000)
    await bench.lookout.stop()
    assert [(result.check_no, result.slot - T0) for result in bench.kept] == [(1, 120_000), (2, 90_000), (3, 119_000)]


async def test_a_slot_that_passed_in_a_stall_counts_as_late_and_one_of_an_absence_does_not() -> None:
    bench = Bench(now=T0 + 12_000)
    bench.lookout.missed(plan(1), (T0, T0 + 5_000))
    bench.lookout.missed(plan(1), (T0 + 10_000,), Cause.MONITOR_DOWN)
    await bench.lookout.stop()
    text = bench.metrics.render().decode()
    assert "threenines_schedule_lag_seconds_sum 19.0\n" in text
    assert 'threenines_schedule_lag_seconds_bucket{le="5.0"} 0.0\n' in text
    assert 'threenines_schedule_lag_seconds_bucket{le="10.0"} 1.0\n' in text


async def test_a_clock_set_back_does_not_put_a_repeat_off() -> None:
    bench = Bench(finding=down(Cause.TCP_REFUSED, "refused"))
    bench.lookout.due(plan(1), T0)
    await asyncio.sleep(0.05)
    bench.now -= 3_600_000
    await asyncio.sleep(1.2)
    await bench.lookout.stop()
    assert len(bench.kept) >= 2


async def test_those_that_answer_never_wait_for_a_place_that_those_that_hang_have() -> None:
    bench, hang = Bench(), asyncio.Event()

    async def look(one: Plan) -> LookOutcome:
        if one.check_no != 1:
            await hang.wait()
        return await bench.look(one)

    lookout = Lookout(look, bench, lambda: T0, Metrics("0"), lambda plan, result: None)
    lookout.start()
    lookout.due(plan(1), T0)
    await asyncio.sleep(0.02)
    for number in range(2, UNANSWERED + 3):
        lookout.due(plan(number), T0)
    lookout.due(plan(1), T0 + 60_000)
    await asyncio.sleep(0.1)
    hang.set()
    await lookout.stop()
    assert [result.state for result in bench.kept if result.check_no == 1] == [State.UP, State.UP]
    assert [result.check_no for result in bench.kept if result.cause is Cause.OVERLOADED] == [UNANSWERED + 2]
