"""Listening: one uvicorn server inside our own task, without its signal handlers, with limits on what comes in."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

MAX_HEADER = 16 * 1024
"""Bytes of a request's head: ours need a few hundred; h11 refuses more before anything is parsed."""

HEADER_S = 10.0
"""Seconds for a whole head: a reader on a bad line needs two, a slow-header attack would keep the connection."""

IDLE_S = 30
"""Seconds a kept-alive connection may be idle."""

PER_ADDRESS = 64
"""Connections of one address where no proxy stands in front: a browser opens six."""

CLOSE_S = 5
"""Seconds that running answers get when we stop; all are in memory."""


class _Server(uvicorn.Server):
    """uvicorn as a part of our process: signals are the composition root's business."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Limited(H11Protocol):
    """HTTP/1.1 with a deadline for the head; h11 because its limit on the head is a byte count that holds."""

    limits_address = True
    _alarm: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self.limits_address and self._crowd() > PER_ADDRESS:
            transport.close()
        self._arm()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        head_begun = self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]
        self._arm() if head_begun else self._disarm()

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        super().connection_lost(exc)

    def _crowd(self) -> int:
        clients = (other.client for other in self.connections if isinstance(other, _Limited))
        return sum(1 for client in clients if client and self.client and client[0] == self.client[0])

    def _arm(self) -> None:
        if self._alarm is None:
            self._alarm = self.loop.call_later(HEADER_S, self.transport.close)

    def _disarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None


class _BehindProxy(_Limited):
    """The same where all connections come from one proxy."""

    limits_address = False


@asynccontextmanager
async def serving(app: ASGIApp, host: str, port: int, behind_proxy: bool = False) -> AsyncIterator[tuple[str, int]]:
    """Serve ``app`` while the block runs; gives the (host, port) listened on (port 0: any free one).

    Raises OSError if the address cannot be had. Leaving the block ends the server within ``CLOSE_S`` seconds.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=512) as listener:
        server = _Server(_config(app, behind_proxy))
        task = asyncio.create_task(server.serve(sockets=[listener]), name=f"web {host}:{port}")
        try:
            await _started(server, task)
            bound = listener.getsockname()
            yield bound[0], bound[1]
        finally:
            server.should_exit = True
            await asyncio.shield(task)


def _config(app: ASGIApp, behind_proxy: bool) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_BehindProxy if behind_proxy else _Limited,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        h11_max_incomplete_event_size=MAX_HEADER,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=CLOSE_S,
    )


async def _started(server: uvicorn.Server, task: asyncio.Task[None]) -> None:
    while not server.started:
        if task.done():
            task.result()
            raise OSError("the web server ended before it listened")
        await asyncio.sleep(0.005)
