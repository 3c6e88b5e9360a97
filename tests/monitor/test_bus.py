"""The bus inside one process."""

from __future__ import annotations

import asyncio

import pytest

from monitor.bus.local import LocalEvents
from monitor.ports import Changed
from sla.state import State

NEWS = Changed(1, 1, 7, State.DOWN)


async def test_what_was_told_since_is_heard_at_once_and_silence_ends_in_time() -> None:
    events = LocalEvents()
    listener = events.listen()
    assert await listener.within(0.01) == ()
    events.tell([NEWS])
    events.tell([NEWS])
    assert await listener.within(10) == (NEWS, NEWS)


async def test_who_is_stopped_while_something_is_told_does_stop() -> None:
    """A wait that gives back what came instead of ending would leave its task, and so the service, for ever."""
    events, rounds = LocalEvents(), 0
    listener = events.listen()

    async def hearing() -> None:
        nonlocal rounds
        while True:
            await listener.within(60)
            rounds += 1

    task = asyncio.create_task(hearing())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    events.tell([NEWS])
    await asyncio.sleep(0)  # what is waited for has come, and its task has not gone on yet
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        async with asyncio.timeout(2):
            await task
    assert rounds <= 1
