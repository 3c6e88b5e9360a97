"""The public listener: published documents and nothing else. It opens no table, and a path is looked up, never opened."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.clock import Clock
from monitor.web import replies
from monitor.web.pages import Pages

PRIVATE = "/p/"
"""Below this lie customers' pages: the path is the secret, so nobody may keep or list them."""


def public_app(pages: Pages, clock: Clock) -> Starlette:
    """The application of the public listener: GET and HEAD of what is in ``pages``; ``clock`` decides what is stale."""

    async def published(request: Request) -> Response:
        return serve(request, request.scope["path"], pages, clock)

    return Starlette(routes=[Route("/{path:path}", published, methods=["GET"])], exception_handlers=REFUSALS)


def serve(request: Request, path: str, pages: Pages, clock: Clock) -> Response:
    """The published document under ``path``; raises HTTPException 404 where there is none."""
    found = pages.find(path)
    if found is None:
        raise HTTPException(404)
    return replies.document(request, found, clock(), private=path.startswith(PRIVATE))


REFUSALS = {HTTPException: replies.refused, Exception: replies.refused}
