from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from sla.agreement import Agreement
from sla.composition import Leaf
from sla.span import Span
from sla.state import State
from sla.sums import Sums
from sla.timeline import Change, fold
from sla.track import resolve

changes = st.lists(st.builds(Change, st.integers(0, 100), st.sampled_from(list(State))), max_size=12)


@given(changes, st.tuples(*[st.integers(-10, 120)] * 3).map(sorted))
def test_the_sums_of_touching_windows_add_up(rows: list[Change], ends: list[int]) -> None:
    track = resolve(Leaf("a"), {"a": fold(rows, ())}, Span(5, 95))
    sums = Sums(track, Agreement(degraded_impact=Fraction(1, 8)), 90)
    a, b, c = ends
    assert sums.between(a, c).minus(sums.between(a, b)) == sums.between(b, c)


def test_only_observed_time_counts() -> None:
    track = resolve(Leaf("a"), {"a": fold([Change(0, State.DOWN)], ())}, Span(5, 95))
    sums = Sums(track, Agreement(effective_from=20, effective_to=80), 60)
    assert sums.observed == Span(20, 60)
    assert sums.between(0, 1_000).down == 40
    assert sums.full(Span(20, 60))
    assert not sums.full(Span(19, 60))
    assert Sums(track, Agreement(), 5).between(0, 1_000).observed == 0
