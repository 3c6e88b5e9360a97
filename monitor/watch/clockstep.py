"""Does the wall clock go as time does? Where it was stepped, stamps on both sides do not belong together."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.clock import Clock, Stopwatch
from monitor.ports import Result, StreamKey
from sla.span import DAY, Instant
from sla.state import Cause, State

STEP_MS = 2_000
"""A difference this large between wall and monotonic progress is a step; NTP slews what is smaller."""
LONGEST = 31 * DAY
"""A clock that was further ahead than this has lied for so long that no row of ours mends it."""


@dataclass(frozen=True, slots=True)
class ClockStep:
    """A step of the wall clock: ``told`` is the last instant of the old time, ``since`` the first of the new one."""

    told: Instant
    since: Instant

    @property
    def back(self) -> bool:
        """Whether time that was told already is told again."""
        return self.since < self.told

    def results(self, stream: StreamKey) -> tuple[Result, ...]:
        """What ``stream`` is told of the step: unknown from it on, and time told twice is void.

        A row tells at most a day of the latter: it begins ``at``, lasts its duration, and is named by where it ends, so that
        whoever reads back from the newest looks meets it before those it voids.
        """
        if not self.back:
            return (_row(stream, self.told, self.told, None),)
        end = min(self.told, self.since + LONGEST)
        starts = range(self.since, end, DAY)
        return tuple(_row(stream, min(at + DAY, end), at, min(DAY, end - at) + 1.0) for at in starts)


def _row(stream: StreamKey, end: Instant, at: Instant, lasted_ms: float | None) -> Result:
    """Its slot lies beside the 100 ms grid that looks are on, so that no look has its name."""
    return Result(end // 100 * 100 + 99, *stream, at, lasted_ms, State.UNKNOWN, Cause.CLOCK_STEP)


class Clocks:
    """Wall and monotonic progress, compared each time they are asked. Time asleep is progress too."""

    def __init__(self, clock: Clock, monotonic: Stopwatch, slept: Stopwatch) -> None:
        self._clock, self._monotonic, self._slept = clock, monotonic, slept
        self._wall, self._steady = clock(), self._progressed()

    def step(self) -> ClockStep | None:
        """The step since the last question, if there was one."""
        wall, steady = self._clock(), self._progressed()
        passed = round((steady - self._steady) * 1000)
        told = self._wall + passed
        self._wall, self._steady = wall, steady
        # When in between it happened is not known: the new time may have begun right after the last question.
        return ClockStep(told, wall - passed if wall < told else wall) if abs(wall - told) > STEP_MS else None

    def _progressed(self) -> float:
        return self._monotonic() + self._slept()
