"""The control socket: how commands on this host ask the running service, which alone writes, to do what people decide.

A Unix socket in the data directory that the service's own user and root may open; who it is the kernel says, not the caller.
"""

from __future__ import annotations

import json
import os
import pwd
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.desk.deeds import Reply
from monitor.desk.deeds import Request as Deed
from monitor.web import replies
from monitor.web.server import Limited, answering

NAME = "control.sock"
MAX_BODY = 1 << 20
_CREDENTIALS = struct.Struct("3i")
_BEARER = "bearer "

Act: TypeAlias = Callable[[Deed, bool], Awaitable[Reply]]
"""Does a deed, or with True only says what it would do."""

_STATUS = {"token": 401, "scope": 403, "unknown-deed": 404, "unknown-exclusion": 404, "unknown-site": 404, "illegal-step": 409}


class _Control(Limited):
    """HTTP/1.1 over a Unix socket; the client is the system user at the other end."""

    limits_address = False

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.client = (_user_of(transport), 0)


def _user_of(transport: Any) -> str:
    """The name of the system user who opened the connection, by the kernel's word."""
    with socket.socket(fileno=os.dup(transport.get_extra_info("socket").fileno())) as same:
        _, uid, _ = _CREDENTIALS.unpack(same.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return user_name(uid)


def user_name(uid: int) -> str:
    """What the host calls a user; its number where it has no name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def control_app(act: Act) -> Starlette:
    """The application of the control socket: ``POST /deeds/{deed}``, with ``?dry_run`` to change nothing."""

    async def deed(request: Request) -> Response:
        body = await _body(request)
        if isinstance(body, Response):
            return body
        asked = Deed(request.path_params["deed"], body, request.client.host if request.client else "", _secret(request))
        reply = await act(asked, "dry_run" in request.query_params)
        status = min((_STATUS.get(fault.code, 422) for fault in reply.faults), default=200)
        return replies.as_json(reply.document, status)

    return Starlette(routes=[Route("/deeds/{deed}", deed, methods=["POST"])])


async def _body(request: Request) -> Any:
    """The JSON value that was sent, or the refusal of what is none."""
    data = b""
    async for piece in request.stream():
        data += piece
        if len(data) > MAX_BODY:
            return replies.as_json({"title": "at most 1 MiB"}, 413)
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return replies.as_json({"title": "not JSON"}, 400)


def _secret(request: Request) -> str | None:
    given = request.headers.get("authorization", "")
    return given[len(_BEARER) :] if given.lower().startswith(_BEARER) else None


@asynccontextmanager
async def controlled(data: Path, act: Act) -> AsyncIterator[None]:
    """Answer on the control socket of ``data`` while the block runs. The caller holds the writer's lock."""
    path = data / NAME
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        with short(path) as name:
            listener.bind(name)
        path.chmod(0o600)  # nobody can connect before listen()
        listener.listen(16)
        listener.setblocking(False)
        try:
            async with answering(control_app(act), listener, _Control):
                yield
        finally:
            path.unlink(missing_ok=True)
