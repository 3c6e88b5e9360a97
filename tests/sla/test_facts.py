from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from written import DEGRADED, DOWN, UNKNOWN, UP, changes, down, results, troubles

from sla.case import CaseComponent, Changes, History, Known, Outages, Results, Trouble
from sla.facts import levels, levels_at, levels_of
from sla.span import Span
from sla.state import State
from sla.steps import value_at
from sla.stream import Stream
from sla.timeline import Change, Doubt, Rule, Sample, derive, fold

TICKS = 60
rules = st.builds(Rule, st.integers(1, 3), st.integers(1, 3), st.integers(1, 9))
samples = st.lists(st.tuples(st.integers(0, 50), st.sampled_from([UP, UP, UP, DOWN, DOWN, DEGRADED, UNKNOWN])), max_size=25)


def cells(history: History, as_of: int | None = None, stays_down: bool = False, ticks: int = TICKS) -> list[object]:
    steps = levels(CaseComponent(history), as_of, stays_down)
    return [value_at(steps, at) for at in range(ticks)]


def said(history: History, **of: object) -> str:
    """One letter a tick: the point track."""
    pairs = {(0, 0): "d", (1, 1): "g", (2, 2): "u", (0, 2): "?", (0, 1): "!", (1, 2): "+"}
    return "".join("-" if cell is None else pairs[cell[:2]] for cell in cells(history, ticks=12, **of))  # type: ignore[index,arg-type]


def test_of_rows_with_an_equal_key_the_one_recorded_last_stands() -> None:
    rows = [
        Known(9, Change(3, UP)),
        Known(3, Change(3, DOWN)),
        Known(0, Change(0, UP)),
        Known(9, Change(6, DOWN)),
        Known(9, Change(6, UP)),
    ]
    history = Changes(tuple(rows))
    assert said(history, as_of=8) == "uuudddddddddd"[:12]
    assert said(history, as_of=9) == said(history) == "u" * 12
    doubts = (Known(1, Doubt(1, 5, DOWN, UP)), Known(2, Doubt(1, 3, DOWN, DEGRADED)))
    assert cells(Changes((Known(0, Change(0, UP)), *doubts)), ticks=6) == [
        (2, 2, 2, 2), (2, 2, 0, 2), (2, 2, 0, 2), (2, 2, 2, 2), (2, 2, 2, 2), (2, 2, 2, 2),
    ]  # fmt: skip


def test_as_of_only_what_was_recorded_exists() -> None:
    history = Changes((Known(0, Change(0, UP)), Known(50, Change(4, DOWN))))
    assert said(history, as_of=49) == "u" * 12
    assert said(history, as_of=50) == "uuuudddddddd"
    late = Results((Known(0, Sample(0, UP)), Known(9, Sample(2, DOWN))), Rule(1, 1, 5))
    assert said(late, as_of=8) == "uuuuu???????"
    assert said(late, as_of=9) == "uuddddd?????"


def test_before_the_first_change_stands_the_initial_state_and_the_last_goes_on() -> None:
    assert said(changes((3, DOWN))) == "???ddddddddd"
    assert said(changes((3, DOWN), initial=UP)) == "uuuddddddddd"
    assert said(changes(initial=DEGRADED)) == "g" * 12


def test_outages_are_up_elsewhere_and_where_they_overlap_worst_and_best_are_each_the_lowest() -> None:
    assert said(down((2, 4), (8, None))) == "uudduuuudddd"
    overlapping = troubles((1, 8, DEGRADED), (3, 5, DOWN), (4, 7, UNKNOWN), (9, 11, UNKNOWN), (7, 8, DEGRADED))
    assert said(overlapping) == "uggdd!!gu??u"
    assert said(Outages(overlapping.troubles[::-1])) == said(overlapping)


def test_a_doubt_widens_the_bounds_and_never_narrows_them() -> None:
    history = changes((0, UP), (4, UNKNOWN), doubts=(Doubt(2, 6, DEGRADED, DEGRADED), Doubt(3, 4, DOWN, UP)))
    assert cells(history, ticks=6) == [
        (2, 2, 2, 2), (2, 2, 2, 2), (2, 2, 1, 2), (2, 2, 0, 2), (0, 2, 0, 2), (0, 2, 0, 2),
    ]  # fmt: skip


def test_stays_down_drops_the_silence_after_down_and_the_doubt_that_ends_with_it() -> None:
    history = changes(
        (0, UP), (3, DOWN), (6, UNKNOWN), (9, UP), (11, UNKNOWN), doubts=(Doubt(2, 3, DOWN, UP), Doubt(5, 6, DOWN, UP))
    )
    assert said(history, stays_down=True) == "uuuddddddd"[:9] + "uu?"
    kept = cells(history, stays_down=True, ticks=12)
    assert kept[5] == (0, 0, 0, 0)
    assert kept[2] == (2, 2, 0, 2)
    assert said(changes((2, UNKNOWN), initial=DOWN), stays_down=True) == "d" * 12
    assert said(troubles((1, 3, DOWN), (3, 6, UNKNOWN)), stays_down=True) == "udddddu" + "u" * 5


