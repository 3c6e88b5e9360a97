"""The forms of subscribers beside every served page: a GET shows, only a POST changes; mail scanners may follow all links."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Protocol
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.clock import Stopwatch
from monitor.config.mistake import Wrong
from monitor.config.texts import email
from monitor.store.engine import StoreFailed, StoreFull
from monitor.store.subscribers import KINDS, Subscriber, Wish
from monitor.web import replies
from monitor.web.crowd import WINDOW_S, Crowd, client_of
from monitor.web.pages import HTML, root_of
from reports import subscribe_page
from reports.languages import CATALOGUES
from reports.subscribe_page import Board, Choice, View

FORMS_PER_MIN = 10
"""Forms from one client address: a person needs one or two."""
MAX_FORM = 32 << 10
"""Bytes of a form: 26 for each chosen entry and its name."""
MAX_ENTRIES = 500
_KEPT_BY_NOBODY = {**replies.FORMS, "Cache-Control": "private, no-store", "X-Robots-Tag": "noindex, nofollow"}


class Desk(Protocol):
    """What the forms need of the subscriptions."""

    def board(self, root: str) -> Board | None:
        """What the forms of a page show; None: it has none."""

    def ask(self, wish: Wish) -> bool:
        """Take a wish; False: too many wait."""

    async def confirm(self, root: str, token: str) -> bool:
        """Confirm a wish; False: nothing waits for that token."""

    async def find(self, root: str, shown: str) -> Subscriber | None:
        """Whose pass it is."""

    async def change(self, root: str, shown: str, kinds: Collection[str], entries: Collection[str]) -> bool:
        """Keep another choice; False: the pass opens nothing."""

    async def leave(self, root: str, shown: str) -> bool:
        """End it; False: the pass opens nothing."""


Fields = list[tuple[str, str]]


class _Forms:
    """One GET and one POST for each of the four pages; each works for one page and one language."""

    def __init__(self, desk: Desk, monotonic: Stopwatch, behind_proxy: bool) -> None:
        self._desk, self._behind_proxy = desk, behind_proxy
        self._clients = Crowd(monotonic, FORMS_PER_MIN)

    async def subscribe(self, request: Request) -> Response:
        board, root, language = self._board(request)
        if request.method != "POST":
            return _page(board, subscribe_page.sign_up(Choice(KINDS)), language)
        if self._clients.crowd(client_of(request, self._behind_proxy)):
            return _crowded(board, language)
        fields = await _fields(request)
        choice, typed = _choice(fields, board), _one(fields, "address").strip()
        try:
            address = email(typed).lower()
        except Wrong:
            return _page(board, subscribe_page.sign_up(choice, typed[:254], "address"), language, 422)
        if not choice.kinds:
            return _page(board, subscribe_page.sign_up(choice, typed, "kinds"), language, 422)
        wish = Wish(root, "mail", address, language, tuple(choice.kinds), tuple(choice.entries))
        return _page(board, subscribe_page.asked(), language) if self._desk.ask(wish) else _crowded(board, language)

    async def confirm(self, request: Request) -> Response:
        board, root, language = self._board(request)
        if request.method != "POST":
            return _page(board, subscribe_page.confirming(_shown(request, "t")), language)
        done = await self._desk.confirm(root, _one(await _fields(request), "t"))
        return _came_of(board, "confirmed", done, language)

    async def manage(self, request: Request) -> Response:
        board, root, language = self._board(request)
        if request.method != "POST":
            shown = _shown(request, "s")
            one = await self._desk.find(root, shown)
            if one is None:
                return _came_of(board, "gone", False, language)
            return _page(board, subscribe_page.managing(shown, Choice(one.wish.kinds, one.wish.entries)), language)
        fields = await _fields(request)
        shown, choice = _one(fields, "s"), _choice(fields, board)
        if not choice.kinds:
            return _page(board, subscribe_page.managing(shown, choice, "kinds"), language, 422)
        return _came_of(board, "changed", await self._desk.change(root, shown, choice.kinds, choice.entries), language)

    async def leave(self, request: Request) -> Response:
        """The POST of a mail program's own button has its pass in the address, that of our page in the form."""
        board, root, language = self._board(request)
        if request.method != "POST":
            return _page(board, subscribe_page.leaving(_shown(request, "s")), language)
        shown = _one(await _fields(request), "s") or _shown(request, "s")
        return _came_of(board, "left", await self._desk.leave(root, shown), language)

    def _board(self, request: Request) -> tuple[Board, str, str]:
        """The page that a form belongs to, its root and language. Raises HTTPException 404 for any other address."""
        root = root_of(request.scope["path"])
        board, folder = self._desk.board(root), request.path_params.get("language", "")
        if board is None or (folder and (folder not in CATALOGUES or folder == board.language)):
            raise HTTPException(404)
        return board, root, folder or board.language


def forms(desk: Desk, monotonic: Stopwatch, behind_proxy: bool = False) -> list[Route]:
    """The routes of the forms: below the public page and below every customer's, in each language."""
    own = _Forms(desk, monotonic, behind_proxy)
    named: dict[str, Callable[[Request], Awaitable[Response]]] = {
        "subscribe": own.subscribe,
        "confirm": own.confirm,
        "manage": own.manage,
        "leave": own.leave,
    }
    homes = ("/", "/{language:str}/", "/p/{key:str}/", "/p/{key:str}/{language:str}/")
    return [Route(home + name, _kept(work), methods=["GET", "POST"]) for name, work in named.items() for home in homes]


def _kept(work: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """``work``, which says so if nothing can be kept now."""

    async def answered(request: Request) -> Response:
        try:
            return await work(request)
        except (StoreFull, StoreFailed):
            raise HTTPException(503, headers={"Retry-After": "5"}) from None

    return answered


def _came_of(board: Board, what: str, done: bool, language: str) -> Response:
    return _page(board, subscribe_page.done(what if done else "gone"), language, 200 if done else 404)


def _crowded(board: Board, language: str) -> Response:
    answer = _page(board, subscribe_page.done("crowded"), language, 429)
    answer.headers["Retry-After"] = str(int(WINDOW_S))
    return answer


def _page(board: Board, view: View, language: str, status: int = 200) -> Response:
    return replies.text(subscribe_page.render(board, view, language), status, HTML, _KEPT_BY_NOBODY)


def _choice(fields: Fields, board: Board) -> Choice:
    """What is ticked, of what there is. Who ticks every entry means all, also those that come later."""
    ticked = {value for name, value in fields if name == "entry[]"}
    entries = tuple(key for key in board.entries if key in ticked)
    kinds = {value for name, value in fields if name == "kind[]"}
    return Choice(tuple(kind for kind in KINDS if kind in kinds), () if len(entries) == len(board.entries) else entries)


def _one(fields: Fields, wanted: str) -> str:
    return next((value for name, value in fields if name == wanted), "")


def _shown(request: Request, name: str) -> str:
    return request.query_params.get(name, "")[:200]


async def _fields(request: Request) -> Fields:
    """A form as its fields. Raises HTTPException 415 for another kind of body, 413 for too much, 400 for what is no form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise HTTPException(415)
    data = b""
    try:
        async for piece in request.stream():
            data += piece
            if len(data) > MAX_FORM:
                raise HTTPException(413)
        return parse_qsl(data.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_ENTRIES)
    except (ClientDisconnect, ValueError):
        raise HTTPException(400) from None
