from __future__ import annotations

import asyncio
import signal

import httpx
import pytest

from monitor.web import server
from monitor.web.pages import Pages
from monitor.web.public import public_app
from monitor.web.server import MAX_HEADER, serving

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


async def test_a_huge_head_is_refused() -> None:
    async with serving(app(), "127.0.0.1", 0) as (host, port):  # type: ignore[arg-type]
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * (MAX_HEADER * 2))
        status = await reader.readline()
        assert status.startswith(b"HTTP/1.1 4")
        writer.close()


async def test_a_head_that_does_not_come_to_an_end_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "HEADER_S", 0.2)
    async with serving(app(), "127.0.0.1", 0) as (host, port):  # type: ignore[arg-type]
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"GET / HTTP/1.1\r\n")
        assert await reader.read() == b""
        writer.close()


async def test_one_address_gets_so_many_connections_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "PER_ADDRESS", 2)
    async with serving(app(), "127.0.0.1", 0) as (host, port):  # type: ignore[arg-type]
        kept = [await asyncio.open_connection(host, port) for _ in range(2)]
        reader, writer = await asyncio.open_connection(host, port)
        assert await reader.read() == b""
        for _, other in (*kept, (reader, writer)):
            other.close()
