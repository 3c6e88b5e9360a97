"""The simulated history is what looks would have left, the same at each start, and honest about where it ends."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from monitor.stage.history import DAYS, EVERY_MS, HOLD_MS, history
from sla.span import DAY, MINUTE
from sla.state import State
from sla.timeline import Rule, Sample, Timeline, derive

UNTIL = 1_790_000_000_123
STREAMS = ("acme/node-1", "acme/directory", "globex/dns")


@given(st.integers(0, 10_000), st.integers(0, DAY))
def test_changes_are_in_order_and_each_changes_something(seed: int, later: int) -> None:
    for timeline in history(STREAMS, UNTIL + later, seed).values():
        assert all(a.at < b.at and a.state is not b.state for a, b in pairwise(timeline.changes))
        assert all(a.end <= b.start for a, b in pairwise(timeline.doubts))
        assert timeline.state(UNTIL + later - 1) is State.UP
        assert timeline.state(UNTIL + later) is State.UNKNOWN
        assert UNTIL + later - DAYS * DAY - EVERY_MS < timeline.changes[0].at <= UNTIL + later - DAYS * DAY


def test_the_same_seed_gives_the_same_rows_and_another_one_others() -> None:
    assert history(STREAMS, UNTIL, 7) == history(STREAMS, UNTIL, 7)
    assert history(STREAMS, UNTIL, 7) != history(STREAMS, UNTIL, 8)


def test_there_are_outages_and_a_gap_that_nobody_measured() -> None:
    states = [change.state for one in history(map(str, range(10)), UNTIL, 1).values() for change in one.changes[:-1]]
    assert State.DOWN in states
    assert State.UNKNOWN in states


def looks(timeline: Timeline, since: int, until: int) -> list[Sample]:
    """The looks a minute apart that a monitor that was away in the gaps would have made."""
    gaps = [(b.at - HOLD_MS, c.at) for b, c in pairwise(timeline.changes) if b.state is State.UNKNOWN]
    return [
        Sample(at, timeline.state(at)) for at in range(since, until, EVERY_MS) if not any(start < at < end for start, end in gaps)
    ]


def test_the_rows_are_those_that_the_derivation_gives() -> None:
    rule = Rule(failures=3, successes=2, hold_ms=HOLD_MS)
    for timeline in history(("a", "b"), UNTIL, 3).values():
        for change in timeline.changes[1:-1:2]:
            since = change.at // MINUTE * MINUTE - 10 * MINUTE
            until = since + 90 * MINUTE
            derived = derive(looks(timeline, since, until), rule, until)
            seen = [(one.at, one.state) for one in derived.changes[1:]]
            assert seen == [(one.at, one.state) for one in timeline.changes if since < one.at < until]
            assert [d for d in derived.doubts if d.end < until] == [d for d in timeline.doubts if since < d.start < until]
