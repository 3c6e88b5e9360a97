from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from monitor.store.found import BEFORE_SILENT, WIDE, found, parts
from monitor.store.results import outcome
from sla.state import Cause, State

OUTCOMES = [0, 100, 200, 300, *(cause.value for cause in Cause)]
PARTS = st.tuples(st.integers(-1_000, 1_000), st.none() | st.integers(0, 2_000_000), st.sampled_from(OUTCOMES))


@given(PARTS)
def test_parts_come_back_or_are_wide(given_parts: tuple[int, int | None, int]) -> None:
    number = found(given_parts)
    offset, tenths, _ = given_parts
    assert (number == WIDE) == (not 0 <= offset <= 255 or (tenths or 0) > 1_048_574)
    assert number == WIDE or parts(number) == given_parts


def test_the_common_look_fits_into_three_bytes() -> None:
    assert found((255, 32_766, 0)) < 1 << 23


@given(PARTS)
def test_looks_that_move_a_timeline_lie_below_those_that_only_name_a_silence(given_parts: tuple[int, int | None, int]) -> None:
    names_only = given_parts[2] > outcome(State.UNKNOWN, Cause.CLOCK_STEP)
    assert (found(given_parts) < BEFORE_SILENT) == (not names_only or found(given_parts) == WIDE)
