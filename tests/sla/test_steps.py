from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from sla.span import Span
from sla.steps import BEGINNING, FOREVER, Steps, always, difference, during, merged, value_at

steps = st.dictionaries(st.integers(0, 30), st.integers(0, 3), max_size=8).map(
    lambda found: [(BEGINNING, 9), *sorted(found.items())]
)


@given(st.lists(steps, min_size=1, max_size=4), st.integers(-5, 30), st.integers(1, 20))
def test_merged_steps_have_every_value_at_every_instant(several: list[Steps[int]], since: int, length: int) -> None:
    within = Span(since, since + length)
    found = merged(several, within)
    assert found[0][0] == since
    assert all(one[0] < other[0] < within.end for one, other in itertools.pairwise(found))
    for at in range(within.start, within.end):
        assert value_at([(BEGINNING, ()), *found], at) == tuple(value_at(each, at) for each in several)


@given(steps, steps)
def test_the_difference_is_the_shortest_span_that_holds_all_of_it(one: Steps[int], other: Steps[int]) -> None:
    differing = [at for at in range(-2, 40) if value_at(one, at) != value_at(other, at)]
    found = difference(one, other)
    if not differing:
        assert found is None
    else:
        assert found is not None
        assert (found.start, min(found.end, 40)) == (differing[0], differing[-1] + 1)


def test_during_is_true_inside_any_of_the_spans() -> None:
    inside = during([Span(5, 8), Span(1, 3), Span(3, 4), Span(6, 9)])
    assert [at for at in range(12) if value_at(inside, at)] == [1, 2, 3, 5, 6, 7, 8]
    assert value_at(during([Span(BEGINNING, 4)]), -1_000) is True
    assert value_at(during([Span(4, FOREVER)]), 1 << 50) is True
    assert value_at(during([]), 0) is False
    assert value_at(always("x"), 0) == "x"