def test_a_component_that_does_not_apply_is_none_whatever_it_was() -> None:
    part = CaseComponent(down((2, 6)), (Span(4, 8), Span(7, 10)))
    steps = levels(part, None, False)
    assert [value_at(steps, at) for at in (3, 4, 6, 9, 10)] == [None, (0,) * 4, (2,) * 4, (2,) * 4, None]
    assert said(down((2, 6))) != "-" * 12
    assert {value for _, value in levels(CaseComponent(down((2, 6)), ()), None, False)} == {None}


def test_an_outage_that_ends_later_is_open_and_what_begins_later_is_not_there() -> None:
    part = CaseComponent(down((1, 3), (4, 8), (9, 10)))
    steps = levels_at(part, None, False, 5, None)
    assert [value_at(steps, at)[0] for at in range(12)] == [2, 0, 0, 2, *[0] * 8]  # type: ignore[index]
    up_again = levels_at(part, None, False, 5, (2, 2, 2, 2))
    assert [value_at(up_again, at)[0] for at in range(12)] == [2, 0, 0, 2, 0, *[2] * 7]  # type: ignore[index]
    ended = levels_at(part, None, False, 8, None)
    assert [value_at(ended, at)[0] for at in range(12)] == [2, 0, 0, 2, 0, 0, 0, 0, *[2] * 4]  # type: ignore[index]


def test_a_result_holds_for_ever_in_a_forecast_and_later_results_are_not_known() -> None:
    part = CaseComponent(results(Rule(2, 1, 5), (0, UP), (3, DOWN), (4, DOWN)))
    assert [value_at(levels_at(part, None, False, 3, None), at)[:2] for at in (2, 3, 40)] == [(2, 2)] * 3  # type: ignore[index]
    assert [value_at(levels_at(part, None, False, 4, None), at)[:2] for at in (2, 3, 40)] == [(2, 2), (0, 0), (0, 0)]  # type: ignore[index]


@settings(max_examples=300, deadline=None)
@given(samples, rules)
def test_results_say_what_the_changes_and_doubts_derived_from_them_say(looked: list[tuple[int, State]], rule: Rule) -> None:
    derived = derive([Sample(*one) for one in looked], rule)
    rows = [Known(row.at, row) for row in derived.changes] + [Known(row.start, row) for row in derived.doubts]
    assert cells(Results(tuple(Known(at, Sample(at, state)) for at, state in looked), rule)) == cells(Changes(tuple(rows)))


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 4), st.sampled_from([UP, UP, DOWN, DEGRADED]), st.integers(0, 20)), max_size=25),
    st.builds(Rule, st.integers(1, 2), st.integers(1, 2), st.integers(3, 15)),
)
def test_the_rows_of_a_live_stream_read_literally_say_what_its_results_say(
    taken: list[tuple[int, State, int]], rule: Rule
) -> None:
    stream, rows, looked, now, told = Stream(rule), list[Known](), list[tuple[int, State]](), 0, 0
    for after, state, ask in taken:
        now += after
        looked.append((now, state))
        told = max(told, now + ask)
        for delta in (stream.take(Sample(now, state)), stream.silent(told)):
            rows += [Known(len(rows), row) for row in (*delta.changes, *delta.doubts)]
    last = stream.silent(10_000)
    rows += [Known(len(rows), row) for row in (*last.changes, *last.doubts)]
    assert cells(Changes(tuple(rows)), ticks=250) == cells(results(rule, *looked), ticks=250)
    standing = fold([r.fact for r in rows if isinstance(r.fact, Change)], [r.fact for r in rows if isinstance(r.fact, Doubt)])
    assert [value_at(levels_of(standing), at) for at in range(250)] == cells(results(rule, *looked), ticks=250)


@given(
    st.lists(st.builds(Trouble, st.integers(0, 30), st.just(None), st.sampled_from([DOWN, DEGRADED, UNKNOWN])), max_size=4),
    st.randoms(),
)
def test_splitting_doubling_and_permuting_outages_changes_nothing(open_: list[Trouble], random: object) -> None:
    closed = [Trouble(one.start, one.start + 9, one.state) for one in open_]
    parts = [
        piece
        for one in closed
        for piece in (Trouble(one.start, one.start + 4, one.state), Trouble(one.start + 2, one.end, one.state))
    ]
    random.shuffle(parts)  # type: ignore[attr-defined]
    assert cells(Outages(tuple(parts + closed))) == cells(Outages(tuple(closed)))
