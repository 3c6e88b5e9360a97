from __future__ import annotations

from monitor.kept import Kept


def test_a_value_is_given_again_only_for_something_equal() -> None:
    kept: Kept[list[int]] = Kept(2)
    made = kept.get("a", (1, [2]), lambda: [0])
    assert kept.get("a", (1, [2]), lambda: [1]) is made
    assert kept.get("a", (1, [3]), lambda: [2]) == [2]
    assert kept.get("a", (1, [2]), lambda: [3]) == [3]


def test_those_asked_for_longest_ago_go_first() -> None:
    kept: Kept[str] = Kept(2)
    for place in ("a", "b", "a", "c"):
        kept.get(place, 0, lambda place=place: f"first {place}")
    assert [kept.get(place, 0, lambda: "again") for place in ("a", "c", "b")] == ["first a", "first c", "again"]
