from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from weighed import WORLD, agreements, weighed

from sla.agreement import Agreement
from sla.answer import Verdict
from sla.counted import Counted
from sla.figures import plain
from sla.rolling import full_in, greatest, heaviest, rolling, starts_in
from sla.span import DAY, HOUR, Span
from sla.tally import Tally

cells = st.lists(st.integers(0, 2), min_size=1, max_size=40)
uniform = st.lists(st.sampled_from([0, 3]), min_size=1, max_size=40)


@settings(max_examples=500, deadline=None)
@given(st.one_of(cells, uniform), st.integers(1, 15), st.integers(-5, 30), st.integers(1, 30))
def test_the_heaviest_window_beats_every_other_and_is_the_earliest_of_equals(
    weights: list[int], length: int, first: int, many: int
) -> None:
    tally, starts = Tally.of((at, at + 1, weight) for at, weight in enumerate(weights) if weight), range(first, first + many)
    alone = [tally.between(at, at + length) for at in starts]
    assert heaviest(tally, starts, length) == (max(alone), starts[alone.index(max(alone))])
    assert greatest(tally, starts, length) == max(alone)


@settings(max_examples=150, deadline=None)
@given(weighed(), agreements, st.integers(1, 20).map(lambda n: n * 3 * HOUR))
def test_the_verdict_of_all_windows_is_that_of_each(counted: Counted, agreement: Agreement, length: int) -> None:
    seen = rolling(counted, agreement, WORLD, length)
    starts = range(WORLD.start, WORLD.end - length + 1, 3 * HOUR)
    alone = [plain(counted, agreement, Span(at, at + length)) for at in starts]
    order = (Verdict.BREACHED, Verdict.UNDETERMINED, Verdict.MET, Verdict.PENDING)
    assert seen.verdict is next(verdict for verdict in order if any(one.verdict is verdict for one in alone))
    worst = max(one.downtime_ms for one in alone)
    assert plain(counted, agreement, seen.worst).downtime_ms == worst
    assert seen.worst == next(one.window for one in alone if one.downtime_ms == worst)


@settings(max_examples=100, deadline=None)
@given(weighed(), st.integers(1, 12), st.integers(0, 20))
def test_the_worst_of_a_longer_range_is_no_better_than_that_of_a_part(counted: Counted, hours: int, since: int) -> None:
    length = hours * 6 * HOUR
    part = Span(WORLD.start + since * 3 * HOUR, WORLD.end - since * 3 * HOUR)
    found = [heaviest(counted.down, starts_in(within, length), length)[0] for within in (WORLD, part) if within.length >= length]
    assert found == sorted(found, reverse=True)


def test_a_window_must_fit_and_unobserved_time_makes_none_full() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        starts_in(Span(0, DAY), DAY + 1)
    assert list(starts_in(Span(0, DAY), DAY)) == [0]
    assert not full_in(range(10), None, 5)
    assert full_in(range(10), Span(2, 9), 5) == range(2, 5)
