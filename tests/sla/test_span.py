from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.span import Span, union

spans = st.tuples(st.integers(0, 40), st.integers(1, 9)).map(lambda pair: Span(pair[0], pair[0] + pair[1]))


def test_an_empty_span_is_refused() -> None:
    with pytest.raises(ValueError, match="ends after it starts"):
        Span(5, 5)


@given(spans, spans)
def test_a_cut_holds_the_instants_of_both(a: Span, b: Span) -> None:
    cut = a.cut(b)
    assert [t for t in range(60) if t in a and t in b] == ([t for t in range(60) if t in cut] if cut else [])


@given(st.lists(spans, max_size=8))
def test_a_union_is_disjoint_and_holds_the_same_instants(many: list[Span]) -> None:
    joined = union(many)
    assert all(a.end < b.start for a, b in pairwise(joined))
    assert [t for t in range(60) if any(t in s for s in many)] == [t for t in range(60) if any(t in s for s in joined)]
