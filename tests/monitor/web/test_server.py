from __future__ import annotations

import asyncio
import signal
from typing import Any

import httpx
import pytest

from monitor.web.pages import Pages
from monitor.web.public import public_app
from monitor.web.server import LIMITS, Limits, serving

AT = 1_795_527_440_000


def app() -> object:
    pages = Pages()
    pages.put("/", b"x" * 100, None, AT)
    return public_app(pages, lambda: AT)


async def test_it_serves_while_the_block_runs_and_leaves_signals_alone() -> None:
    before = signal.getsignal(signal.SIGTERM)
    async with serving(app(), "127.0.0.1", 0) as (host, port), httpx.AsyncClient() as client:  # type: ignore[arg-type]
        answer = await client.get(f"http://{host}:{port}/")
        assert answer.status_code == 200
        assert "server" not in answer.headers
        assert (await client.head(f"http://{host}:{port}/")).content == b""
        assert signal.getsignal(signal.SIGTERM) is before
    with pytest.raises(OSError):
        await asyncio.open_connection(host, port)


async def test_an_address_that_cannot_be_had_is_an_oserror() -> None:
    async with serving(app(), "127.0.0.1", 0) as (host, port):  # type: ignore[arg-type]
        with pytest.raises(OSError):
            async with serving(app(), host, port):  # type: ignore[arg-type]
                pass


async def answered(app: object, request: bytes, limits: Limits = LIMITS) -> bytes:
    """What the server says to these bytes before it closes; the reader sends nothing more."""
    async with serving(app, "127.0.0.1", 0, limits=limits) as (host, port):  # type: ignore[arg-type]
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(request)
        try:
            return await asyncio.wait_for(reader.read(), 10)
        finally:
            writer.close()


async def body_reader(scope: dict[str, object], receive: Any, send: Any) -> None:
    """An application that wants the whole body before it answers."""
    while (message := await receive())["type"] == "http.request" and message["more_body"]:
        pass
    if message["type"] == "http.request":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
        await send({"type": "http.response.body", "body": b"read"})


HEAD = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"


@pytest.mark.parametrize("end", [b"", b"\r\n\r\n"])
async def test_a_huge_head_is_431_whole_or_not(end: bytes) -> None:
    huge = await answered(app(), HEAD + b"X: " + b"a" * LIMITS.head_bytes + end)
    assert huge.startswith(b"HTTP/1.1 431 Request Header Fields Too Large\r\n")
    fits = await answered(app(), HEAD + b"Connection: close\r\nX: " + b"a" * (LIMITS.head_bytes - 100) + b"\r\n\r\n")
    assert fits.startswith(b"HTTP/1.1 200 OK\r\n")


async def test_an_endless_first_line_is_414_and_nonsense_400() -> None:
    assert (await answered(app(), b"GET /" + b"a" * LIMITS.head_bytes * 2)).startswith(b"HTTP/1.1 414 ")
    assert (await answered(app(), b"nonsense\r\n\r\n")).startswith(b"HTTP/1.1 400 ")


async def test_a_head_that_does_not_come_to_an_end_is_cut_off() -> None:
    assert await answered(app(), b"GET / HTTP/1.1\r\n", Limits(head_s=0.2)) == b""
    assert await answered(app(), b"", Limits(head_s=0.2)) == b""


async def test_a_head_in_drips_has_one_deadline_for_all_of_it() -> None:
    async with serving(app(), "127.0.0.1", 0, limits=Limits(head_s=0.5)) as (host, port):  # type: ignore[arg-type]
        reader, writer = await asyncio.open_connection(host, port)
        ended = asyncio.create_task(reader.read())
        for letter in HEAD + b"X: " + b"a" * 100:
            if ended.done():
                break
            writer.write(bytes([letter]))
            await asyncio.sleep(0.05)
        assert ended.done()
        assert await ended == b""
        writer.close()


async def test_a_slow_body_is_408_and_a_whole_one_is_read() -> None:
    assert (await answered(body_reader, POST + b"ab", Limits(body_s=0.2))).startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    whole = await answered(body_reader, POST + b"abcd", Limits(body_s=5))
    assert whole.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"read" in whole


async def test_the_limits_are_those_of_the_manual() -> None:
    assert Limits(head_bytes=16_384, head_s=10, body_s=15, per_address=64) == LIMITS


async def test_one_address_gets_so_many_connections_and_no_more() -> None:
    for behind_proxy, end in ((False, b""), (True, b"HTTP/1.1 200 OK\r\n")):
        async with serving(app(), "127.0.0.1", 0, behind_proxy, Limits(per_address=2)) as (host, port):  # type: ignore[arg-type]
            kept = [await asyncio.open_connection(host, port) for _ in range(2)]
            reader, writer = await asyncio.open_connection(host, port)
            writer.write(HEAD + b"\r\n")
            assert await reader.readline() == end
            for _, other in (*kept, (reader, writer)):
                other.close()
