from __future__ import annotations

import asyncio
import time

from monitor.clock import monotonic
from monitor.watch.stall import Stall


async def test_a_blocked_loop_is_seen_even_before_the_next_tick() -> None:
    stall = Stall(monotonic, lambda: 0.0)
    stall.start()
    await asyncio.sleep(0.2)
    began = monotonic()
    time.sleep(0.5)  # noqa: ASYNC251  the loop is blocked on purpose
    assert stall.worst(began) > 0.35
    await asyncio.sleep(0.2)
    assert stall.worst(began) > 0.35
    assert stall.worst(monotonic()) <= 0.001
    assert not stall.suspended(began)
    stall.stop()


async def test_a_suspend_is_seen_by_the_looks_it_touched() -> None:
    asleep = 100.0
    stall = Stall(monotonic, lambda: asleep)
    began = monotonic()
    assert not stall.suspended(began)
    asleep += 30
    assert stall.suspended(began)
    assert not stall.suspended(monotonic() + 0.001)
