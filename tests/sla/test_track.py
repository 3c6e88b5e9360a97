from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from sla.composition import All, AtLeast, Degrading, DownWhen, Leaf, Node
from sla.span import Span
from sla.state import State
from sla.timeline import Change, Doubt, Timeline, fold
from sla.track import Outage, outages, resolve, shown

UP, DEGRADED, DOWN, UNKNOWN = State.UP, State.DEGRADED, State.DOWN, State.UNKNOWN
NAMES = ("a", "b", "c")
TICKS = 40

changes = st.lists(st.builds(Change, st.integers(0, TICKS), st.sampled_from(list(State))), max_size=8)
levels = st.sampled_from([UP, DEGRADED, DOWN])


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    doubts = []
    for _ in range(draw(st.integers(0, 3))):
        since, (worst, best) = draw(st.integers(0, TICKS - 1)), sorted(draw(st.tuples(levels, levels)))
        doubts.append(Doubt(since, since + draw(st.integers(1, 9)), worst, best))
    return fold(draw(changes), doubts)


def several(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    of = st.lists(children, min_size=1, max_size=3).map(tuple)
    k = st.integers(1, 3)
    return st.one_of(st.builds(All, of), st.builds(AtLeast, k, of), st.builds(DownWhen, k, of), st.builds(Degrading, children))


trees = st.recursive(st.sampled_from(NAMES).map(Leaf), several, max_leaves=6)


def painted(node: Node, cell: dict[str, State]) -> State:
    """The tree read literally, for one level of each component."""
    match node:
        case Leaf(name):
            return cell[name]
        case Degrading(inner):
            return max(DEGRADED, painted(inner, cell))
        case All(of):
            return min(painted(child, cell) for child in of)
        case AtLeast(k, of):
            children = sorted((painted(child, cell) for child in of), reverse=True)
            chosen = children[min(k, len(of)) - 1]
        case DownWhen(q, of):
            children = sorted(painted(child, cell) for child in of)
            chosen = children[min(q, len(of)) - 1]
    return chosen if all(child is UP for child in children) else min(chosen, DEGRADED)


@settings(max_examples=300, deadline=None)
@given(trees, st.fixed_dictionaries({name: timelines() for name in NAMES}))
def test_the_sweep_is_what_a_painter_paints(tree: Node, parts: dict[str, Timeline]) -> None:
    track = resolve(tree, parts, Span(3, TICKS))
    cells = [(piece.point, piece.bounds) for piece in track.segments for _ in range(piece.start, piece.end)]
    for tick, (point, bounds) in zip(range(3, TICKS), cells, strict=True):
        said = {name: part.state(tick) for name, part in parts.items()}
        may = {name: part.bounds(tick) for name, part in parts.items()}
        assert point == (
            painted(tree, {n: s.worst for n, s in said.items()}),
            painted(tree, {n: s.best for n, s in said.items()}),
        )
        assert bounds == (painted(tree, {n: b[0] for n, b in may.items()}), painted(tree, {n: b[1] for n, b in may.items()}))
        assert bounds[0] <= point[0] <= point[1] <= bounds[1]
        assert track.shown(tick) is shown(*point)
    neighbours = zip(track.segments, track.segments[1:], strict=False)
    assert all(a.end == b.start and (a.point, a.bounds) != (b.point, b.bounds) for a, b in neighbours)


@settings(max_examples=200, deadline=None)
@given(st.fixed_dictionaries({name: timelines() for name in NAMES}), st.integers(1, 3))
def test_at_least_k_is_down_when_all_but_k_and_one(parts: dict[str, Timeline], k: int) -> None:
    of = tuple(Leaf(name) for name in NAMES)
    whole = Span(0, TICKS)
    assert resolve(AtLeast(k, of), parts, whole).segments == resolve(DownWhen(4 - k, of), parts, whole).segments
    assert resolve(All(of), parts, whole).segments == resolve(All(of[::-1]), parts, whole).segments


def test_two_silent_of_three_vantages_decide_nothing() -> None:
    tree = DownWhen(2, (Leaf("a"), Leaf("b"), Leaf("c")))
    for state in (UP, DOWN):
        assert resolve(tree, {"a": Timeline((Change(0, state),))}, Span(0, 9)).shown(5) is UNKNOWN


def test_shown_is_never_better_than_certain() -> None:
    assert shown(DOWN, DOWN) is DOWN
    assert shown(DOWN, UP) is UNKNOWN
    assert shown(DOWN, DEGRADED) is UNKNOWN
    assert shown(DEGRADED, UP) is DEGRADED
    assert shown(UP, UP) is UP


def test_an_outage_has_its_outer_and_inner_span_and_the_components_down_in_it() -> None:
    a = Timeline((Change(0, UP), Change(10, DOWN), Change(20, UP)), (Doubt(8, 10, DOWN, UP), Doubt(18, 20, DOWN, UP)))
    b = Timeline((Change(0, UP), Change(15, DOWN), Change(17, UP)))
    c = Timeline((Change(0, UP),))
    track = resolve(All((Leaf("a"), Leaf("b"), Leaf("c"))), {"a": a, "b": b, "c": c}, Span(0, 40))
    assert outages(track, Span(0, 40)) == (Outage(Span(10, 20), ("a", "b"), Span(8, 20), Span(10, 18)),)
    assert outages(track, Span(9, 12)) == (Outage(Span(10, 12), ("a",), Span(9, 12), Span(10, 12)),)
    assert outages(track, Span(20, 40)) == ()


def test_states_for_pages_join_what_looks_alike() -> None:
    a = Timeline((Change(0, UP), Change(10, DOWN), Change(20, UNKNOWN)), (Doubt(8, 10, DOWN, UP),))
    track = resolve(Leaf("a"), {"a": a}, Span(0, 40))
    assert track.states(Span(5, 30)) == ((Span(5, 10), UP), (Span(10, 20), DOWN), (Span(20, 30), UNKNOWN))
    assert track.shown(40) is UNKNOWN
