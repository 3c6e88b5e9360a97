from __future__ import annotations

from sla.state import Cause, State


def test_levels_rise_from_down_to_up_and_unknown_may_be_any() -> None:
    assert State.DOWN < State.DEGRADED < State.UP
    assert (State.UNKNOWN.worst, State.UNKNOWN.best) == (State.DOWN, State.UP)
    assert all(state.worst is state.best is state for state in (State.DOWN, State.DEGRADED, State.UP))


def test_every_cause_goes_with_one_state_that_is_not_up() -> None:
    assert {cause.state for cause in Cause} == {State.DOWN, State.DEGRADED, State.UNKNOWN}
