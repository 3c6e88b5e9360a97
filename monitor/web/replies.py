"""Every answer of the web side: the headers, 304 and gzip, the one 404, problem+json for tools."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from types import MappingProxyType

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from monitor.web.pages import HTML, JSON, Document
from reports.statement_page import style_source
from sla.span import Instant

STATEMENTS = "/statements/"
NONE: Mapping[str, str] = MappingProxyType({})
CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_GUARDED = {"Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
FORMS = {"Content-Security-Policy": CSP.replace("form-action 'none'", "form-action 'self'")}
"""What a page with a form on it may do more than others."""
_TOLD = {"Referrer-Policy": "same-origin"}
"""Without a referrer a browser hides the origin of a form too, and it's the origin that tells ours from a stranger's."""
_PUBLIC = {"Cache-Control": "public, max-age=10, stale-if-error=120"}
_OPEN = {"Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag"}
"""What everybody may read, the scripts of other sites may read too; a customer's page they may not."""
_BADGE = {"Cache-Control": "public, max-age=60, stale-if-error=120"}
_PRIVATE = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex, nofollow"}
_TITLES = {
    404: "Not found",
    405: "Method not allowed",
    413: "Too large",
    429: "Too many requests",
    500: "Internal error",
    503: "Not ready",
}
_ERROR_PAGE = (
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
    "<body><main><h1>{title}</h1></main></body></html>\n"
)


def document(request: Request, found: Document, now: Instant, private: bool) -> Response:
    """``found`` as it is to be read at ``now``: 304 if the reader has it, gzip if the reader takes it."""
    body = found.body(now)
    told = headers(request.scope["path"], found, now, private)
    if knows(request.headers.get("if-none-match", ""), body.etag):
        return Response(status_code=304, headers=told)
    zipped = takes_gzip(request.headers.get("accept-encoding", ""))
    return Response(body.gzipped if zipped else body.plain, headers=told | content(found, zipped))


def headers(path: str, found: Document, now: Instant, private: bool) -> dict[str, str]:
    """What is said of the document ``found`` under ``path`` whether it is sent or known already."""
    told = {
        **_GUARDED,
        **(_self_contained() if STATEMENTS in path else {}),
        **(_PRIVATE if private else _public(path, found)),
        "ETag": found.body(now).etag,
        "Vary": "Accept-Encoding",
    }
    if found.modified_at(now):
        modified = datetime.fromtimestamp(found.modified_at(now) // 1000, UTC)
        told["Last-Modified"] = format_datetime(modified, usegmt=True)
    return told


def content(found: Document, zipped: bool) -> dict[str, str]:
    """What is said of the bytes that are sent."""
    return {"Content-Type": found.content_type, **({"Content-Encoding": "gzip"} if zipped else {})}


@cache
def _self_contained() -> Mapping[str, str]:
    """A statement is one file that people keep: its own style sheet is allowed by its digest, and no other inline style."""
    return {"Content-Security-Policy": CSP.replace("style-src 'self'", f"style-src 'self' {style_source()}")}


def _public(path: str, found: Document) -> dict[str, str]:
    """The headers of what is for everybody, by what it is."""
    kept = _BADGE if path.startswith("/badge/") else _PUBLIC
    return kept if found.content_type.startswith("text/") else {**kept, **_OPEN}


def text(
    body: bytes, status: int = 200, content_type: str = "text/plain; charset=utf-8", headers: Mapping[str, str] = NONE
) -> Response:
    """A short answer for machines that nobody may keep."""
    return Response(body, status, {**_GUARDED, "Cache-Control": "no-store", "Content-Type": content_type, **headers})


def in_parts(parts: Sequence[bytes], content_type: str) -> Response:
    """A long answer that nobody may keep. While the reader takes one part, everybody else is served."""
    headers = {**_GUARDED, "Cache-Control": "no-store", "Content-Type": content_type}
    return _InParts(parts, {**headers, "Content-Length": str(sum(map(len, parts)))})


class _InParts(Response):
    def __init__(self, parts: Sequence[bytes], headers: Mapping[str, str]) -> None:
        super().__init__(headers=headers)
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for part in self._parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def form(body: bytes, status: int = 200, headers: Mapping[str, str] = NONE) -> Response:
    """A page of one customer with a form on it, or the answer to what was sent from there."""
    return Response(body, status, {**_GUARDED, **FORMS, **_TOLD, **_PRIVATE, "Content-Type": HTML, **headers})


def refused(request: Request, failure: Exception) -> Response:
    """The answer to what cannot be served: the same bytes for unknown, withdrawn and foreign paths."""
    status = failure.status_code if isinstance(failure, HTTPException) else 500
    allow = failure.headers if isinstance(failure, HTTPException) and failure.headers else {}
    headers = {**_GUARDED, **_PRIVATE, **allow}
    title = _TITLES.get(status, "Refused")
    if "/api/" in request.scope["path"]:
        problem = {"type": f"urn:threenines:problem:{title.lower().replace(' ', '-')}", "title": title, "status": status}
        return Response(json.dumps(problem).encode(), status, {**headers, "Content-Type": "application/problem+json"})
    return Response(_ERROR_PAGE.format(title=title).encode(), status, {**headers, "Content-Type": HTML})


def as_json(value: object, status: int = 200) -> Response:
    """``value`` as JSON that nobody may keep."""
    return text(json.dumps(value, ensure_ascii=False).encode(), status, JSON)


def knows(tags: str, etag: str) -> bool:
    """Whether ``If-None-Match`` with these ``tags`` names ``etag``."""
    return tags.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))


def takes_gzip(offers: str) -> bool:
    """Whether the reader named gzip in ``Accept-Encoding`` without weighing it zero (RFC 9110, 12.5.3)."""
    for offer in offers.lower().split(","):
        coding, _, weight = offer.replace(" ", "").partition(";q=")
        if coding == "gzip":
            return weight.strip("0.") != "" or weight == ""
    return False
