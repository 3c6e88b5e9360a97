from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from written import DEGRADED, DOWN, UP

from sla.composition import All, AtLeast, Degrading, DownWhen, Leaf, Node, Quad, leaves, value
from sla.state import State

NAMES = ("a", "b", "c")
LEVELS = (DOWN, DEGRADED, UP)

pairs = st.tuples(st.sampled_from([0, 1, 2]), st.sampled_from([0, 1, 2])).map(sorted)


def quad(point: list[int], doubt: list[int]) -> Quad:
    return point[0], point[1], min(point[0], doubt[0]), max(point[1], doubt[1])


quads = st.one_of(st.none(), st.builds(quad, pairs, pairs))
parts = st.fixed_dictionaries(dict.fromkeys(NAMES, quads))


def several(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    of = st.lists(children, min_size=1, max_size=3).map(tuple)
    k = st.integers(1, 3)
    return st.one_of(st.builds(All, of), st.builds(AtLeast, k, of), st.builds(DownWhen, k, of), st.builds(Degrading, children))


trees = st.recursive(st.sampled_from(NAMES).map(Leaf), several, max_leaves=6)


def painted(node: Node, cell: dict[str, int | None]) -> int | None:
    """The tree read literally, for one level of each component (None: it does not apply)."""
    match node:
        case Leaf(name):
            return cell[name]
        case Degrading(inner):
            level = painted(inner, cell)
            return None if level is None else max(DEGRADED, level)
    children = sorted(level for child in node.of if (level := painted(child, cell)) is not None)
    if not children:
        return None
    match node:
        case All():
            return children[0]
        case AtLeast(k, _):
            chosen = children[::-1][min(k, len(children)) - 1]
        case DownWhen(q, _):
            chosen = children[min(q, len(children)) - 1]
    return chosen if all(child == UP for child in children) else min(chosen, DEGRADED)


@settings(max_examples=500, deadline=None)
@given(trees, parts)
def test_each_of_the_four_levels_is_computed_alone_over_what_applies(tree: Node, cell: dict[str, Quad | None]) -> None:
    found = value(tree, cell)
    alone = [painted(tree, {name: one and one[i] for name, one in cell.items()}) for i in range(4)]
    assert found == (None if alone[0] is None else tuple(alone))


@settings(max_examples=300, deadline=None)
@given(trees, st.fixed_dictionaries(dict.fromkeys(NAMES, pairs)))
def test_a_pair_is_the_worst_and_the_best_over_all_fillings_of_what_is_unknown(tree: Node, cell: dict[str, list[int]]) -> None:
    found = value(tree, {name: (*pair, *pair) for name, pair in cell.items()})
    fillings = product(*(range(pair[0], pair[1] + 1) for pair in cell.values()))
    levels = [painted(tree, dict(zip(cell, filling, strict=True))) for filling in fillings]
    assert found is not None
    assert found[:2] == (min(levels), max(levels))


@settings(max_examples=300, deadline=None)
@given(parts, st.integers(1, 3), st.permutations(NAMES))
def test_at_least_k_is_down_when_all_but_k_and_one_in_any_order(cell: dict[str, Quad], k: int, names: list[str]) -> None:
    of, other = (tuple(Leaf(name) for name in order) for order in (NAMES, names))
    present = sum(one is not None for one in cell.values())
    if k <= present:
        assert value(AtLeast(k, of), cell) == value(DownWhen(present - k + 1, other), cell)
        if k == present:
            lowest, exactly = value(All(of), cell), value(AtLeast(k, other), cell)
            assert lowest == exactly
    fewer, more = value(AtLeast(k, of), cell), value(AtLeast(k + 1, of), cell)
    if fewer and more:
        assert all(less >= most for less, most in zip(fewer, more, strict=True))


@settings(max_examples=300, deadline=None)
@given(trees, parts, st.sampled_from(NAMES))
def test_raising_a_child_never_lowers_the_tree(tree: Node, cell: dict[str, Quad | None], name: str) -> None:
    before = value(tree, cell)
    if cell[name] is not None and before is not None:
        after = value(tree, {**cell, name: (2, 2, 2, 2)})
        assert after is not None
        assert all(now >= then for now, then in zip(after, before, strict=True))


def test_two_silent_of_three_vantages_decide_nothing() -> None:
    tree = DownWhen(2, (Leaf("a"), Leaf("b"), Leaf("c")))
    silent: Quad = (0, 2, 0, 2)
    down, up = value(tree, {"a": (0, 0, 0, 0), "b": silent, "c": silent}), value(tree, {"a": (2,) * 4, "b": silent, "c": silent})
    assert down is not None and up is not None
    assert (down[0], up[0]) == (State.DOWN, State.DOWN)
    assert down[1] > State.DOWN and up[1] > State.DOWN


def test_k_and_q_shrink_to_what_applies() -> None:
    up, gone = (2, 2, 2, 2), None
    assert value(AtLeast(2, (Leaf("a"), Leaf("b"))), {"a": up, "b": gone}) == up
    assert value(DownWhen(2, (Leaf("a"), Leaf("b"))), {"a": (0, 0, 0, 0), "b": gone}) == (0, 0, 0, 0)
    assert value(All((Degrading(Leaf("a")), Leaf("b"))), {"a": gone, "b": gone}) is None


def test_leaves_are_named_in_the_order_written() -> None:
    tree = All((AtLeast(1, (Leaf("b"), Leaf("a"))), Degrading(Leaf("d")), DownWhen(1, (Leaf("c"),))))
    assert list(leaves(tree)) == ["b", "a", "d", "c"]
