"""The lanes of threads: who waits, who is greeted, and what becomes of a thread that does not come back."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from monitor.watch.line import Line
from monitor.watch.threads import GIVE_UP_S, Threads

TARGET = ("192.0.2.1", 389)
OTHER = ("192.0.2.2", 389)
NO_PHASE = contextlib.nullcontext()


class Wires:
    """Lines to a peer of ours that stays silent."""

    def __init__(self) -> None:
        self.peers: list[socket.socket] = []

    def line(self) -> Line:
        ours, peer = socket.socketpair()
        self.peers.append(peer)
        return Line(ours, None, "")


@pytest.fixture
def wires() -> Iterator[Wires]:
    made = Wires()
    yield made
    for peer in made.peers:
        peer.close()


async def until(true: Callable[[], bool], seconds: float = 3.0) -> bool:
    for _ in range(int(seconds / 0.01)):
        if true():
            break
        await asyncio.sleep(0.01)
    return true()


async def cut(threads: Threads, target: tuple[str, int], line: Line, work: Callable[[], object]) -> None:
    """A look that is cut at its deadline, as the runner does it."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await threads.run(target, line, work, NO_PHASE)
    line.close()


async def test_a_thread_gives_its_answer_or_its_exception_and_closes_the_socket(wires: Wires) -> None:
    threads, line = Threads(), wires.line()
    assert await threads.run(TARGET, line, lambda: threading.current_thread().name, NO_PHASE) == "look"
    assert line.socket.fileno() == -1
    with pytest.raises(KeyError):
        await threads.run(TARGET, wires.line(), lambda: {}["nothing"], NO_PHASE)
    assert threads.fast.busy == 0


async def test_cutting_the_line_frees_the_thread_at_once(wires: Wires) -> None:
    threads, line = Threads(), wires.line()
    began = time.monotonic()
    await cut(threads, TARGET, line, lambda: line.socket.recv(1))
    assert await until(lambda: threads.slow.busy + threads.fast.busy == 0)
    assert time.monotonic() - began < 0.5
    assert threads.lost == 0


async def test_a_thread_that_does_not_come_back_loses_its_place_to_the_next(wires: Wires) -> None:
    threads, stuck = Threads(fast=1), threading.Event()
    await cut(threads, TARGET, wires.line(), stuck.wait)
    assert threads.fast.full, "within a second it may yet come back"
    began = time.monotonic()
    assert await threads.run(OTHER, wires.line(), lambda: "looked", NO_PHASE) == "looked"
    assert time.monotonic() - began == pytest.approx(GIVE_UP_S, abs=0.5)
    assert (threads.lost, threads.lost_in_all) == (1, 1)
    stuck.set()
    assert await until(lambda: threads.lost == 0)
    assert (threads.lost_in_all, threads.fast.busy) == (1, 0)


async def test_who_was_cut_uses_the_slow_lane_until_it_answers(wires: Wires) -> None:
    threads, line = Threads(fast=4, slow=4), wires.line()
    await cut(threads, TARGET, line, lambda: line.socket.recv(1))
    assert await until(lambda: threads.fast.busy == 0)
    seen = []

    def look() -> None:
        seen.append((threads.fast.busy, threads.slow.busy))

    for _ in range(2):
        await threads.run(TARGET, wires.line(), look, NO_PHASE)
    assert seen == [(0, 1), (1, 0)]


async def test_new_silent_and_late_comers_are_greeted_and_who_answered_is_not(wires: Wires) -> None:
    threads, go = Threads(fast=4), threading.Event()
    assert threads.wary(TARGET), "nobody knows yet whether it lives"
    await threads.run(TARGET, wires.line(), lambda: None, NO_PHASE)
    assert not threads.wary(TARGET)
    threads.heard(TARGET, answered=False)
    assert threads.wary(TARGET)
    threads.heard(TARGET, answered=True)
    looks = [asyncio.create_task(threads.run(OTHER, wires.line(), go.wait, NO_PHASE)) for _ in range(2)]
    assert await until(lambda: threads.fast.crowded)
    assert threads.wary(TARGET), "half of the threads are taken: the others are for those that live"
    go.set()
    await asyncio.gather(*looks)


async def test_a_look_that_is_cut_while_it_waits_for_a_place_leaves_no_socket(wires: Wires) -> None:
    threads, go = Threads(fast=1), threading.Event()
    busy = asyncio.create_task(threads.run(OTHER, wires.line(), go.wait, NO_PHASE))
    assert await until(lambda: threads.fast.full)
    line = wires.line()
    await cut(threads, TARGET, line, lambda: None)
    assert line.socket.fileno() == -1
    go.set()
    await busy
    assert threads.fast.busy == 0
