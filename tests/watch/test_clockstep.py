from __future__ import annotations

import pytest

from monitor.watch.clockstep import LONGEST, Clocks, ClockStep
from sla.span import DAY, HOUR
from sla.state import Cause, State

T0 = 1_764_000_000_000


class Time:
    """Wall, monotonic and sleeping time, each moved by hand."""

    def __init__(self) -> None:
        self.wall, self.steady, self.asleep = T0, 100.0, 0.0
        self.clocks = Clocks(lambda: self.wall, lambda: self.steady, lambda: self.asleep)

    def passes(self, ms: int, jump_ms: int = 0) -> None:
        self.steady += ms / 1000
        self.wall += ms + jump_ms


def test_slewing_and_sleeping_are_no_step() -> None:
    time = Time()
    time.passes(1_000, jump_ms=1_900)
    assert time.clocks.step() is None
    time.asleep += 3_600
    time.wall += HOUR
    assert time.clocks.step() is None


@pytest.mark.parametrize("jump", [HOUR, 2_100])
def test_a_step_forward_leaves_a_hole(jump: int) -> None:
    time = Time()
    time.passes(1_000, jump)
    step = time.clocks.step()
    assert step == ClockStep(T0 + 1_000, T0 + 1_000 + jump)
    assert not step.back
    assert time.clocks.step() is None


def test_a_step_back_tells_time_twice_and_may_have_come_right_after_the_last_question() -> None:
    time = Time()
    time.passes(1_000, -HOUR)
    step = time.clocks.step()
    assert step == ClockStep(T0 + 1_000, T0 - HOUR)
    assert step.back


def test_a_stream_is_told_off_the_grid_of_looks() -> None:
    (hole,) = ClockStep(T0 + 1_234, T0 + HOUR).results((7, 2))
    assert (hole.slot, hole.check_no, hole.location_no) == (T0 + 1_299, 7, 2)
    assert (hole.at, hole.took_ms, hole.state, hole.cause) == (T0 + 1_234, None, State.UNKNOWN, Cause.CLOCK_STEP)
    (twice,) = ClockStep(T0 + 1_234, T0 - HOUR).results((7, 2))
    assert (twice.slot, twice.at) == (T0 + 1_299, T0 - HOUR)
    assert twice.at + (twice.took_ms or 0) == T0 + 1_235


def test_a_long_way_back_is_told_by_the_day_and_not_for_ever() -> None:
    rows = ClockStep(T0, T0 - 3 * DAY - HOUR).results((7, 2))
    assert [row.at for row in rows] == [T0 - 3 * DAY - HOUR + n * DAY for n in range(4)]
    assert rows[-1].at + (rows[-1].took_ms or 0) == T0 + 1
    assert len(ClockStep(T0, 0).results((7, 2))) == LONGEST // DAY
