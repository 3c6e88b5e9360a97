from __future__ import annotations

from sla.composition import All, AtLeast, Degrading, DownWhen, Leaf, leaves


def test_leaves_are_named_in_the_order_written() -> None:
    tree = All((AtLeast(1, (Leaf("b"), Leaf("a"))), Degrading(Leaf("d")), DownWhen(1, (Leaf("c"),))))
    assert list(leaves(tree)) == ["b", "a", "d", "c"]
