"""When to look: the one home of APScheduler. One job per round: all checks of one interval and one 100 ms phase.

A job derives the slot from the clock when it runs and never trusts its planned time. Every slot between the last one
handled and this one is told as missed: nothing is dropped silently.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from monitor.clock import Clock
from monitor.config.configuration import Check
from monitor.slots import slot_at, slots_between
from sla.span import Instant

Round: TypeAlias = tuple[int, int]
"""(interval ms, phase ms): the name of a round."""

EPOCH = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Plan:
    """One check at one location, with its place on the slot grid and its numbers in the store."""

    site: str
    check: Check
    location: str
    check_no: int
    location_no: int
    phase_ms: int

    @property
    def stream(self) -> tuple[int, int]:
        """The key of this check's timeline: (check_no, location_no)."""
        return (self.check_no, self.location_no)

    @property
    def round(self) -> Round:
        """The round that looks at this check."""
        return (self.check.every_ms, self.phase_ms)


class Schedule:
    """Calls ``due(plan, slot)`` for every slot of every plan, and ``missed(plan, slots)`` for those that were not handled."""

    def __init__(
        self, clock: Clock, due: Callable[[Plan, Instant], None], missed: Callable[[Plan, Sequence[Instant]], None]
    ) -> None:
        self._clock, self._due, self._missed = clock, due, missed
        self._rounds: dict[Round, tuple[Plan, ...]] = {}
        self._handled: dict[tuple[int, int], Instant] = {}
        self._scheduler: Any = AsyncIOScheduler(timezone=UTC)

    def start(self) -> None:
        """Begin to run jobs on the running loop."""
        self._scheduler.start()

    def stop(self) -> None:
        """Run no further job."""
        self._scheduler.shutdown(wait=False)

    def plan(self, plans: Sequence[Plan]) -> tuple[Plan, ...]:
        """Watch exactly ``plans`` from now on; only rounds whose members differ are touched. Gives those that are new."""
        wanted: dict[Round, list[Plan]] = defaultdict(list)
        for plan in plans:
            wanted[plan.round].append(plan)
        known = {plan.stream for members in self._rounds.values() for plan in members}
        for name in self._rounds.keys() - wanted.keys():
            self._scheduler.remove_job(_job_id(name))
        for name in wanted.keys() - self._rounds.keys():
            self._add(name)
        self._rounds = {name: tuple(members) for name, members in wanted.items()}
        fresh = tuple(plan for plan in plans if plan.stream not in known)
        for plan in fresh:
            self._handled[plan.stream] = slot_at(self._clock(), plan.check.every_ms, plan.phase_ms)
        alive = {plan.stream for plan in plans}
        self._handled = {stream: slot for stream, slot in self._handled.items() if stream in alive}
        return fresh

    def every(self, name: str, seconds: float, job: Callable[[], Awaitable[None] | None]) -> None:
        """A named job that is no look: packing, publishing, silence."""
        trigger = IntervalTrigger(seconds=seconds, start_date=EPOCH, timezone=UTC)
        self._scheduler.add_job(job, trigger, id=name, coalesce=True, max_instances=1, misfire_grace_time=60)

    def clock_stepped(self) -> None:
        """Set all jobs anew: after a wall-clock step back APScheduler would run nothing until the clock is there again."""
        for job in self._scheduler.get_jobs():
            job.reschedule(job.trigger)
        now = self._clock()
        for members in self._rounds.values():
            for plan in members:
                self._handled[plan.stream] = slot_at(now, plan.check.every_ms, plan.phase_ms)

    def _add(self, name: Round) -> None:
        every_ms, phase_ms = name
        trigger = IntervalTrigger(seconds=every_ms / 1000, start_date=EPOCH + timedelta(milliseconds=phase_ms), timezone=UTC)
        self._scheduler.add_job(
            self._run,
            trigger,
            args=(name,),
            id=_job_id(name),
            coalesce=True,
            max_instances=1,
            # The default of 1 s drops runs with a log line only; a late run tells what it missed.
            misfire_grace_time=max(1, every_ms // 2000),
        )

    async def _run(self, name: Round) -> None:
        """One round is due. A coroutine, so that APScheduler keeps it on the loop instead of a thread."""
        every_ms, phase_ms = name
        slot = slot_at(self._clock(), every_ms, phase_ms)
        for plan in self._rounds.get(name, ()):
            last = self._handled.get(plan.stream, slot - every_ms)
            if slot <= last:
                continue
            self._handled[plan.stream] = slot
            if slot - last > every_ms:
                self._missed(plan, tuple(slots_between(last, slot - 1, every_ms, phase_ms)))
            self._due(plan, slot)


def _job_id(name: Round) -> str:
    return f"look-{name[0]}-{name[1]}"
