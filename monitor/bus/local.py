"""The bus inside one process: looks go straight to the intake, hints to whoever listens."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from monitor.ports import Changed, Result

LISTENER_EVENTS = 10_000
"""Hints a listener may leave lying; beyond it the oldest go, since every hint can be read from the tables."""


class Listener:
    """One who hears of changes. ``next`` waits for at least one and gives all that came since the last call."""

    def __init__(self) -> None:
        self._heard: list[Changed] = []
        self._woken = asyncio.Event()

    async def next(self) -> tuple[Changed, ...]:
        """The changes since the last call, the newest last."""
        await self._woken.wait()
        self._woken.clear()
        heard, self._heard = self._heard, []
        return tuple(heard)

    async def within(self, seconds: float) -> tuple[Changed, ...]:
        """The same, or nothing if no change comes within ``seconds``."""
        try:
            async with asyncio.timeout(seconds):
                return await self.next()
        except TimeoutError:
            return ()

    def hear(self, events: Sequence[Changed]) -> None:
        """Note ``events`` and wake who waits."""
        self._heard.extend(events)
        del self._heard[:-LISTENER_EVENTS]
        self._woken.set()


class LocalEvents:
    """Events for listeners of this process; use it from the loop's thread."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def listen(self) -> Listener:
        """A new listener; it hears what is told from now on."""
        listener = Listener()
        self._listeners.append(listener)
        return listener

    def leave(self, listener: Listener) -> None:
        """``listener`` hears nothing any more."""
        self._listeners.remove(listener)

    def tell(self, events: Sequence[Changed]) -> None:
        """Wake everybody who listens."""
        for listener in self._listeners:
            listener.hear(events)


class Taker(Protocol):
    """The intake, as far as the bus knows it."""

    async def take(self, results: Sequence[Result]) -> None:
        """Returns after the commit that holds ``results``."""


class LocalSink:
    """The ResultSink of one process, over the intake's ``take``."""

    def __init__(self, intake: Taker) -> None:
        self._intake = intake

    async def deliver(self, results: Sequence[Result]) -> None:
        """Keep ``results``; raises Busy if nothing was taken."""
        await self._intake.take(results)
