from __future__ import annotations

from typing import Any

import pytest
from case_examples import changed, told

from sla.composition import All, AtLeast, Degrading, DownWhen, Leaf, Node
from sla.reading import read

A, B = Leaf("a"), Leaf("b")


@pytest.mark.parametrize(
    ("written", "node"),
    [
        ("a", A),
        ({"all": ["a", "a"], "note": "twice is allowed"}, All((A, A))),
        ({"at_least": 2, "of": ["a", "b"]}, AtLeast(2, (A, B))),
        ({"down_when": 1, "of": ["a", {"degrading": "b"}]}, DownWhen(1, (A, Degrading(B)))),
    ],
)
def test_each_kind_of_node_is_read(written: Any, node: Node) -> None:
    case = read(changed(("/composition", written))).case
    assert case is not None
    assert case.tree == node


def test_without_a_composition_there_is_no_tree() -> None:
    document = changed()
    del document["composition"]
    case = read(document).case
    assert case is not None
    assert case.tree is None


def test_a_node_of_two_kinds_is_judged_below_all_the_same() -> None:
    found = told(changed(("/composition", {"all": ["a", "x"], "degrading": "y", "of": 1, "z": 0})))
    assert found == [
        ("/composition", "bad-composition"),
        ("/composition/all/1", "unknown-component"),
        ("/composition/degrading", "unknown-component"),
        ("/composition/of", "type"),
        ("/composition/z", "unknown-key"),
    ]


def test_a_count_is_held_to_the_children_also_where_one_of_them_is_wrong() -> None:
    found = told(changed(("/composition", {"down_when": 3, "of": ["a", "x"]})))
    assert found == [("/composition/down_when", "bad-composition"), ("/composition/of/1", "unknown-component")]
