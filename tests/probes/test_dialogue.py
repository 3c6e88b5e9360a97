from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.dialogue import MAX_LINE, MAX_LINES, Lines, Reply, reply_of
from probes.probe import Malformed


def taken(parts: list[bytes]) -> list[bytes]:
    lines, seen = Lines(), []
    for part in parts:
        lines.feed(part)
        while (line := lines.take()) is not None:
            seen.append(line)
    return seen


@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=5))
def test_how_bytes_are_cut_into_packets_does_not_matter(data: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    parts = [data[a:b] for a, b in pairwise(places)]
    try:
        whole = taken([data])
    except Malformed:
        with pytest.raises(Malformed):
            taken(parts)
    else:
        assert taken(parts) == whole


def test_lines_and_their_number_are_bounded() -> None:
    assert taken([b"a" * MAX_LINE + b"\n"]) == [b"a" * MAX_LINE]
    with pytest.raises(Malformed, match="line of more than"):
        taken([b"a" * (MAX_LINE + 1)])
    with pytest.raises(Malformed, match="more than 100 lines"):
        taken([b"x\n" * (MAX_LINES + 1)])


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=5))
def test_any_lines_are_a_reply_or_more_is_wanted_or_they_are_malformed(lines: list[bytes]) -> None:
    try:
        reply = reply_of(lines)
    except Malformed as fault:
        assert str(fault).isprintable()
    else:
        assert reply is None or 200 <= reply.code <= 599


@pytest.mark.parametrize(
    ("lines", "reply"),
    [
        ([b"220 ready"], Reply(220, ("ready",))),
        ([b"250"], Reply(250, ("",))),
        ([b"250-one", b"250 two"], Reply(250, ("one", "two"))),
        ([b"250-one"], None),
    ],
)
def test_a_reply_ends_with_the_line_that_says_so(lines: list[bytes], reply: Reply | None) -> None:
    assert reply_of(lines) == reply


@pytest.mark.parametrize("lines", [[b"hello"], [b"99 x"], [b"199 x"], [b"250_x"], [b"250-a", b"550 b"], [b"\xff\xfe\xfd a"]])
def test_what_is_no_reply_is_malformed(lines: list[bytes]) -> None:
    with pytest.raises(Malformed):
        reply_of(lines)
