from __future__ import annotations

import pytest

from sla.case_values import INSTANT, NAME, UNTIL, ends_after_start, from_to, is_name, span
from sla.forms import Items, Record
from sla.mistake import WRONG, Sheet
from sla.span import END_OF_TIME, Span


def test_a_span_may_end_with_the_year_2099_but_nothing_begins_there() -> None:
    sheet = Sheet("2100-01-01T00:00:00Z")
    assert UNTIL.read("2100-01-01T00:00:00Z", (), sheet) == END_OF_TIME
    assert INSTANT.read("2100-01-01T00:00:00Z", (), sheet) is WRONG
    assert sheet.mistakes()[0].code == "value"


@pytest.mark.parametrize(
    ("name", "good"),
    [("a", True), ("0-a", True), ("x" * 63, True), ("x" * 64, False), ("-a", False), ("A", False), ("a\n", False), ("", False)],
)
def test_a_name_has_small_letters_digits_and_hyphens(name: str, good: bool) -> None:
    assert is_name(name) is good


def test_a_name_must_be_known_where_the_names_are() -> None:
    assert NAME.read("a", (), Sheet("a", {"a"})) == "a"
    assert NAME.read("a", (), Sheet("a")) == "a"
    sheet = Sheet("noed", {"node"})
    assert NAME.read("noed", (), sheet) is WRONG
    assert sheet.mistakes()[0].message.endswith('; did you mean "node"?')


def test_a_span_that_does_not_end_after_it_starts_is_told_at_its_end() -> None:
    written = [
        {"from": "1970-01-01T00:00:01Z", "to": "1970-01-01T00:00:02Z"},
        {"from": "1970-01-01T00:00:01Z", "to": "1970-01-01T00:00:01Z"},
    ]
    form = Items(Record("span", from_to("it"), span, (ends_after_start,)))
    assert form.read(written[:1], (), Sheet(written)) == (Span(1000, 2000),)
    sheet = Sheet(written)
    assert form.read(written, (), sheet) is WRONG
    (mistake,) = sheet.mistakes()
    assert (mistake.pointer, mistake.code, mistake.expected) == ("/1/to", "empty-span", "after 1970-01-01T00:00:01.000Z")
