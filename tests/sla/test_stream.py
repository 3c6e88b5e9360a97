from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla.span import MINUTE, SECOND
from sla.state import State
from sla.stream import NOTHING, Delta, LateSample, Stream
from sla.timeline import Change, Doubt, Rule, Sample, derive, fold

UP, DEGRADED, DOWN, UNKNOWN = State.UP, State.DEGRADED, State.DOWN, State.UNKNOWN

rules = st.builds(Rule, st.integers(1, 4), st.integers(1, 3), st.integers(1, 9))
steps = st.lists(
    st.tuples(st.integers(1, 12), st.sampled_from([UP, UP, UP, UP, DOWN, DOWN, DEGRADED, UNKNOWN]), st.integers(0, 12)),
    max_size=40,
)


def samples_of(taken: list[tuple[int, State, int]]) -> list[Sample]:
    out, now = [], 0
    for after, state, _ in taken:
        now += after
        out.append(Sample(now, state))
    return out


@settings(max_examples=500, deadline=None)
@given(steps, rules)
def test_the_deltas_folded_are_the_derivation(taken: list[tuple[int, State, int]], rule: Rule) -> None:
    # A look is heard of a little after its instant, so a silence may be told before a result that joins.
    stream, deltas, looked, told = Stream(rule), [Delta()], samples_of(taken), 0
    for sample, (_, _, ask) in zip(looked, taken, strict=True):
        deltas.append(stream.take(sample))
        told = max(told, sample.at + ask)
        deltas.append(stream.silent(told))
    deltas.append(stream.silent(10_000))
    changes = [change for delta in deltas for change in delta.changes]
    doubts = [doubt for delta in deltas for doubt in delta.doubts]
    assert fold(changes, doubts) == derive(looked, rule)


@settings(max_examples=200, deadline=None)
@given(steps, rules)
def test_the_stream_knows_state_since_and_last(taken: list[tuple[int, State, int]], rule: Rule) -> None:
    stream = Stream(rule)
    for i, sample in enumerate(looked := samples_of(taken)):
        stream.take(sample)
        seen = [s for s in looked[: i + 1] if s.state is not UNKNOWN]
        assert stream.last_at == (seen[-1].at if seen else None)
        if seen:
            whole = derive(seen, rule)
            assert stream.state is whole.state(seen[-1].at)
            begun = [change.at for change in whole.changes if change.at <= seen[-1].at]
            assert stream.since == (begun[-1] if begun else None)


def test_one_more_good_result_adds_no_row() -> None:
    stream = Stream(Rule(3, 2, 130 * SECOND))
    deltas = [stream.take(Sample(i * MINUTE, UP)) for i in range(100)]
    assert [delta for delta in deltas if delta] == [Delta((Change(0, UP),))]
    assert (stream.state, stream.since, stream.last_at, stream.run) == (UP, 0, 99 * MINUTE, 0)


def test_an_outage_opens_dated_back_and_takes_back_what_was_doubt() -> None:
    stream = Stream(Rule(3, 2, 130))
    stream.take(Sample(0, UP))
    stream.take(Sample(60, UP))
    assert stream.take(Sample(120, DOWN)) == Delta((), (Doubt(60, 120, DOWN, UP),))
    assert stream.run == 1
    assert stream.take(Sample(130, DOWN)) == Delta((), (Doubt(120, 130, DOWN, UP),))
    assert stream.run == 2
    assert stream.take(Sample(140, DOWN)) == Delta((Change(120, DOWN),), (Doubt(120, 121, DOWN, DOWN),))
    assert (stream.run, stream.state, stream.since) == (0, DOWN, 120)


def test_silence_after_the_hold_is_unknown_told_once() -> None:
    stream = Stream(Rule(3, 2, 130))
    stream.take(Sample(0, UP))
    stream.take(Sample(60, UP))
    assert stream.silent(189) == NOTHING
    delta = stream.silent(190)
    assert [(change.at, change.state) for change in delta.changes] == [(190, UNKNOWN)]
    assert delta.doubts == (Doubt(60, 190, DOWN, UP),)
    assert stream.silent(500) == NOTHING
    assert (stream.state, stream.since) == (UNKNOWN, 190)


def test_late_evidence_is_refused_and_a_repeat_is_nothing() -> None:
    stream = Stream(Rule())
    stream.take(Sample(60, UP))
    assert stream.take(Sample(60, UP)) == NOTHING
    with pytest.raises(LateSample):
        stream.take(Sample(59, UP))
    with pytest.raises(LateSample):
        stream.take(Sample(60, DOWN))


def test_a_restored_stream_goes_on_as_the_first_would() -> None:
    looked = [Sample(i * 60, DOWN if 20 <= i < 26 else UP) for i in range(40)]
    for cut in range(8, 40):
        first = Stream(Rule(3, 2, 130))
        for sample in looked[:cut]:
            first.take(sample)
        again = Stream.restore(Rule(3, 2, 130), looked[cut - 8 : cut])
        for sample in looked[cut:]:
            assert again.take(sample).changes == first.take(sample).changes
            assert again.state is first.state
