"""How many requests there are and how long they take, by route; a route is a word of a closed list, never a path."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.clock import Stopwatch

Told: TypeAlias = Callable[[str, int, float], None]
"""Hears of each answer: route, status code, seconds."""

_OWN = frozenset({"/metrics", "/healthz", "/readyz"})
_FOLDERS = (("/p/", "/p/{page}"), ("/api/", "/api"), ("/public/", "/public"))


def measured(app: ASGIApp, told: Told, monotonic: Stopwatch) -> ASGIApp:
    """``app``, each of whose answers is told when its last byte has been handed over."""

    async def answering(scope: Scope, receive: Receive, send: Send) -> None:
        began, code = monotonic(), 500

        async def sending(message: Message) -> None:
            nonlocal code
            if message["type"] == "http.response.start":
                code = message["status"]
            await send(message)

        try:
            await app(scope, receive, sending)
        finally:
            told(route_of(scope["path"], code), code, monotonic() - began)

    return answering


def route_of(path: str, code: int) -> str:
    """The route of ``path`` as a label: customers' pages, whose path is a secret, share one."""
    if code == 404:
        return "none"
    if path in _OWN or path == "/":
        return path
    return next((route for folder, route in _FOLDERS if path.startswith(folder)), "other")
