"""A loopback TCP listener that can be taken away and given back on the same port."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import TypeAlias

HOST = "127.0.0.1"
LINE_LIMIT = 65_536
TALK_SECONDS = 10.0
BACKLOG = 128
_PORT_TRIES = 20
"""A port that is free on TCP is nearly always free on UDP; this many in a row that are not means something else is wrong."""

Talk: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
"""Answers one connection; the connection is closed when it returns."""


def bound(port: int) -> socket.socket:
    """A TCP socket bound to loopback ``port`` (0: a free one), shareable between sockets of this user."""
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    taken.setblocking(False)
    taken.bind((HOST, port))
    return taken


def free_on_udp(port: int) -> bool:
    """Whether loopback ``port`` can be bound for datagrams now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trial:
        try:
            trial.bind((HOST, port))
        except OSError:
            return False
    return True


def greets(line: str) -> Talk:
    """A talk that says one line and waits until the visitor leaves."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{line}\r\n".encode())
        await reader.read()

    return talk


class Listening:
    """One TCP server. ``close`` refuses connections, ``open`` listens again on the same port."""

    def __init__(self, talk: Talk, tls: ssl.SSLContext | None = None) -> None:
        self._talk = talk
        self._tls = tls
        # Bound and never listening: it refuses every connection and keeps the port ours while the server is away.
        self._keeper = bound(0)
        self._server: asyncio.Server | None = None
        self._talks: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    @property
    def port(self) -> int:
        """The port, the same from construction to release."""
        return int(self._keeper.getsockname()[1])

    async def open(self) -> None:
        """Listen; nothing happens if it listens already."""
        if self._server is None:
            listener = bound(self.port)
            self._server = await asyncio.start_server(
                self._accept, sock=listener, ssl=self._tls, limit=LINE_LIMIT, backlog=BACKLOG
            )

    async def close(self) -> None:
        """Refuse connections from now on and cut those that are open."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        open_talks = dict(self._talks)
        for task, writer in open_talks.items():
            writer.transport.abort()
            task.cancel()
        await asyncio.gather(*open_talks, return_exceptions=True)

    async def release(self) -> None:
        """Close for good and give the port back."""
        await self.close()
        self._keeper.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._talks[task] = writer
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        del self._talks[task]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Whatever a visitor does wrong ends his own connection and nothing else.
        with contextlib.suppress(OSError, EOFError, ValueError, TimeoutError):
            async with asyncio.timeout(TALK_SECONDS):
                await self._talk(reader, writer)
                await writer.drain()
        writer.close()
        with contextlib.suppress(OSError, TimeoutError):
            async with asyncio.timeout(1):
                await writer.wait_closed()


async def on_both(talk: Talk) -> Listening:
    """A listener whose port is free on UDP as well. Raises OSError if none can be found."""
    for _ in range(_PORT_TRIES):
        listening = Listening(talk)
        if free_on_udp(listening.port):
            return listening
        await listening.release()
    raise OSError(f"no port free on both TCP and UDP in {_PORT_TRIES} tries")
