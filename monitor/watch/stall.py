"""Were we awake? A tick of 50 ms records how late the event loop was, so that our own sleep is never a target's outage."""

from __future__ import annotations

import asyncio
import time
from collections import deque

from monitor.clock import Stopwatch

TICK_S = 0.05
NOTED_S = 0.01
"""Smaller lateness is noise and is not kept."""
SUSPEND_S = 1.0
KEPT = 4_096


def slept() -> float:
    """Seconds this machine has been suspended since it booted."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)


class Stall:
    """Lateness of the loop over the last minutes. ``start`` on the running loop, ``stop`` before it ends."""

    def __init__(self, monotonic: Stopwatch, suspended: Stopwatch = slept) -> None:
        self._monotonic, self._suspended = monotonic, suspended
        self._late: deque[tuple[float, float]] = deque(maxlen=KEPT)
        self._due = 0.0
        self._asleep = suspended()
        self._woke: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to tick."""
        self._due = self._monotonic() + TICK_S
        self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    def stop(self) -> None:
        """Tick no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def worst(self, since: float) -> float:
        """The worst lateness in seconds that touched the time from ``since`` (monotonic) to now."""
        now = self._monotonic()
        worst = max(0.0, now - self._due) if self._timer is not None else 0.0
        for at, late in reversed(self._late):
            if at < since:
                break
            worst = max(worst, late)
        # A stall that began before the look can have cost it no more than the look's own time.
        return min(worst, now - since)

    def suspended(self, since: float) -> bool:
        """Whether the machine slept for more than a second at some time from ``since`` (monotonic) to now."""
        self._notice_sleep()
        return self._woke is not None and self._woke >= since

    def _tick(self) -> None:
        now = self._monotonic()
        if now - self._due > NOTED_S:
            self._late.append((now, now - self._due))
        self._notice_sleep()
        self._due = now + TICK_S
        self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    def _notice_sleep(self) -> None:
        asleep = self._suspended()
        if asleep - self._asleep > SUSPEND_S:
            self._woke = self._monotonic()
        self._asleep = asleep
