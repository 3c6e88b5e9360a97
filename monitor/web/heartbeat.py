"""The gateway: senders push their signs of life here. Nothing is acknowledged before it is kept; a stranger learns nothing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.clock import Stopwatch
from monitor.hearing import SAME_WORD_MS, Refused
from monitor.store.beats import Word
from monitor.store.engine import StoreFailed, StoreFull
from monitor.web import replies
from monitor.web.crowd import WINDOW_S, Crowd
from monitor.web.public import REFUSALS
from sla.span import Instant
from sla.texts import instant_text

MAX_BODY = 4 << 10
"""Bytes that a sender may add in words."""
STRANGERS_PER_MIN = 10
"""Tokens that nobody has, from one address in a minute: a typing error needs one or two."""
RETRY_S = 5
_CODES = range(256)

Hear = Callable[[str, Word, int | None, bytes], Awaitable[Instant | Refused]]
"""Keeps a sign; returns once it is committed."""


def gateway_app(hear: Hear, monotonic: Stopwatch) -> Starlette:
    """The application of the gateway: ``POST /beat/{token}``, ``/start``, ``/fail``, ``/{exit code}``."""
    strangers = Crowd(monotonic, STRANGERS_PER_MIN)

    async def beat(request: Request) -> Response:
        word = _word(request.path_params.get("word", ""))
        text = await _body(request)
        address = request.client.host if request.client else ""
        try:
            kept = await hear(request.path_params["token"], *word, text)
        except (StoreFull, StoreFailed):
            return replies.text(b"nothing was kept, try again\n", 503, headers={"Retry-After": str(RETRY_S)})
        if kept is Refused.TOO_SOON:
            wait = str(SAME_WORD_MS // 1000)
            return replies.text(b"said a moment ago\n", 429, headers={"Retry-After": wait})
        if isinstance(kept, Refused):
            raise HTTPException(429, headers={"Retry-After": str(int(WINDOW_S))}) if strangers.crowd(address) else _UNKNOWN
        return replies.text(f"kept {instant_text(kept)}\n".encode())

    routes = [Route("/beat/{token}", beat, methods=["POST"]), Route("/beat/{token}/{word}", beat, methods=["POST"])]
    return Starlette(routes=routes, exception_handlers=REFUSALS)


_UNKNOWN = HTTPException(404)


def _word(written: str) -> tuple[Word, int | None]:
    """What the end of the path says. Raises HTTPException 404 for what is no word of a sender."""
    if written in ("", "start", "fail"):
        return ("good" if written == "" else "start" if written == "start" else "fail"), None
    if written.isascii() and written.isdigit() and len(written) <= 3 and int(written) in _CODES:
        return ("good" if int(written) == 0 else "fail"), int(written)
    raise _UNKNOWN


async def _body(request: Request) -> bytes:
    """What was sent along. Raises HTTPException 413 for more than that, 400 for a sender that went away before its end."""
    data = b""
    try:
        async for piece in request.stream():
            data += piece
            if len(data) > MAX_BODY:
                raise HTTPException(413)
    except ClientDisconnect:
        raise HTTPException(400) from None
    return data
