"""The write side of our API: a route a deed, made from the desk's own table, for holders of tokens.

A request carries an ``Idempotency-Key``: sent again it is answered again and done once. With ``If-Match`` it is done only if what
it changes still reads as its sender saw it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.desk.deed import Deed, Reply
from monitor.desk.deeds import DEEDS
from monitor.desk.deeds import Request as Asked
from monitor.desk.once import Posted
from monitor.store.engine import StoreError
from monitor.web import replies
from monitor.web.api import BASE, Api, Refusal, problem
from sla.exclusion import Fault

Post: TypeAlias = Callable[[Posted], Awaitable[Reply]]
"""Does a deed once, and renews the pages that it changes before it answers."""

ROOT = f"{BASE}deeds/"
HOST_ONLY = frozenset({"token.new", "token.revoke"})
"""Made on the host alone: their answer is a secret, which must not be kept to be given again."""
OFFERED: Mapping[str, Deed] = {name: deed for name, deed in DEEDS.items() if name not in HOST_ONLY}
MOST_BYTES, DEEPEST = 1 << 20, 16
PLACES = {"exclusion": "exclusions", "incident": "incidents", "maintenance": "maintenances"}
"""Where what came of a deed can be read, by its name in the reply."""
STATUS = {"token": 401, "scope": 403, "illegal-step": 409, "still-down": 409, "if-match": 412}
_UNKNOWN = frozenset(f"unknown-{what}" for what in PLACES)
_KEY = re.compile(r"[!-~]{1,200}")


@dataclass(frozen=True, slots=True)
class Writes:
    """What people may do over the API: who may come in at all, and what does it."""

    api: Api
    post: Post

    def routes(self) -> list[Route]:
        """One address a deed."""
        return [Route(ROOT + name, self._doing(name), methods=["POST"]) for name in OFFERED]

    def _doing(self, name: str) -> Callable[[Request], Awaitable[Response]]:
        async def do(request: Request) -> Response:
            try:
                secret = await self.api.admitted(request, None)
                posted = Posted(Asked(name, await _body(request), "", secret), _key(request), request.headers.get("if-match"))
                return _told(await self.post(posted), name)
            except StoreError as fault:
                answer = problem(Refusal(503, "storage", f"nothing was done: {fault}"))
                answer.headers["Retry-After"] = "5"
                return answer
            except Refusal as refusal:
                return problem(refusal)

        return do


def status_of(faults: tuple[Fault, ...]) -> int:
    """The status that says it first: who asks, before what is asked, before how."""
    return min(404 if fault.code in _UNKNOWN and fault.member == ("id",) else STATUS.get(fault.code, 422) for fault in faults)


def _told(reply: Reply, name: str) -> Response:
    if reply.faults:
        status = status_of(reply.faults)
        first = next(fault for fault in reply.faults if status_of((fault,)) == status)
        errors = [{"pointer": _pointer(fault), "got": fault.got, "expected": fault.expected} for fault in reply.faults]
        raise Refusal(status, first.code, "; ".join(fault.message for fault in reply.faults), errors)
    noun = name.partition(".")[0]
    made, changes = reply.document.get(noun), any(member.name == "id" for member in OFFERED[name].form.members)
    if changes or noun not in PLACES or not isinstance(made, dict):
        return replies.as_json(reply.document)
    answer = replies.as_json(reply.document, 201)
    answer.headers["Location"] = f"{BASE}{PLACES[noun]}/{made['id']}"
    return answer


def _pointer(fault: Fault) -> str:
    """A JSON Pointer into the body (RFC 6901), or the header by its name."""
    if fault.code in ("if-match", "idempotency-key"):
        return f"/header/{fault.member[0]}"
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in fault.member)


def _key(request: Request) -> str:
    key = request.headers.get("idempotency-key", "")
    if not _KEY.fullmatch(key):
        expected = "1 to 200 printable characters without spaces"
        error = {"pointer": "/header/Idempotency-Key", "got": key[:80], "expected": expected}
        raise Refusal(400, "idempotency-key", "a request carries a key of its own, the same when it is sent again", [error])
    return key


async def _body(request: Request) -> Any:
    """The JSON value that was sent. Raises Refusal."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(415, "media-type", f"the body is application/json, got {kind[:80] or 'nothing'}")
    data = b""
    async for piece in request.stream():
        data += piece
        if len(data) > MOST_BYTES:
            raise Refusal(413, "too-large", f"a body has at most {MOST_BYTES} bytes")
    try:
        value = json.loads(data.decode(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refusal(400, "not-json", "the body is no JSON in UTF-8") from None
    if _deep(value) > DEEPEST:
        raise Refusal(422, "too-deep", f"a body has at most {DEEPEST} levels")
    return value


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")


def _deep(value: Any) -> int:
    """How many levels ``value`` has, as far as that matters."""
    level, found = [value], 0
    while level and found <= DEEPEST:
        found += 1
        level = [
            inner for one in level if isinstance(one, dict | list) for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return found
