"""Documents that are made already, answered at once: most readers want one page, and want it again and again.

Only a plain request is taken: one whole head of a GET in which nothing is unusual. Everything else, and everything that is not
made yet, goes the long way, which gives the same answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeAlias

from monitor.clock import Clock, Stopwatch
from monitor.web import replies
from monitor.web.measured import Told, route_of
from monitor.web.pages import PRIVATE, Document, Pages
from sla.span import Instant

Answer: TypeAlias = tuple[bytes, bytes]
"""The head of an answer but for its date and its end, and the body."""

Shortcut: TypeAlias = Callable[[bytes], Answer | None]
"""The answer to these bytes, if they are a plain request for what is ready."""

KEPT = 4_096
"""Heads that are kept: a page has some sixty documents, each in two codings and as 304."""

_PLAIN = re.compile(rb"GET (/[\w.~/-]*)(?:\?[\w.~/=&+-]*)? HTTP/1\.1\r\n((?:[\w-]+:[ -~]*\r\n)+)\r\n")
_UNUSUAL = frozenset((b"connection", b"content-length", b"expect", b"te", b"trailer", b"transfer-encoding", b"upgrade"))
"""What a head may not name: a body, another protocol, or how long the connection shall live."""


@dataclass(frozen=True, slots=True)
class _Head:
    """A head, and what it was made of: the body's tag, since when that is the one to send, its type."""

    of: tuple[str, Instant, str]
    text: bytes
    route: str


class Ready:
    """Answers what is published and made, without a thread and without a framework."""

    def __init__(self, pages: Pages, clock: Clock, told: Told, monotonic: Stopwatch) -> None:
        self._pages, self._clock, self._told, self._monotonic = pages, clock, told, monotonic
        self._heads: dict[tuple[str, bool, int], _Head] = {}

    def __call__(self, data: bytes) -> Answer | None:
        """The answer to ``data``; None: it goes the long way."""
        began = self._monotonic()
        asked = _asked(data)
        if asked is None or (found := self._pages.find(asked[0])) is None:
            return None
        path, zipped, known = asked
        now = self._clock()
        body = found.body(now)
        if not body.made(zipped):
            return None
        code = 304 if replies.knows(known, body.etag) else 200
        of = body.etag, found.modified_at(now), found.content_type
        head = self._heads.get((path, zipped, code))
        if head is None or head.of != of:
            head = self._keep(path, zipped, code, _Head(of, _written(path, zipped, code, found, now), route_of(path, code)))
        self._told(head.route, code, self._monotonic() - began)
        return head.text, b"" if code == 304 else body.gzipped if zipped else body.plain

    def _keep(self, path: str, zipped: bool, code: int, head: _Head) -> _Head:
        if len(self._heads) >= KEPT:
            self._heads.clear()  # they are made again at once where they are wanted
        self._heads[path, zipped, code] = head
        return head


def _written(path: str, zipped: bool, code: int, found: Document, now: Instant) -> bytes:
    """The status line and the headers of an answer, but for its date."""
    headers = replies.headers(path, found, now, path.startswith(PRIVATE))
    if code == 200:
        body = found.body(now)
        headers |= replies.content(found, zipped) | {"Content-Length": str(len(body.gzipped if zipped else body.plain))}
    lines = "".join(f"{name.lower()}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {code} {HTTPStatus(code).phrase}\r\n{lines}".encode("ascii")


def _asked(data: bytes) -> tuple[str, bool, str] | None:
    """What a plain request wants: the path, whether compressed, and the tags of what the reader has; None for any other."""
    plain = _PLAIN.fullmatch(data)
    if plain is None:
        return None
    named = [line.partition(b":") for line in plain[2].split(b"\r\n")[:-1]]
    fields = {name.lower(): value.strip(b" ").decode() for name, _, value in named}
    if len(fields) < len(named) or b"host" not in fields or not _UNUSUAL.isdisjoint(fields):
        return None
    return plain[1].decode(), replies.takes_gzip(fields.get(b"accept-encoding", "")), fields.get(b"if-none-match", "")
