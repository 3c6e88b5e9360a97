from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.span import Span
from sla.tally import Tally

cells = st.lists(st.integers(0, 3), max_size=60)


def tally_of(weights: list[int]) -> Tally:
    return Tally.of((at, at + 1, weight) for at, weight in enumerate(weights) if weight)


@given(cells, st.tuples(*[st.integers(-5, 70)] * 3).map(sorted))
def test_a_window_weighs_what_its_milliseconds_weigh_and_windows_add_up(weights: list[int], ends: list[int]) -> None:
    tally, (a, b, c) = tally_of(weights), ends
    assert tally.between(a, b) == sum(weights[max(0, a) : max(0, b)])
    assert tally.between(a, c) == tally.between(a, b) + tally.between(b, c)


@given(cells, st.lists(st.integers(-5, 70), max_size=20).map(sorted))
def test_one_walk_finds_what_many_questions_would(weights: list[int], instants: list[int]) -> None:
    tally = tally_of(weights)
    assert tally.sums(instants) == [tally.until(at) for at in instants]


@given(cells, st.integers(1, 60))
def test_reached_is_the_first_instant_before_which_so_much_weighs(weights: list[int], amount: int) -> None:
    tally = tally_of(weights)
    first = next((at for at in range(len(weights) + 1) if tally.until(at) >= amount), None)
    assert tally.reached(amount) == first


@given(cells, cells, st.integers(-2, 50), st.integers(1, 20))
def test_a_part_is_replaced_and_nothing_else(weights: list[int], others: list[int], since: int, length: int) -> None:
    span, old, new = Span(since, since + length), tally_of(weights), tally_of(others)
    spliced = old.replaced(span, Tally.of(new.within(span)))
    for at in range(-3, 75):
        assert spliced.between(at, at + 1) == (new if at in span else old).between(at, at + 1)


@given(cells, st.integers(-5, 70))
def test_what_lies_before_an_instant_is_cut_there(weights: list[int], at: int) -> None:
    assert tally_of(weights).cut(at) == tally_of(weights[: max(0, at)])


@given(cells)
def test_spans_are_disjoint_in_order_and_as_long_as_can_be(weights: list[int]) -> None:
    spans = list(tally_of(weights))
    assert all(a[1] < b[0] or (a[1] == b[0] and a[2] != b[2]) for a, b in itertools.pairwise(spans))
    assert tally_of(weights).uniform == (len({weight for weight in weights if weight}) < 2)


def test_an_empty_tally_weighs_nothing() -> None:
    assert not Tally()
    assert (Tally().between(0, 9), Tally().reached(1), Tally().sums([1, 2])) == (0, None, [0, 0])
    assert Tally((0,), (1,), (1,)) == Tally([0], [1], [1])
    with pytest.raises(TypeError):
        hash(Tally())


@given(cells, st.integers(-2, 50), st.integers(1, 20))
def test_the_spans_in_a_window_are_cut_to_it_and_never_empty(weights: list[int], since: int, length: int) -> None:
    window = Span(since, since + length)
    found = list(tally_of(weights).within(window))
    assert all(window.start <= start < end <= window.end for start, end, _ in found)
    painted = {at: weight for start, end, weight in found for at in range(start, end)}
    assert painted == {at: weight for at, weight in enumerate(weights) if weight and at in window}
