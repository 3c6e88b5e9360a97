"""Where customers ask for a change: a form on their own page, sent without a script. Whoever has the page's address may ask.

A form counts only if it was sent from the page itself and carries a token of ours; what it says is judged elsewhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.clock import Stopwatch
from monitor.desk.asking import Fields
from monitor.store.engine import StoreFailed, StoreFull
from monitor.web import replies
from monitor.web.crowd import WINDOW_S, Crowd, client_of

MAX_BODY = 48 << 10
"""Bytes of a form: 4,000 characters take 36 kB at most once they are escaped."""
MAX_FIELDS = 500
"""A site has some dozens of components to choose from."""
FORMS_PER_MIN = 10
"""Forms from one address, and on one page, in a minute: a person who corrects mistakes sends two or three."""
RETRY_S = 60
_FORM = "application/x-www-form-urlencoded"


class Front(Protocol):
    """Who shows the form and takes it. ``root`` is the page's path, ``folder`` that of the language below it."""

    def known(self, root: str, folder: str) -> bool:
        """Whether there is such a page in such a language."""

    def form(self, root: str, folder: str) -> bytes:
        """An empty form."""

    async def ask(self, root: str, folder: str, fields: Fields) -> bytes | None:
        """Take what was filled in; the form once more with what is wrong, or None once it is kept and on the page.

        Raises StoreFull or StoreFailed; then nothing was kept.
        """

    def refusal(self, root: str, folder: str, status: int) -> bytes:
        """The page that says why a form was not looked at."""


def asking_routes(front: Front, monotonic: Stopwatch, behind_proxy: bool) -> list[Route]:
    """``GET`` and ``POST`` of ``/p/<key>/request.html`` in every language."""
    crowd = Crowd(monotonic, FORMS_PER_MIN)

    async def answer(request: Request) -> Response:
        root, folder = f"/p/{request.path_params['key']}/", _folder(request.path_params.get("language"))
        if not front.known(root, folder):
            raise HTTPException(404)
        if request.method != "POST":
            return replies.form(await asyncio.to_thread(front.form, root, folder))
        try:
            _unless_crowded(crowd, root, client_of(request, behind_proxy))
            _unless_foreign(request.headers)
            again = await front.ask(root, folder, _fields(await _body(request)))
        except HTTPException as refused:
            page = front.refusal(root, folder, refused.status_code)
            return replies.form(page, refused.status_code, refused.headers or {})
        except (StoreFull, StoreFailed):
            return replies.form(front.refusal(root, folder, 503), 503, {"Retry-After": str(RETRY_S)})
        if again is not None:
            return replies.form(again, 422)
        return replies.form(b"", 303, {"Location": "./#requests"})

    paths = ("/p/{key}/request.html", "/p/{key}/{language}/request.html")
    return [Route(path, answer, methods=["GET", "POST"]) for path in paths]


def _folder(language: str | None) -> str:
    return f"{language}/" if language else ""


def _unless_crowded(crowd: Crowd, root: str, address: str) -> None:
    """Raises HTTPException 429 for too many forms on one page or from one address."""
    # both are counted: neither must hide the other
    if any([crowd.crowd(root), crowd.crowd(address)]):
        raise HTTPException(429, headers={"Retry-After": str(int(WINDOW_S))})


def _unless_foreign(headers: Mapping[str, str]) -> None:
    """Raises HTTPException 403 for a form that another site sent, or a reader that doesn't say which.

    Browsers say it themselves since 2023 where the page is secure; else the origin is compared with the host that was asked.
    """
    site, origin = headers.get("sec-fetch-site"), headers.get("origin", "")
    if site != "same-origin" if site else urlsplit(origin).netloc != headers.get("host"):
        raise HTTPException(403)


async def _body(request: Request) -> bytes:
    """The form as it was sent. Raises HTTPException 400 for what is none, 413 for more than one has."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise HTTPException(400)
    data = b""
    try:
        async for piece in request.stream():
            data += piece
            if len(data) > MAX_BODY:
                raise HTTPException(413)
    except ClientDisconnect:
        raise HTTPException(400) from None
    return data


def _fields(body: bytes) -> Fields:
    """The fields by name. Raises HTTPException 400 for bytes that are no form."""
    try:
        return parse_qs(body.decode("ascii"), encoding="utf-8", errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError:
        raise HTTPException(400) from None
