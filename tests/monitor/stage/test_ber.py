"""BER: what is written reads back; what breaks off is refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.stage import ber


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=400)), max_size=6))
def test_a_series_of_elements_reads_back(parts: list[tuple[int, bytes]]) -> None:
    written = b"".join(ber.encoded(tag, content) for tag, content in parts)
    assert [(part.tag, part.content) for part in ber.Element(0, written).children()] == parts


@given(st.integers(0, 2**31 - 1))
def test_an_integer_reads_back(value: int) -> None:
    assert ber.Element(0, ber.integer(value)).children()[0].number == value


@pytest.mark.parametrize("bad", ["30", "3005aa", "3080", "3085000000000100", "308400ffffff"])
def test_what_breaks_off_or_is_no_definite_length_is_refused(bad: str) -> None:
    with pytest.raises(ValueError):
        ber.Element(0, bytes.fromhex(bad)).children()


@given(st.binary(max_size=200))
def test_any_bytes_are_elements_or_a_value_error(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        ber.Element(0, data).children()
