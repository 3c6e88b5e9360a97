from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sla import case_document
from sla.case_document import Unreadable, parse, too_deep
from sla.mistake import Inexact, Written

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=15,
)


def where(data: bytes) -> tuple[str, int | None, int | None]:
    with pytest.raises(Unreadable) as refused:
        parse(data)
    return refused.value.message, refused.value.line, refused.value.column


@given(JSON, st.sampled_from([None, 1]), st.booleans())
def test_json_reads_as_it_was_written(value: Any, indent: int | None, ascii_only: bool) -> None:
    assert parse(json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")) == value


def test_a_number_with_a_point_or_an_exponent_stays_a_text_of_its_own() -> None:
    found = parse(b"[1, 1.0, 1e2, -0, 999999999999999999999]")
    assert [type(value) for value in found] == [int, Inexact, Inexact, int, Written]
    assert found == [1, "1.0", "1e2", 0, "999999999999999999999"]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ("not JSON: Expecting value", 1, 1)),
        (b'{"a":1,\n "b":}', ("not JSON: Expecting value", 2, 6)),
        (b'{"a":1} x', ("not JSON: Extra data", 1, 9)),
        (b'["a\nb"]', ("not JSON: Invalid control character at", 1, 4)),
        ('{"ä":1,\n"ö":'.encode() + b"\xff}", ("not UTF-8, got byte 0xff", 2, 5)),
        (b"[\n 1, NaN]", ("not JSON: NaN", 2, 5)),
        (b'["NaN", -Infinity]', ("not JSON: -Infinity", 1, 9)),
        (b'{"a":{"b":1},\n "b":2, "a":3}', ('used twice, got key "a"', 2, 9)),
        (b'{"x":"{\\"a\\":1,\\"a\\":2}", "a":[{"k":1, "\\u006b" : 2}]}', ('used twice, got key "k"', 1, 40)),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(data: bytes, expected: tuple[str, int, int]) -> None:
    assert where(data) == expected


@given(JSON, st.data())
def test_the_place_of_a_key_used_twice_is_found(value: Any, data: st.DataObject) -> None:
    inner = json.dumps(value)
    text = f'{{"p": {inner}, "q": {{"k": 1, "k": {inner}}}}}'
    message, line, column = where(text.encode("utf-8", "surrogatepass"))
    assert (message, line) == ('used twice, got key "k"', 1)
    assert column is not None
    assert text[column - 1 :].startswith('"k": ' + inner)


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert parse(b"\xef\xbb\xbf[]") == []


def test_nesting_ends_before_the_parser_does() -> None:
    message, line, column = where(b'[\n{"a":"[[[", "b":' + b"[" * 100_000)
    assert (message, line, column) == ("deeper than 16 levels", 2, 33)
    assert where(b"[" * 5_000_000)[0] == "a file has at most 3,000,000 objects and arrays"


def test_what_would_fill_the_memory_is_refused_before_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_document, "OBJECTS", 3)
    monkeypatch.setattr(case_document, "VALUES", 4)
    monkeypatch.setattr(case_document, "BYTES", 100)
    assert parse(b'[{"a":"{[{[,,,,,,"},[1,2]]') == [{"a": "{[{[,,,,,,"}, [1, 2]]
    assert where(b"[[],[],[]]") == ("a file has at most 3 objects and arrays", 1, 8)
    assert where(b"[1,2,3,4,5,6]") == ("a file has at most 4 values", 1, 11)
    assert where(b" " * 101)[0] == "a file has at most 0 MiB"


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [0, {"a": value}]
    return value


@settings(max_examples=50)
@given(st.integers(0, 40))
def test_the_first_value_below_sixteen_levels_is_found(levels: int) -> None:
    place = too_deep(nested(levels))
    assert place == ((1, "a") * 8 if levels > 8 else None)


def test_a_scalar_is_not_deep() -> None:
    assert too_deep(5) is None
    assert too_deep("abc") is None
