from __future__ import annotations

from fractions import Fraction

import pytest

from probes.expiry import Limits, by_days, checked_days
from probes.probe import Notice
from sla.state import State

LIMITS = Limits(Fraction(30), Fraction(14), Fraction(7))


@pytest.mark.parametrize(
    ("left", "state", "codes"),
    [
        (Fraction(31), State.UP, []),
        (Fraction(30), State.UP, ["expires_soon"]),
        (Fraction(14), State.UP, ["expires_urgent"]),
        (Fraction(7), State.DEGRADED, ["expires_urgent"]),
        (Fraction(-1), State.DEGRADED, ["expires_urgent"]),
    ],
)
def test_each_limit_is_reached_on_its_day(left: Fraction, state: State, codes: list[str]) -> None:
    finding = by_days("certificate", left, LIMITS, {}, (Notice("rollover", "another one"),))
    assert finding.state is state
    assert [notice.code for notice in finding.notices] == [*codes, "rollover"]


def test_days_that_nobody_means_are_refused() -> None:
    checked_days("notice_days", None)
    with pytest.raises(ValueError, match="notice_days: must be 0 to 3650, got 4000"):
        checked_days("notice_days", 4000)
