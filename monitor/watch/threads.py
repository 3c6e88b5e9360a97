"""Threads for libraries that block: few, none of the loop's, none of them lost to servers that hang.

A target has a *fast lane* as long as it answers. One whose last look was cut runs in the *slow lane* until it answers
again, and is greeted first, on the loop: no byte back costs no thread. New targets are greeted too, and so is
everybody while the fast lane is half full. So hundreds that hang at once leave half of the threads to those that live.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import TypeAlias, TypeVar

import structlog

from monitor.watch.line import Line

T = TypeVar("T")
Target: TypeAlias = tuple[str, int]
"""(address, port)."""

FAST = 32
SLOW = 16
GIVE_UP_S = 1.0
"""A thread that is not back so long after its line was cut is given up; its place goes to another."""
MAX_LOST = 64
"""From so many given-up threads on their places are not filled again: better few looks than no memory."""
TELL_AFTER = 3
"""So many given up in a row are told as an error: something in a library does not come back."""
MAX_KNOWN = 65_536


class Lane:
    """Places for ``size`` threads."""

    def __init__(self, size: int) -> None:
        self._size, self.busy = size, 0
        self._places = asyncio.Semaphore(size)

    @property
    def crowded(self) -> bool:
        """Whether half of the places are taken."""
        return 2 * self.busy >= self._size

    @property
    def full(self) -> bool:
        """Whether the next one must wait."""
        return self._places.locked()

    async def enter(self) -> None:
        """Wait for a place."""
        await self._places.acquire()
        self.busy += 1

    def leave(self) -> None:
        """Give the place to the next."""
        self.busy -= 1
        self._places.release()


class Threads:
    """All threads of the gate. ``lost`` are given up and not back; ``lost_in_all`` only grows."""

    def __init__(self, fast: int = FAST, slow: int = SLOW) -> None:
        self.fast, self.slow = Lane(fast), Lane(slow)
        self.lost = self.lost_in_all = 0
        self._in_a_row = 0
        self._answered: dict[Target, bool] = {}
        self._log = structlog.get_logger("watch.threads")

    def wary(self, target: Target) -> bool:
        """Whether ``target`` is greeted before it gets a thread."""
        return self.fast.crowded or not self._answered.get(target, False)

    def heard(self, target: Target, answered: bool) -> None:
        """Note whether a look at ``target`` ended by itself or was cut."""
        if len(self._answered) >= MAX_KNOWN:
            self._answered.clear()
        self._answered[target] = answered

    async def run(self, target: Target, line: Line, work: Callable[[], T], phase: AbstractContextManager[None]) -> T:
        """``work`` in a thread that owns ``line``; ``phase`` measures the wait for its place. Cancelling does not wait."""
        lane = self.fast if self._answered.get(target, True) else self.slow
        with phase if lane.full else contextlib.nullcontext():
            await lane.enter()
        job: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        stay = _Stay(self, lane)
        stay.begin(partial(_talk, job, stay, line, work))
        line.taken = True
        try:
            answer = await job
        except asyncio.CancelledError:
            self.heard(target, False)
            stay.expect_back()
            raise
        except BaseException:
            self.heard(target, True)
            raise
        self.heard(target, True)
        return answer

    def gave_up(self) -> bool:
        """One more thread is lost. Whether its place may be filled again."""
        self.lost += 1
        self.lost_in_all += 1
        self._in_a_row += 1
        tell = self._log.error if self._in_a_row >= TELL_AFTER else self._log.warning
        tell("thread_lost", lost=self.lost, in_a_row=self._in_a_row)
        return self.lost <= MAX_LOST

    def back(self, late: bool) -> None:
        """A thread ended; ``late`` if it had been given up."""
        if late:
            self.lost -= 1
        else:
            self._in_a_row = 0


class _Stay:
    """One thread's stay in a lane, from its start until it is back or given up."""

    def __init__(self, threads: Threads, lane: Lane) -> None:
        self._threads, self._lane = threads, lane
        self._back = self._given_up = self._left = False

    def begin(self, talk: Callable[[], None]) -> None:
        """Start the thread. Raises RuntimeError if the machine has none left."""
        try:
            threading.Thread(target=talk, name="look", daemon=True).start()
        except RuntimeError:
            self._leave()
            raise

    def expect_back(self) -> None:
        """Its line was cut: it must be back soon."""
        asyncio.get_running_loop().call_later(GIVE_UP_S, self._give_up)

    def end(self) -> None:
        """The thread is back."""
        self._back = True
        self._threads.back(late=self._given_up)
        self._leave()

    def _give_up(self) -> None:
        if self._back:
            return
        self._given_up = True
        if self._threads.gave_up():
            self._leave()

    def _leave(self) -> None:
        if not self._left:
            self._left = True
            self._lane.leave()


def _talk(job: asyncio.Future[T], stay: _Stay, line: Line, work: Callable[[], T]) -> None:
    """The thread: do the work, close the socket, tell the loop."""
    settle: Callable[[], None]
    try:
        settle = partial(job.set_result, work())
    except BaseException as raised:  # whatever it is belongs to the look that waits for it
        settle = partial(job.set_exception, raised)
    finally:
        line.socket.close()
    with contextlib.suppress(RuntimeError):  # the loop has ended before us: nobody waits any more
        job.get_loop().call_soon_threadsafe(_tell, job, stay, settle)


def _tell(job: asyncio.Future[T], stay: _Stay, settle: Callable[[], None]) -> None:
    stay.end()
    if not job.done():
        settle()
