from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.mistake import WRONG, Inexact, Sheet, Written, pointer, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", '"a"'),
        ("\x00\u202e", r'"\u0000\u202e"'),
        ([], "an empty array"),
        ([1], "an array"),
        ({"a": 1}, "an object"),
        (None, "null"),
        (True, "true"),
        (12, "12"),
        (Inexact("1e5"), "1e5"),
        (Written("1" * 99), "1" * 79 + "…"),
    ],
)
def test_a_wrong_value_is_shown_on_one_line(value: object, text: str) -> None:
    assert shown(value) == text


@given(st.text(max_size=200))
def test_a_text_is_shown_in_at_most_80_printable_characters(text: str) -> None:
    assert len(shown(text)) <= 80
    assert shown(text).isprintable()


@given(st.lists(st.text(max_size=5) | st.integers(0, 9), max_size=4))
def test_a_pointer_leads_back(place: list[str | int]) -> None:
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer(tuple(place)).split("/")[1:]]
    assert steps == [str(step) for step in place]


def test_a_mistake_tells_what_stands_there() -> None:
    sheet = Sheet({"a": [{"b": 5}]})
    assert sheet.tell(("a", 0, "b"), "type", "is odd", "an even number") is WRONG
    sheet.tell(("a", 1), "missing", "is missing", "an object")
    first, second = sheet.mistakes()
    assert (first.pointer, first.got, first.message) == ("/a/0/b", "5", "is odd, got 5, expected an even number")
    assert (second.pointer, second.got, second.message) == ("/a/1", "nothing", "is missing, expected an object")


def test_a_sheet_knows_where_and_below_what_a_mistake_stands() -> None:
    sheet = Sheet({})
    sheet.tell(("a", 0), "type", "is odd", "something")
    assert sheet.holds(("a", 0))
    assert sheet.holds(("a", 0, "b"))
    assert not sheet.holds(("a",))
    assert not sheet.holds(("a", 1))


def test_the_nearest_word_is_quoted() -> None:
    sheet = Sheet({"kind": 'mon"th'})
    sheet.tell(("kind",), "value", "is no kind", "a kind", ("month", "daily"))
    (mistake,) = sheet.mistakes()
    assert mistake.message.endswith(f"did you mean {json.dumps('month')}?")
