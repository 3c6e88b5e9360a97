"""We knock at our own gateway as senders do, and say when nobody hears."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from servers import saying, serving
from structlog.testing import capture_logs

from monitor.clock import monotonic, system_clock
from monitor.watch import ear
from monitor.watch.egress import Egress
from monitor.watch.resolver import Resolver
from monitor.watch.runner import Runner
from monitor.watch.stall import Stall
from probes.probe import Secret

TOKEN = "canary-secret-0123456789abcdef"


@pytest.fixture
async def runner() -> AsyncIterator[Runner]:
    gate = Egress(Resolver([]), monotonic, connects_per_s=10_000)
    yield Runner(gate, system_clock, monotonic, Stall(monotonic), lambda ref: Secret(""))
    gate.close()


async def knocked(runner: Runner, url: str, enough: asyncio.Event) -> None:
    knocking = asyncio.create_task(ear.knock(runner, url, TOKEN))
    async with asyncio.timeout(20):
        await enough.wait()
    await asyncio.sleep(0.3)
    knocking.cancel()


async def test_every_knock_is_a_post_with_our_own_token(runner: Runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ear, "KNOCK_S", 0.02)
    heads: list[bytes] = []
    enough = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        answer = (
            b"HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n"
            if len(heads) in (3, 4)
            else b"HTTP/1.1 200 x\r\nContent-Length: 0\r\n\r\n"
        )
        writer.write(answer)
        await writer.drain()
        if len(heads) == 6:
            enough.set()

    with capture_logs() as logs:
        async with serving(serve) as port:
            await knocked(runner, f"http://127.0.0.1:{port}/", enough)
    assert heads[0].startswith(b"POST /beat/" + TOKEN.encode() + b" HTTP/1.1\r\n")
    assert [entry["event"] for entry in logs] == ["gateway_deaf", "gateway_heard"]
    assert "answered 503" in logs[0]["reason"]
    assert TOKEN not in repr(logs)


async def test_a_page_that_is_not_ours_does_not_count_as_hearing(runner: Runner) -> None:
    done = asyncio.Event()
    done.set()
    with capture_logs() as logs:
        async with serving(saying(b"HTTP/1.1 302 x\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n")) as port:
            await knocked(runner, f"http://127.0.0.1:{port}", done)
    assert [entry["event"] for entry in logs] == ["gateway_deaf"]
