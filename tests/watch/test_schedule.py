"""Rounds: every slot is handled or told as missed."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from monitor.clock import system_clock
from monitor.config.configuration import Check
from monitor.watch.schedule import Plan, Schedule
from probes.probe import Defaults, Finding, Look, up


@dataclass(frozen=True)
class Still:
    """A probe that is never run here."""

    kind: ClassVar[str] = "still"
    defaults: ClassVar[Defaults] = Defaults(60, 10, "instance")
    failures: ClassVar[tuple[type[Exception], ...]] = ()

    async def check(self, look: Look) -> Finding:
        return up()


def plan(number: int, every_ms: int = 1_000, phase_ms: int = 0) -> Plan:
    check = Check(f"check-{number}", "part", Still(), every_ms, every_ms // 2)
    return Plan("acme", check, "main", number, 1, phase_ms)


class Book:
    """Notes what the schedule says."""

    def __init__(self) -> None:
        self.due: list[tuple[int, int]] = []
        self.missed: list[tuple[int, int]] = []

    def on_due(self, plan: Plan, slot: int) -> None:
        self.due.append((plan.check_no, slot))

    def on_missed(self, plan: Plan, slots: Sequence[int]) -> None:
        self.missed += [(plan.check_no, slot) for slot in slots]


async def test_every_slot_is_handled_once_and_lies_on_the_grid() -> None:
    book = Book()
    schedule = Schedule(system_clock, book.on_due, book.on_missed)
    schedule.plan([plan(1, phase_ms=100), plan(2, phase_ms=100), plan(3, phase_ms=600)])
    schedule.start()
    await asyncio.sleep(3.3)
    schedule.stop()
    everything = book.due + book.missed
    assert len(set(everything)) == len(everything)
    assert {slot % 1_000 for number, slot in everything if number == 3} == {600}
    for number in (1, 2, 3):
        slots = sorted(slot for no, slot in everything if no == number)
        assert slots == list(range(slots[0], slots[-1] + 1, 1_000))
        assert len(slots) >= 2


async def test_a_stalled_loop_tells_every_slot_that_it_missed() -> None:
    now = system_clock()
    times = iter([now, now + 1_000, now + 5_000])
    book = Book()
    schedule = Schedule(lambda: next(times), book.on_due, book.on_missed)
    schedule.plan([plan(1, phase_ms=now % 1_000)])
    await schedule._run((1_000, now % 1_000))
    await schedule._run((1_000, now % 1_000))
    assert book.due == [(1, now + 1_000), (1, now + 5_000)]
    assert book.missed == [(1, now + 2_000), (1, now + 3_000), (1, now + 4_000)]


async def test_a_new_plan_touches_only_the_rounds_that_differ() -> None:
    book = Book()
    schedule = Schedule(system_clock, book.on_due, book.on_missed)
    first = schedule.plan([plan(1), plan(2, phase_ms=100)])
    second = schedule.plan([plan(1), plan(3, phase_ms=200)])
    assert [entry.check_no for entry in first] == [1, 2]
    assert [entry.check_no for entry in second] == [3]
    assert sorted(job.id for job in schedule._scheduler.get_jobs()) == ["look-1000-0", "look-1000-200"]
