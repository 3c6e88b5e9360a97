from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from monitor.config.configuration import Check
from monitor.ports import Busy, Gone, Result
from monitor.watch import courier
from monitor.watch.courier import AT_ONCE, Courier
from monitor.watch.schedule import Plan
from sla.state import Cause, State

PLAN = Plan("acme", Check("c", "web", None, 60_000, 10_000), "main", 7, 1, 0)  # type: ignore[arg-type]


def look(slot: int, state: State = State.UP) -> Result:
    return Result(slot, 7, 1, slot, 1.0, state)


@dataclass
class Sink:
    """Keeps what it is given, while ``raises`` is None."""

    raises: Exception | None = None

    def __post_init__(self) -> None:
        self.kept: list[Result] = []
        self.tries = 0

    async def deliver(self, results: Sequence[Result]) -> None:
        self.tries += 1
        await asyncio.sleep(0)
        if self.raises is not None:
            raise self.raises
        self.kept.extend(results)


class Bench:
    def __init__(self, sink: Sink, gather_s: float = 0.0) -> None:
        self.sink, self.delivered = sink, list[int]()
        self.courier = Courier(sink, lambda plan, result: self.delivered.append(result.slot), gather_s, retry_s=0.05)
        self.courier.start()

    def post(self, *slots: int) -> None:
        for slot in slots:
            self.courier.post(PLAN, (look(slot),))


async def test_results_arrive_in_order_and_are_told_after_the_commit() -> None:
    bench = Bench(Sink())
    bench.post(*range(AT_ONCE * 2 + 1))
    assert bench.delivered == []
    await bench.courier.close()
    assert [result.slot for result in bench.sink.kept] == bench.delivered == list(range(AT_ONCE * 2 + 1))
    assert bench.sink.tries == 3


async def test_what_comes_soon_after_one_another_is_handed_over_at_once() -> None:
    bench = Bench(Sink(), gather_s=0.2)
    for slot in (1, 2, 3):
        bench.post(slot)
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.4)
    assert (bench.delivered, bench.sink.tries) == ([1, 2, 3], 1)
    await bench.courier.close()


async def test_while_the_sink_is_full_results_wait_and_nothing_is_told() -> None:
    bench = Bench(Sink(Busy("no room")))
    bench.post(1, 2)
    await asyncio.sleep(0.2)
    bench.post(3)
    assert (bench.delivered, bench.sink.kept) == ([], [])
    assert 3 <= bench.sink.tries <= 6
    bench.sink.raises = None
    await asyncio.sleep(0.2)
    assert bench.delivered == [1, 2, 3]
    await bench.courier.close()


async def test_beyond_the_bound_a_stream_is_told_that_its_look_was_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "WAITING", 3)
    bench = Bench(Sink(Busy("no room")))
    bench.post(1, 2, 3, 4, 5)
    await asyncio.sleep(0.1)
    bench.sink.raises = None
    await asyncio.sleep(0.2)
    bench.post(6)
    await bench.courier.close()
    assert [(result.slot, result.cause) for result in bench.sink.kept] == [
        (1, None),
        (2, None),
        (3, None),
        (5, Cause.STORAGE_FAILED),
        (6, None),
    ]


async def test_a_sink_that_is_gone_ends_it_with_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    bench = Bench(Sink(Gone("disk failed")))
    bench.post(1, 2)
    await asyncio.sleep(0.1)
    bench.post(3)
    await bench.courier.close()
    assert (bench.sink.tries, bench.delivered) == (1, [])
    assert capsys.readouterr().out.count("sink_gone") == 1


async def test_closing_on_a_full_sink_does_not_wait() -> None:
    bench = Bench(Sink(Busy("no room")))
    bench.post(1)
    await asyncio.sleep(0.02)
    await asyncio.wait_for(bench.courier.close(), 1)
    assert bench.sink.tries <= 3


class Picky(Sink):
    """Stumbles over slot 2, alone or among others."""

    async def deliver(self, results: Sequence[Result]) -> None:
        if any(result.slot == 2 for result in results):
            raise ZeroDivisionError
        await super().deliver(results)


async def test_one_result_that_the_sink_stumbles_over_does_not_hold_up_the_others() -> None:
    bench = Bench(Picky())
    bench.post(1, 2, 3)
    await bench.courier.close()
    assert [result.slot for result in bench.sink.kept] == [1, 3]
