from __future__ import annotations

import asyncio

import pytest

from monitor.stage import sender


async def test_a_sender_goes_on_when_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "EVERY_S", 0.05)
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.put_nowait(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 503 x\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    sending = asyncio.create_task(sender.report(port, "token"))
    await asyncio.sleep(0.2)
    assert heard.empty()
    async with await asyncio.start_server(serve, "127.0.0.1", port):
        async with asyncio.timeout(10):
            first, second = await heard.get(), await heard.get()
        sending.cancel()
    assert first.startswith(b"POST /beat/token HTTP/1.1\r\n")
    assert b"Content-Length: 0\r\n" in second
