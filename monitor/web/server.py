"""Listening: one uvicorn server inside our own task, without its signal handlers, with limits on what comes in."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import Any, Literal, TypeAlias, cast

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from monitor.web.ready import Shortcut
from monitor.web.unix import peer

IDLE_S = 30
"""Seconds a kept-alive connection may be idle."""

CLOSE_S = 5
"""Seconds that running answers get when we stop; all are in memory."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a reader may cost.

    ``head_bytes``: ours need a few hundred. ``head_s``: a reader on a bad line needs two seconds, an attack would keep the
    connection. ``body_s``: for a whole body. ``per_address``: connections of one address where no proxy stands in front
    (None: one does); a browser opens six.
    """

    head_bytes: int = 16 * 1024
    head_s: float = 10.0
    body_s: float = 15.0
    per_address: int | None = 64


LIMITS = Limits()
Part: TypeAlias = Literal["head", "body"]


class _Server(uvicorn.Server):
    """uvicorn as a part of our process: signals are the composition root's business."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Limited(H11Protocol):
    """HTTP/1.1 within ``Limits``; h11 because its limit on the head is a byte count that holds.

    A whole head that comes while nothing else is under way may be answered by ``ready`` at once.
    """

    def __init__(self, *args: Any, limits: Limits, ready: Shortcut | None, **named: Any) -> None:
        super().__init__(*args, **named)
        self._limits, self._ready = limits, ready
        self._awaited: Part | None = None
        self._alarm: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self.client is None:  # a Unix socket has no addresses
            self.client = (peer(transport), 0)
        if self._limits.per_address is not None and self._crowd() > self._limits.per_address:
            transport.close()
        self._await("head")

    def data_received(self, data: bytes) -> None:
        if self._ready is not None and self._at_rest() and len(data) <= self._limits.head_bytes:
            answer = self._ready(data)
            if answer is not None:
                self._answered(*answer)
                return
        # h11 counts only a head that is not whole yet: hand it no more at once than a head may have.
        room = self._limits.head_bytes + 1 - len(self.conn.trailing_data[0])
        if self.conn.their_state is h11.IDLE and 0 < room < len(data):
            super().data_received(data[:room])
            data = data[room:]
        if not self.transport.is_closing():
            super().data_received(data)
        self._await(self._unfinished())

    def _at_rest(self) -> bool:
        """Nothing has begun on this connection, and its reader has taken what was sent."""
        resting = self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]
        return resting and not (self.flow.write_paused or self.transport.is_closing())

    def _answered(self, head: bytes, body: bytes) -> None:
        dated = b"".join(b"%s: %s\r\n" % line for line in self.server_state.default_headers)
        self.transport.write(b"".join((head, dated, b"\r\n", body)))
        self._await(None)
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._await(self._unfinished())

    def connection_lost(self, exc: Exception | None) -> None:
        self._await(None)
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Called while h11's refusal is being handled: it knows the status that fits."""
        fault = sys.exception()
        status = fault.error_status_hint if isinstance(fault, h11.RemoteProtocolError) else 400
        if status == 431 and b"\n" not in self.conn.trailing_data[0]:
            status = 414  # not even the first line came to an end
        self._refuse(status)

    def _crowd(self) -> int:
        clients = (other.client for other in self.connections if isinstance(other, _Limited))
        return sum(1 for client in clients if client and self.client and client[0] == self.client[0])

    def _unfinished(self) -> Part | None:
        """What has begun and is not whole; None: the reader owes us nothing."""
        if self.conn.their_state is h11.SEND_BODY:
            return "body"
        return "head" if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0] else None

    def _await(self, awaited: Part | None) -> None:
        """One deadline for all of what is awaited, however many pieces it comes in."""
        if awaited == self._awaited and awaited is not None:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._awaited, self._alarm = awaited, None
        if awaited == "head":
            self._alarm = self.loop.call_later(self._limits.head_s, self.transport.close)
        elif awaited == "body":
            self._alarm = self.loop.call_later(self._limits.body_s, self._body_too_slow)

    def _body_too_slow(self) -> None:
        if self.cycle is None or self.cycle.response_started:
            self.transport.close()
            return
        self._refuse(408)
        self.cycle.disconnected = True
        self.cycle.message_event.set()

    def _refuse(self, status: int) -> None:
        phrase = HTTPStatus(status).phrase.encode()
        headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
        answer = (h11.Response(status_code=status, headers=headers, reason=phrase), h11.Data(data=phrase), h11.EndOfMessage())
        for event in answer:
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()


@asynccontextmanager
async def serving(
    app: ASGIApp, host: str, port: int, behind_proxy: bool = False, limits: Limits = LIMITS, ready: Shortcut | None = None
) -> AsyncIterator[tuple[str, int]]:
    """Serve ``app`` while the block runs; gives the (host, port) listened on (port 0: any free one).

    Behind a proxy all connections come from one address: their number is the proxy's business. ``ready`` may answer before
    ``app`` is asked.
    Raises OSError if the address cannot be had. Leaving the block ends the server within ``CLOSE_S`` seconds.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family, backlog=512) as listener:
        async with answering(app, listener, replace(limits, per_address=None) if behind_proxy else limits, ready):
            bound = listener.getsockname()
            yield bound[0], bound[1]


@asynccontextmanager
async def answering(
    app: ASGIApp, listener: socket.socket, limits: Limits = LIMITS, ready: Shortcut | None = None
) -> AsyncIterator[None]:
    """Serve ``app`` on a socket that listens while the block runs."""
    server = _Server(_config(app, limits, ready))
    task = asyncio.create_task(server.serve(sockets=[listener]), name=f"web {listener.getsockname()}")
    try:
        await _started(server, task)
        yield
    finally:
        server.should_exit = True
        await asyncio.shield(task)


def _config(app: ASGIApp, limits: Limits, ready: Shortcut | None) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=cast(Any, partial(_Limited, limits=limits, ready=ready)),  # a class, says uvicorn; it only calls it
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        h11_max_incomplete_event_size=limits.head_bytes,
        timeout_keep_alive=IDLE_S,
        timeout_graceful_shutdown=CLOSE_S,
    )


async def _started(server: uvicorn.Server, task: asyncio.Task[None]) -> None:
    while not server.started:
        if task.done():
            task.result()
            raise OSError("the web server ended before it listened")
        await asyncio.sleep(0.005)
