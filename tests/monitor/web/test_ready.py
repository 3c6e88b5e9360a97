"""What is ready is answered at once, and as the long way would answer it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import TypeAlias

import pytest

from monitor.web.pages import JSON, STALE_AFTER_MS, Document, Pages
from monitor.web.public import public_app
from monitor.web.ready import Ready
from monitor.web.server import LIMITS, Limits, serving

AT = 1_795_527_440_000
Connection: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]
KEY = "/p/secretsecretsecret/"
HOST = b"Host: status.example\r\n"


class World:
    """Some pages, the public listener over them with its shortcut, and without; each can be asked in bytes."""

    def __init__(self) -> None:
        self.now, self.told = AT, list[tuple[str, int]]()
        self.pages = Pages({"style.css": (b"p {}", "text/css; charset=utf-8")})
        self.pages.put("/", b"<p>fresh " * 100, b"<p>stale", AT)
        self.pages.put("/badge/a/status.json", b"{}", None, AT, JSON)
        self.pages.put(KEY, b"<p>of one customer", b"<p>unknown", AT)
        for root in self.pages.roots():
            for document in self.pages.page(root).values():
                warm(document)
        warm(self.pages.find("/style.css"))
        self.ready = Ready(self.pages, lambda: self.now, lambda route, code, took: self.told.append((route, code)), lambda: 0.0)

    @asynccontextmanager
    async def asked(
        self, quick: bool, limits: Limits = LIMITS
    ) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        app = public_app(self.pages, lambda: self.now)
        async with serving(app, "127.0.0.1", 0, limits=limits, ready=self.ready if quick else None) as place:
            reader, writer = await asyncio.open_connection(*place)
            yield reader, writer
            writer.close()


def warm(document: Document | None) -> None:
    """As if somebody had read it."""
    assert document is not None
    for body in filter(None, (document.fresh, document.stale)):
        _ = body.etag, body.gzipped


async def answer(reader: asyncio.StreamReader) -> tuple[bytes, dict[bytes, bytes], bytes]:
    """Status line, headers without the date, body."""
    status, *lines = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[:-2]
    headers = dict(line.split(b": ", 1) for line in lines)
    assert headers.pop(b"date").endswith(b"GMT")
    return status, headers, await reader.readexactly(int(headers.get(b"content-length", b"0")))


def requests(etag: bytes) -> Iterator[bytes]:
    paths = (b"/", b"/index.html", b"/?x=1", KEY.encode(), KEY.encode() + b"style.css", b"/style.css", b"/badge/a/status.json")
    for path in (*paths, b"/none", b"/p/guess/", b"/%2e"):
        for more in (b"", b"Accept-Encoding: gzip, br\r\n", b"Accept-Encoding: gzip;q=0\r\n", b"If-None-Match: %s\r\n" % etag):
            yield b"GET %s HTTP/1.1\r\n%s%s\r\n" % (path, HOST, more)


async def test_whichever_way_an_answer_goes_it_is_the_same() -> None:
    world = World()
    home = world.pages.find("/")
    assert home is not None
    async with world.asked(True) as (quick, to_quick), world.asked(False) as (slow, to_slow):
        for world.now in (AT, AT + STALE_AFTER_MS):
            for request in requests(home.fresh.etag.encode()):
                to_quick.write(request)
                to_slow.write(request)
                assert await answer(quick) == await answer(slow), request
    assert len(world.told) == 2 * 7 * 4
    assert world.told[0] == ("/", 200) and ("/", 304) in world.told and ("/p/{page}", 200) in world.told


UNUSUAL = (
    b"HEAD / HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET / HTTP/1.0\r\n" + HOST + b"\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + b"Content-Length: 1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + b"Expect: 100-continue\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + b"X : 1\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + HOST + b" folded\r\n\r\n",
    b"GET / HTTP/1.1\n" + HOST + b"\n",
    b"GET / HTTP/1.1\r\n" + HOST + b"X: \xff\r\n\r\n",
    b"GET /../etc/passwd\x00 HTTP/1.1\r\n" + HOST + b"\r\n",
    b"GET / HTTP/1.1\r\n" + HOST,
    (b"GET / HTTP/1.1\r\n" + HOST + b"\r\n") * 2,
)


@pytest.mark.parametrize("request_", UNUSUAL)
def test_what_is_unusual_goes_the_long_way(request_: bytes) -> None:
    assert World().ready(request_) is None


def test_what_nobody_has_made_yet_goes_the_long_way() -> None:
    world = World()
    world.pages.put("/", b"other", None, AT)
    request = b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"
    assert world.ready(request) is None
    warm(world.pages.find("/"))
    assert world.ready(request) is not None


def test_a_page_that_is_renewed_or_withdrawn_is_at_once() -> None:
    world, request = World(), b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"
    first = world.ready(request)
    world.pages.put("/", b"<p>later", None, AT + 1_000)
    warm(world.pages.find("/"))
    later = world.ready(request)
    assert first is not None and later is not None and later[1] == b"<p>later"
    assert later[0] != first[0]
    world.pages.keep([KEY])
    assert world.ready(request) is None


async def test_both_ways_share_one_connection_whatever_the_pieces() -> None:
    world, head = World(), b"GET / HTTP/1.1\r\n" + HOST + b"\r\n"
    async with world.asked(True) as (reader, writer):
        for pieces in (
            [head],
            [head[:9], head[9:]],
            [head + head[:20], head[20:]],
            [head],
            [head.replace(b"GET", b"POST")],
            [head],
        ):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.02)
        statuses = [(await answer(reader))[0] for _ in range(7)]
    assert statuses == [b"HTTP/1.1 200 OK"] * 5 + [b"HTTP/1.1 405 Method Not Allowed", b"HTTP/1.1 200 OK"]


async def test_a_connection_that_was_answered_at_once_does_not_live_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.web.server.IDLE_S", 0.3)
    async with World().asked(True, Limits(head_s=0.2)) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        await answer(reader)
        assert await reader.read() == b""


async def test_a_reader_who_takes_nothing_is_not_sent_more_and_more() -> None:
    world = World()
    world.pages.put("/", b"x" * 1_000_000, None, AT)
    warm(world.pages.find("/"))
    async with world.asked(True) as (_, writer):
        for _ in range(100):
            writer.write(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0.005)
        assert len(world.told) < 20
