from __future__ import annotations

from typing import Any

import pytest

from sla.forms import FULL_TEXT, TEXT, Form, Items, Member, Members, OneOf, OrNull, Record, Values, Whole, Word, same, undecided
from sla.mistake import WRONG, Inexact, Place, Sheet, Written

PAIR = Record(
    "pair",
    (Member("left", Whole(1, "things"), "left hand"), Member("right", Whole(0, "things"), "right hand", 7, "7")),
    lambda values: (values["left"], values["right"]),
)


def read(form: Form, value: Any) -> tuple[Any, list[tuple[str, str]]]:
    sheet = Sheet(value)
    found = form.read(value, (), sheet)
    return found, [(mistake.pointer, mistake.code) for mistake in sheet.mistakes()]


@pytest.mark.parametrize(
    ("form", "value", "found"),
    [
        (TEXT, "", ""),
        (same("a", "b"), "b", "b"),
        (Word({"one": 1}), "one", 1),
        (Whole(1, "days"), 1, 1),
        (OrNull(TEXT, "none"), None, "none"),
        (Items(TEXT), ["a", "b"], ("a", "b")),
        (PAIR, {"left": 1}, (1, 7)),
        (PAIR, {"left": 1, "right": 0, "note": "kept out"}, (1, 0)),
    ],
)
def test_a_form_reads_what_a_value_stands_for(form: Form, value: Any, found: Any) -> None:
    assert read(form, value) == (found, [])


@pytest.mark.parametrize(
    ("form", "value", "mistakes"),
    [
        (TEXT, 1, [("", "type")]),
        (TEXT, Inexact("1.5"), [("", "type")]),
        (TEXT, "\udc00", [("", "value")]),
        (FULL_TEXT, "", [("", "value")]),
        (Word({"one": 1}), "two", [("", "value")]),
        (Whole(1, "days"), 0, [("", "value")]),
        (Whole(1, "days"), True, [("", "type")]),
        (Whole(1, "days"), Inexact("1e3"), [("", "type")]),
        (Whole(1, "days"), Written("1" * 30), [("", "value")]),
        (Whole(1, "days", "limit"), 0, [("", "limit")]),
        (Items(TEXT), {}, [("", "type")]),
        (Items(TEXT, least=1), [], [("", "value")]),
        (Items(TEXT), ["a", 1, 2], [("/1", "type"), ("/2", "type")]),
        (PAIR, [], [("", "type")]),
        (PAIR, {"rihgt": 1}, [("/left", "missing"), ("/rihgt", "unknown-key")]),
        (PAIR, {"left": 0, "right": -1}, [("/left", "value"), ("/right", "value")]),
        (PAIR, {"left": 1, "note": 1}, [("/note", "type")]),
    ],
)
def test_a_form_tells_every_mistake(form: Form, value: Any, mistakes: list[tuple[str, str]]) -> None:
    assert read(form, value) == (WRONG, mistakes)


def test_a_loose_array_keeps_the_places_of_its_items() -> None:
    assert read(Items(TEXT, loose=True), ["a", 1, "b"]) == (("a", WRONG, "b"), [("/1", "type")])


def test_members_give_what_could_be_read_to_their_rules() -> None:
    seen: list[Values] = []

    def rule(values: Values, place: Place, sheet: Sheet) -> None:
        seen.append(values)

    members = Members("pair", PAIR.members[:-1], (rule,))
    assert read(members, {"left": "1"})[0] == {"left": WRONG, "right": 7, "note": None}
    assert seen[0]["left"] is WRONG


def test_one_of_several_kinds_is_told_by_the_member_that_only_it_has() -> None:
    small, large = (Record(noun, (Member(noun, TEXT, noun),), lambda values, noun=noun: noun) for noun in ("small", "large"))  # type: ignore[misc]
    form = OneOf("size", {"small": small, "large": large}, ("missing", "value"))
    assert read(form, {"large": "x"}) == ("large", [])
    assert read(form, {}) == (WRONG, [("", "missing")])
    assert read(form, {"small": "x", "large": 1, "odd": 1}) == (
        WRONG,
        [("", "value"), ("/large", "type"), ("/odd", "unknown-key")],
    )
    assert [member.name for member in undecided("size", (small, large)).members] == ["small", "large", "note"]


def test_a_schema_says_the_same_as_the_table() -> None:
    named: dict[str, Any] = {}
    assert PAIR.schema(named) == {"$ref": "#/$defs/pair"}
    assert named["pair"]["required"] == ["left"]
    assert named["pair"]["properties"]["left"] == {"type": "integer", "minimum": 1, "maximum": 10**12, "description": "left hand"}
    assert named["pair"]["additionalProperties"] is False
