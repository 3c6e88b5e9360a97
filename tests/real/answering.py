"""Servers at Unix sockets and UDP ports that answer as a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from servers import Serve


@asynccontextmanager
async def at_socket(path: Path, serve: Serve) -> AsyncIterator[str]:
    """A server at a Unix socket; gives its path."""

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_unix_server(one, path)
    try:
        yield str(path)
    finally:
        server.close()
        path.unlink()  # noqa: ASYNC240 - the loop has nothing else to do


def one_by_one(answers: tuple[bytes, ...], greeting: bytes = b"", hold: bool = False) -> Serve:
    """Greets, gives an answer for each piece of question that comes, and ends, or with ``hold`` falls silent."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        for answer in answers:
            if not await reader.read(4096):
                return
            writer.write(answer)
            await writer.drain()
        if hold:
            await reader.read()

    return serve


@asynccontextmanager
async def at_port(answers: Callable[[bytes], list[bytes]]) -> AsyncIterator[int]:
    """A UDP port that gives the answers to each datagram; gives its number."""

    class Answering(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: object) -> None:
            for answer in answers(data):
                self.transport.sendto(answer, addr)  # type: ignore[attr-defined]

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Answering, local_addr=("127.0.0.1", 0))
    try:
        yield int(transport.get_extra_info("sockname")[1])
    finally:
        transport.close()
