"""Who watches us: a thread that ends the process when the event loop hangs, so that whoever started it starts it again."""

from __future__ import annotations

import asyncio
import faulthandler
import os
import threading
from collections.abc import Callable

TICKS = 30
TICK_S = 1.0
"""The thread counts its own ticks, not time: asleep with the process it counts none, so waking up ends nothing."""


class Watchdog:
    """Aborts the process, all stacks on stderr, when the loop has not ticked during ``ticks`` ticks of the thread.

    ``alive`` is called from the loop at each of its ticks: what hangs with the loop must fall silent with it. A call into C
    that keeps the interpreter's lock stops the thread too; then only the service manager, which hears nothing, helps.
    """

    def __init__(self, alive: Callable[[], None], ticks: int = TICKS, tick_s: float = TICK_S) -> None:
        self._alive, self._ticks, self._tick_s = alive, ticks, tick_s
        self._ticked, self._stopped = False, threading.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._thread = threading.Thread(target=self._watch, name="watchdog", daemon=True)

    def start(self) -> None:
        """Watch the running loop from now on."""
        self._tick()
        self._thread.start()

    def stop(self) -> None:
        """Watch no more; call it from the loop."""
        self._stopped.set()
        if self._timer is not None:
            self._timer.cancel()
        self._thread.join()

    def _tick(self) -> None:
        self._ticked = True
        self._alive()
        self._timer = asyncio.get_running_loop().call_later(self._tick_s, self._tick)

    def _watch(self) -> None:
        missed = 0
        while not self._stopped.wait(self._tick_s):
            missed = 0 if self._ticked else missed + 1
            self._ticked = False
            if missed >= self._ticks:
                # Past Python's own stderr: whoever hangs may hold its lock.
                os.write(2, f"watchdog: no life in the event loop for {missed} ticks of {self._tick_s:g} s\n".encode())
                faulthandler.dump_traceback(all_threads=True)
                os.abort()
