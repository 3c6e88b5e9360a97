"""The control socket: how commands on this host ask the running service, which alone writes, to do what people decide.

A Unix socket in the data directory that the service's own user and root may open; who it is the kernel says, not the caller.
"""

from __future__ import annotations

import asyncio
import json
import socket
from base64 import b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.desk.deed import Reply
from monitor.desk.deeds import Request as Deed
from monitor.web import replies
from monitor.web.pages import Body, Document, Pages
from monitor.web.server import Limits, answering
from monitor.web.unix import reachable

NAME = "control.sock"
MAX_BODY = 1 << 20
BACKLOG = 16
_BEARER = "bearer "

Act: TypeAlias = Callable[[Deed, bool], Awaitable[Reply]]
"""Does a deed, or with True only says what it would do."""

_UNKNOWN = ["deed", "exclusion", "incident", "maintenance", "site", "contact", "recurrence", "request", "rollout", "wave"]
_STATUS = {"token": 401, "scope": 403, "illegal-step": 409, "still-down": 409, **{f"unknown-{what}": 404 for what in _UNKNOWN}}


def control_app(act: Act, pages: Pages) -> Starlette:
    """The application of the control socket: ``POST /deeds/{deed}``, with ``?dry_run`` to change nothing.

    ``GET /pages`` names the pages that are published, ``GET /page?root=…`` is one of them with all its documents.
    """

    async def deed(request: Request) -> Response:
        body = await _body(request)
        if isinstance(body, Response):
            return body
        asked = Deed(request.path_params["deed"], body, request.client.host if request.client else "", _secret(request))
        reply = await act(asked, "dry_run" in request.query_params)
        status = min((_STATUS.get(fault.code, 422) for fault in reply.faults), default=200)
        return replies.as_json(reply.document, status)

    async def roots(request: Request) -> Response:
        return replies.as_json({"roots": list(pages.roots())})

    async def page(request: Request) -> Response:
        found = pages.page(request.query_params.get("root", ""))
        return await asyncio.to_thread(lambda: replies.as_json(_written(found)))

    routes = [Route("/deeds/{deed}", deed, methods=["POST"]), Route("/pages", roots), Route("/page", page)]
    return Starlette(routes=routes)


def _written(found: Mapping[str, Document]) -> dict[str, Any]:
    """All documents of a page, with their twins; no documents if there is no such page."""

    def text(body: Body | None) -> str | None:
        return None if body is None else b64encode(body.plain).decode()

    documents = [
        {"path": path, "published_at": one.published_at, "body": text(one.fresh), "stale": text(one.stale)}
        for path, one in found.items()
    ]
    return {"documents": documents}


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
async def controlled(data: Path, act: Act, pages: Pages) -> AsyncIterator[None]:
    """Answer on the control socket of ``data`` while the block runs. The caller holds the writer's lock."""
    path = data / NAME
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        with reachable(path) as name:
            listener.bind(name)
        path.chmod(0o600)  # nobody can connect before listen()
        listener.listen(BACKLOG)
        listener.setblocking(False)
        try:
            async with answering(control_app(act, pages), listener, Limits(per_address=None)):
                yield
        finally:
            path.unlink(missing_ok=True)
