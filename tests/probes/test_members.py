from __future__ import annotations

from probes.members import together
from probes.probe import cannot_look, degraded, down, up
from sla.state import Cause, State

BAD = down(Cause.TCP_REFUSED, "refused")
SLOW = degraded(Cause.EXPIRES_SOON, "3 days")


def test_all_down_is_down_by_the_first() -> None:
    assert together(("a", "b"), (BAD, down(Cause.DEADLINE, "late"))) is BAD


def test_some_down_is_members_missing() -> None:
    found = together(("a", "b"), (up(), BAD))
    assert (found.state, found.cause) == (State.DEGRADED, Cause.MEMBERS_MISSING)
    assert "1 of 2 answer; b: refused" in found.reason


def test_degraded_and_unknown_show_before_up() -> None:
    assert together(("a", "b"), (up(), SLOW)) is SLOW
    unknown = cannot_look("no file")
    assert together(("a", "b"), (BAD, unknown)) is unknown
    assert together(("a", "b"), (up(), up())).state is State.UP
