from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from small_worlds import worlds
from written import DEGRADED, DOWN, UNKNOWN, UP

from sla.case import Case
from sla.evaluate import accounted
from sla.span import Span
from sla.state import State
from sla.steps import BEGINNING
from sla.track import Track, shown

TRACK = Track(
    Span(0, 40),
    [(BEGINNING, (2,) * 4), (8, (2, 2, 0, 2)), (10, (0,) * 4), (20, (0, 2, 0, 2)), (30, None), (35, (1, 1, 1, 2))],
    {},
)


def test_shown_is_never_better_than_certain() -> None:
    pairs = {(0, 0): DOWN, (0, 1): UNKNOWN, (0, 2): UNKNOWN, (1, 1): DEGRADED, (1, 2): DEGRADED, (2, 2): UP}
    for (worst, best), state in pairs.items():
        assert shown((worst, best, 0, 2)) is state
    assert shown(None) is UNKNOWN


def test_states_for_pages_join_what_looks_alike() -> None:
    assert TRACK.states(Span(5, 37)) == (
        (Span(5, 10), UP),
        (Span(10, 20), DOWN),
        (Span(20, 35), UNKNOWN),
        (Span(35, 37), DEGRADED),
    )


def test_outside_the_observed_time_nothing_is_said() -> None:
    assert [TRACK.shown(at) for at in (-1, 0, 12, 39, 40)] == [UNKNOWN, UP, DOWN, DEGRADED, UNKNOWN]
    assert list(TRACK.within(Span(40, 50))) == []
    assert Track(None, TRACK.steps, {}).states(Span(0, 40)) == ()


def test_runs_are_maximal_and_cut_to_the_window() -> None:
    assert TRACK.runs(Span(0, 40), lambda quad: quad[2] == State.DOWN) == (Span(8, 30),)
    assert TRACK.runs(Span(12, 15), lambda quad: quad[1] == State.DOWN) == (Span(12, 15),)


@given(worlds, st.integers(1, 4), st.integers(0, 40), st.integers(1, 40))
def test_the_latest_states_are_the_last_of_all(world: Case, many: int, start: int, length: int) -> None:
    track = replace(accounted(world, Span(0, 100)).track, observed=Span(start, start + length))
    assert track.latest(many) == track.states(Span(start, start + length))[-many:]
    assert Track(None, track.steps, {}).latest(many) == ()
