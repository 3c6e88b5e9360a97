"""The first looks at new checks: soon, spread, and never so many at once that those that hang keep the others waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from monitor.clock import Clock
from monitor.slots import slot_at, slot_at_once
from monitor.watch.lookout import MARGIN_MS, Lookout, next_regular
from monitor.watch.schedule import Plan
from sla.span import Instant

WITHIN_S = 4.0
"""Where they answer, each check is looked at once within this time, one after the other, so that nothing herds."""
AT_ONCE = 300
"""Looks in flight at targets that have not answered yet, of which the next one waits for an end."""
SOON_S = 0.05


class FirstLooks:
    """Looks at each new check once, unless its regular slot comes first: nobody waits an hour for a word on a certificate."""

    def __init__(self, lookout: Lookout, clock: Clock) -> None:
        self._lookout, self._clock = lookout, clock
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, plans: Sequence[Plan]) -> None:
        """Look at ``plans``, on the running loop; returns at once."""
        task = asyncio.create_task(self._look(plans), name="first looks")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def stop(self) -> None:
        """Begin no further look."""
        for task in self._tasks:
            task.cancel()

    async def _look(self, plans: Sequence[Plan]) -> None:
        loop, since = asyncio.get_running_loop(), self._clock()
        began = loop.time()
        for number, plan in enumerate(plans):
            if (early := began + WITHIN_S * number / len(plans) - loop.time()) > 0:
                await asyncio.sleep(early)
            while self._lookout.unanswered >= AT_ONCE:  # noqa: ASYNC110  places are freed all the time: asking costs least
                await asyncio.sleep(SOON_S)
            now = self._clock()
            if not _regular(plan, since, now):
                self._lookout.due(plan, slot_at_once(now))


def _regular(plan: Plan, since: Instant, now: Instant) -> bool:
    """Whether ``plan`` has had a regular slot since ``since``, or has one before a look begun now would surely have ended."""
    passed = slot_at(now, plan.check.every_ms, plan.phase_ms) >= since
    return passed or next_regular(plan, now) <= now + plan.check.deadline_ms + MARGIN_MS
