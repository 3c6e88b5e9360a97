"""YAML 1.2 core with the line of every key."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.config.document import read


def test_words_of_old_yaml_stay_text() -> None:
    value = read("x", b"{a: no, b: 1:30, c: 2026-01-01, d: 0x1f, e: ~, f: true, g: 12, h: 1.5, i: '7', j: .inf}").value
    assert value == {
        "a": "no",
        "b": "1:30",
        "c": "2026-01-01",
        "d": "0x1f",
        "e": None,
        "f": True,
        "g": 12,
        "h": 1.5,
        "i": "7",
        "j": ".inf",
    }


def test_every_key_and_item_has_its_line() -> None:
    document = read("x", b"a:\n  - one\n  - b: 1\n    c: 2\n\nd: 3\n")
    places = [("a",), ("a", 1), ("a", 1, "c"), ("a", 1, "missing"), ("d",), ("z",)]
    assert [document.line(place) for place in places] == [1, 3, 4, 3, 6, 1]


def test_an_empty_file_is_an_empty_mapping() -> None:
    assert read("x", b"").value == {}
    assert read("x", b"# nothing\n").value == {}


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet="ab:-[]{}&*!|>'\"#%@`\n\t ,?0~", max_size=60).map(str.encode))
def test_no_bytes_crash_the_reader(data: bytes) -> None:
    document = read("x", data)
    assert document.value is not None or document.mistakes or not data.strip()


LETTERS = st.characters(categories=["L", "N", "P", "S"])
PLAIN = st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.text(LETTERS, max_size=8)
KEYS = st.text("abcdef-", min_size=1, max_size=5)
VALUES = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=12)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(KEYS, VALUES, max_size=4))
def test_json_is_read_as_what_it_says(value: dict[str, object]) -> None:
    assert read("x", json.dumps(value, ensure_ascii=False).encode()).value == value
