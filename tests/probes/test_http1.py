from __future__ import annotations

import gzip
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.http1 import MAX_HEADER, Answer, instant_of
from probes.probe import Malformed, OverCap


def read(data: bytes, *, method: str = "GET", limit: int = 1000, whole: bool = False, cut: int = 7) -> Answer:
    answer = Answer(method, limit, whole)
    for start in range(0, len(data), cut):
        if answer.feed(data[start : start + cut]):
            return answer
    answer.end()
    return answer


@pytest.mark.parametrize(
    ("data", "status", "body"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi and more", 200, b"hi"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1;x=y\r\n!\r\n0\r\nT: x\r\n\r\n", 200, b"hi!"),
        (b"HTTP/1.0 200 OK\r\n\r\nto the end", 200, b"to the end"),
        (b"HTTP/1.1 204 No Content\r\n\r\nextra", 204, b""),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, b"x"),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", 101, b""),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"hello", mtime=0), 200, b"hello"),
    ],
)
def test_a_whole_answer_is_read(data: bytes, status: int, body: bytes) -> None:
    for cut in (1, 7, 1000):
        answer = read(data, cut=cut)
        assert (answer.status, answer.body, answer.complete) == (status, body, True)


def test_the_answer_to_head_has_no_body() -> None:
    assert read(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n", method="HEAD").complete


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
    ],
)
def test_an_answer_cut_short_is_a_reset(data: bytes) -> None:
    with pytest.raises(ConnectionResetError):
        read(data)


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nhi",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nno gzip",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(b"hello" * 99, mtime=0)[:-3],
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * (MAX_HEADER + 1) + b"\r\n\r\n",
    ],
)
def test_what_is_not_http_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        read(data, cut=4096)


def test_a_long_body_is_refused_only_where_all_of_it_is_needed() -> None:
    bomb = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(bytes(5_000_000), mtime=0)
    assert read(bomb, cut=4096).size == 1000
    with pytest.raises(OverCap):
        read(bomb, whole=True, cut=4096)


def test_small_chunks_are_no_header() -> None:
    body = b"1\r\nx\r\n" * 20_000
    answer = read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + body + b"0\r\n\r\n", limit=1 << 20, cut=65536)
    assert answer.size == 20_000


PIECES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 100 C\r\n",
        b"HTTP/1.1 204 N\r\n",
        b"\r\n",
        b"Content-Length: 5\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Encoding: gzip\r\n",
        b"Upgrade: x\r\n",
        b"5\r\nhello\r\n",
        b"0\r\n",
        b"\x00",
    ]
)


@given(st.lists(st.one_of(PIECES, st.binary(max_size=40)), max_size=30), st.integers(1, 50), st.booleans())
def test_no_bytes_break_the_reader(pieces: list[bytes], cut: int, whole: bool) -> None:
    with suppress(Malformed, OverCap, ConnectionResetError):
        answer = read(b"".join(pieces), limit=64, whole=whole, cut=cut)
        assert answer.complete
        assert len(answer.body) == answer.size <= 64


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Wed, 21 Oct 2015 07:28:00 GMT", 1445412480),
        ("Wednesday, 21-Oct-15 07:28:00 GMT", 1445412480),
        ("", None),
        ("yesterday", None),
        ("Wed, 99 Oct 2015 07:28:00 GMT", None),
        ("Wed, 21 Oct 99999 07:28:00 GMT", None),
    ],
)
def test_a_date_is_read_or_left_out(date: str, seconds: int | None) -> None:
    assert instant_of(date) == seconds
