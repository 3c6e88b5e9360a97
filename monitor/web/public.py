"""The public listener: published documents, and the forms of subscribers.

It opens no table, and a path is looked up, never opened.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.clock import Clock
from monitor.web import replies
from monitor.web.pages import PRIVATE, Pages


def public_app(pages: Pages, clock: Clock, forms: Sequence[Route] = ()) -> Starlette:
    """The application of the public listener: GET and HEAD of what is in ``pages``; ``clock`` decides what is stale.

    ``forms`` are the only addresses that take anything.
    """

    async def published(request: Request) -> Response:
        return await serve(request, request.scope["path"], pages, clock)

    routes = [*forms, Route("/{path:path}", published, methods=["GET"])]
    return Starlette(routes=routes, exception_handlers=REFUSALS)


async def serve(request: Request, path: str, pages: Pages, clock: Clock) -> Response:
    """The published document under ``path``; raises HTTPException 404 where there is none.

    What nobody wanted before is made in a thread: no look waits for a reader.
    """
    found = pages.find(path)
    if found is None:
        raise HTTPException(404)
    return await asyncio.to_thread(replies.document, request, found, clock(), path.startswith(PRIVATE))


REFUSALS = {HTTPException: replies.refused, Exception: replies.refused}
