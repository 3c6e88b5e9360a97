from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sla.span import MINUTE, SECOND
from sla.state import Cause, State
from sla.timeline import Change, Doubt, Rule, Sample, Timeline, derive, fold

UP, DEGRADED, DOWN, UNKNOWN = State.UP, State.DEGRADED, State.DOWN, State.UNKNOWN

rules = st.builds(Rule, st.integers(1, 4), st.integers(1, 3), st.integers(1, 9))
samples = st.lists(
    st.builds(Sample, st.integers(0, 90), st.sampled_from([UP, UP, UP, DOWN, DOWN, DEGRADED, UNKNOWN])), max_size=30
)


def evidence(looked: list[Sample]) -> dict[int, State]:
    """What stands at each instant: errors are none, the worse of equals."""
    seen: dict[int, State] = {}
    for sample in looked:
        if sample.state is not UNKNOWN:
            seen[sample.at] = min(seen.get(sample.at, UP), sample.state)
    return dict(sorted(seen.items()))


def decided(bad: list[bool], rule: Rule) -> list[bool | None]:
    """The definition read literally: a run that is long enough decides itself and all that follows until the next."""
    out: list[bool | None] = []
    now: bool | None = None
    for i in range(len(bad)):
        first, last = i, i
        while first and bad[first - 1] == bad[i]:
            first -= 1
        while last + 1 < len(bad) and bad[last + 1] == bad[i]:
            last += 1
        if last - first + 1 >= (rule.failures if bad[i] else rule.successes):
            now = bad[i]
        out.append(now)
    return out


def paint(looked: list[Sample], rule: Rule, ticks: int) -> list[tuple[State, State, State]]:
    """(said, worst, best) of every tick, without any algebra of spans."""
    seen = evidence(looked)
    ats, levels = list(seen), list(seen.values())
    a, b = decided([x is DOWN for x in levels], rule), decided([x is not UP for x in levels], rule)
    cells = []
    for tick in range(ticks):
        i = sum(at <= tick for at in ats) - 1
        if i < 0 or a[i] is None or b[i] is None:
            cells.append((UNKNOWN, DOWN, UP))
            continue
        confirmed = DOWN if a[i] else DEGRADED if b[i] else UP
        if i + 1 < len(ats) and ats[i + 1] - ats[i] <= rule.hold_ms:
            three = (levels[i], levels[i + 1], confirmed)
            cells.append((confirmed, min(three), max(three)))
        else:
            cells.append((confirmed if tick < ats[i] + rule.hold_ms else UNKNOWN, DOWN, UP))
    return cells


def cells(timeline: Timeline, ticks: int) -> list[tuple[State, State, State]]:
    return [(timeline.state(t), *timeline.bounds(t)) for t in range(ticks)]


@settings(max_examples=300, deadline=None)
@given(samples, rules)
def test_the_derivation_is_what_a_painter_paints(looked: list[Sample], rule: Rule) -> None:
    assert cells(derive(looked, rule), 110) == paint(looked, rule, 110)


@settings(max_examples=200, deadline=None)
@given(samples, rules, st.randoms())
def test_the_order_of_arrival_does_not_matter(looked: list[Sample], rule: Rule, random: object) -> None:
    shuffled = list(looked)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert derive(shuffled, rule) == derive(looked, rule)


@settings(max_examples=200, deadline=None)
@given(samples, rules, st.integers(0, 100))
def test_until_knows_nothing_later(looked: list[Sample], rule: Rule, until: int) -> None:
    known = [sample for sample in looked if sample.at <= until]
    cut = derive(looked, rule, until)
    assert cells(cut, until) == paint(known, rule, until)
    assert all(change.at < until for change in cut.changes)
    assert all(doubt.end <= until for doubt in cut.doubts)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_truth_lies_inside_the_bounds(data: st.DataObject) -> None:
    # A true history whose states last longer than any two joined looks are apart, and looks at it with gaps.
    hold = data.draw(st.integers(2, 8))
    lengths = data.draw(st.lists(st.integers(hold + 1, 30), min_size=1, max_size=8))
    truth = [state for n in lengths for state in [data.draw(st.sampled_from([UP, DOWN, DEGRADED]))] * n]
    ats = data.draw(st.sets(st.integers(0, len(truth) - 1)))
    rule = Rule(data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3)), hold)
    timeline = derive([Sample(at, truth[at]) for at in ats], rule)
    for tick, state in enumerate(truth):
        worst, best = timeline.bounds(tick)
        assert worst <= state <= best


def at(minute: int, second: int = 0) -> int:
    return minute * MINUTE + second * SECOND


def confirmation_example() -> list[Sample]:
    """Worked example 17.4, minutes after 12:00."""
    ok = [at(0), at(1), at(3, 20), at(4, 20), at(20), at(21)]
    failed = [at(2), at(2, 10), at(2, 20)]
    return [Sample(i, UP) for i in ok] + [Sample(i, DOWN, Cause.TCP_REFUSED) for i in failed]


def test_worked_example_4_confirmation() -> None:
    timeline = derive(confirmation_example(), Rule(3, 2, 130 * SECOND))
    assert timeline.changes == (
        Change(at(0), UP),
        Change(at(2), DOWN, Cause.TCP_REFUSED),
        Change(at(3, 20), UP),
        Change(at(6, 30), UNKNOWN, Cause.SILENCE),
        Change(at(20), UP),
        Change(at(23, 10), UNKNOWN, Cause.SILENCE),
    )
    assert timeline.doubts == (
        Doubt(at(1), at(2), DOWN, UP),
        Doubt(at(2, 20), at(3, 20), DOWN, UP),
        Doubt(at(4, 20), at(6, 30), DOWN, UP),
        Doubt(at(21), at(23, 10), DOWN, UP),
    )


def test_an_error_is_no_evidence_but_names_the_silence() -> None:
    looked = [Sample(0, UP), Sample(1, UP), Sample(3, UNKNOWN, Cause.RESOLVER), Sample(4, UNKNOWN, Cause.MONITOR_DOWN)]
    assert derive(looked, Rule(3, 2, 5)).changes == (Change(0, UP), Change(6, UNKNOWN, Cause.MONITOR_DOWN))


def test_the_row_recorded_last_stands() -> None:
    changes = [Change(0, UP), Change(5, DOWN), Change(9, UP), Change(5, UP)]
    doubts = [Doubt(1, 4, DOWN, UP), Doubt(6, 8, DOWN, UP), Doubt(1, 3, DOWN, UP), Doubt(6, 8, UP, UP)]
    assert fold(changes, doubts) == Timeline((Change(0, UP),), (Doubt(1, 3, DOWN, UP),))
