"""The read side of our own API, on the operator listener: bearer token with scope read, problem+json, opaque cursors.

One table says what there is; the routes, the judging of parameters and the OpenAPI document are made from it, so that nothing is
served which is not described.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias, TypeVar

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from monitor.clock import Clock
from monitor.config.configuration import Configuration
from monitor.desk import nouns, people, rollout_nouns, statement_nouns
from monitor.desk.nouns import Question
from monitor.desk.once import tag_of
from monitor.web import replies
from monitor.web.pages import kind_of
from sla import texts
from sla.exclusion import Fault
from sla.span import DAY

T = TypeVar("T")
Read: TypeAlias = Callable[[Callable[[Any], T]], Awaitable[T]]
"""Runs a work on a connection that only reads, beside the event loop."""

BASE = "/api/v1/"
PAGE, MOST = 50, 200
LONGEST_TIMELINE_DAYS = 92
_BEARER = "bearer "


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value that may be asked with: its form in words and as a schema, and what reads it (ValueError: it does not fit)."""

    name: str
    meaning: str
    expected: str
    read: Callable[[str], Any]
    schema: Mapping[str, Any]
    default: Any = None


@dataclass(frozen=True, slots=True)
class Noun:
    """One address below ``BASE`` and what answers it: one thing, a list, or a ``file``. None: what is asked of is not there."""

    path: str
    summary: str
    answer: Callable[[Any, Question], Any]
    listed: bool = True
    query: tuple[Parameter, ...] = ()
    file: bool = False


def _whole(least: int, most: int, text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else least - 1
    if not least <= number <= most:
        raise ValueError("out of range")
    return number


def _number(name: str, meaning: str, most: int, default: int) -> Parameter:
    schema = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    return Parameter(name, meaning, f"integer 1..{most}", partial(_whole, 1, most), schema, default)


def _moment(name: str, meaning: str) -> Parameter:
    return Parameter(name, meaning, "an instant in RFC 3339", texts.until, {"type": "string", "format": "date-time"})


SITE = Parameter("site", "only of one site, by its id", "a text", str, {"type": "string"})
LIMIT = _number("limit", "items in one answer", MOST, PAGE)
CURSOR = Parameter("cursor", "where the list goes on, as the answer before said", "a cursor of ours", str, {"type": "string"})
FROM = _moment("from", "from this instant on; by default 30 days before `to`")
TO = _moment("to", "up to it; by default now")
DAYS = _number("days", "the last so many complete dates", nouns.LONGEST_DAYS, 30)
MONTH = Parameter(
    "month", "a month instead of days", "a month like 2026-06", texts.month_dates, {"type": "string", "pattern": r"^\d{4}-\d\d$"}
)
WAVE = Parameter(
    "wave",
    "which wave; by default the next",
    "integer 1..99",
    partial(_whole, 1, 99),
    {"type": "integer", "minimum": 1, "maximum": 99},
)
VERSION = "{site}/{period}/{version}"
NOUNS = (
    Noun("sites", "All configured sites", nouns.sites),
    Noun("sites/{site}", "One site with its agreement", nouns.site, listed=False),
    Noun("sites/{site}/components", "Its parts, and who answers for each", nouns.components),
    Noun("sites/{site}/timeline", "The confirmed changes of its checks", nouns.timeline, query=(FROM, TO)),
    Noun("sites/{site}/figures", "Its figures, exactly, as a statement's public result", nouns.figures, False, (DAYS, MONTH)),
    Noun("incidents", "What was told of troubles", nouns.every_incident, query=(SITE,)),
    Noun("incidents/{id}", "One incident", nouns.incident, listed=False),
    Noun("exclusions", "What is left out, or is wanted to be", nouns.every_exclusion, query=(SITE,)),
    Noun("exclusions/{id}", "One exclusion", nouns.exclusion, listed=False),
    Noun("maintenances", "Announced maintenance", nouns.maintenances, query=(SITE,)),
    Noun("maintenances/{id}", "One maintenance with all its steps", nouns.maintenance_steps, listed=False),
    Noun("statements", "Every version of every published statement", statement_nouns.every_statement, query=(SITE,)),
    Noun(f"statements/{VERSION}", "One version, with its differences and files", statement_nouns.statement_version, False),
    Noun(f"statements/{VERSION}/{{name}}", "One of its files", statement_nouns.statement_file, listed=False, file=True),
    Noun("contacts", "Whom mails go to", nouns.contacts, query=(SITE,)),
    Noun("notices", "The outbox: what became of the newest letters", nouns.notices),
    Noun("rollouts", "Releases on their way, wave by wave", rollout_nouns.every_rollout),
    Noun("rollouts/{id}", "One rollout", rollout_nouns.rollout, listed=False),
    Noun("rollouts/{id}/gate", "Whether a wave may begin, with every reason", rollout_nouns.rollout_gate, False, (WAVE,)),
    Noun("releases", "Releases with their notes", rollout_nouns.every_release),
    Noun("releases/{version}", "One release by its version", rollout_nouns.release, listed=False),
    Noun("audit", "Who did what, when and by what right", nouns.audit),
)


class Refusal(Exception):
    """An answer that is no answer: the status, the rule's name, and every mistake with its pointer."""

    def __init__(self, status: int, slug: str, detail: str, errors: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__(detail)
        self.status, self.slug, self.detail, self.errors = status, slug, detail, errors


@dataclass(frozen=True, slots=True)
class Api:
    """What the API stands on: how the store is read, the configuration in force, the clock."""

    read: Read[Any]
    configuration: Callable[[], Configuration]
    clock: Clock

    def routes(self) -> list[Route]:
        """Everything below ``BASE`` that only operators read."""
        return [Route(BASE + noun.path, self._answering(noun), methods=["GET"]) for noun in NOUNS]

    def _answering(self, noun: Noun) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                return await self._answer(noun, request)
            except Refusal as refusal:
                return problem(refusal)

        return answer

    async def _answer(self, noun: Noun, request: Request) -> Response:
        await self.admitted(request, "read")
        values = _values(noun, request)
        question = Question(self.configuration(), self.clock(), _completed(values, self.clock()))
        found = await self.read(lambda connection: noun.answer(connection, question))
        if found is None:
            raise Refusal(404, "not-found", "there is nothing here that you may see")
        if noun.listed:
            return _page(found, values, request)
        if noun.file:
            told = {"Content-Disposition": f'attachment; filename="{found.name}"'}
            return replies.text(found.content, content_type=kind_of(found.name), headers=told)
        answer = replies.as_json(found)
        answer.headers["ETag"] = tag_of(found)
        return answer

    async def admitted(self, request: Request, scope: str | None) -> str:
        """The good token that came along, with ``scope`` if that is named. Raises Refusal."""
        given = request.headers.get("authorization", "")
        secret = given[len(_BEARER) :].strip() if given.lower().startswith(_BEARER) else ""
        if not secret:
            raise Refusal(401, "token", "a bearer token is needed; `threenines web token new --scope read` makes one")
        person = await self.read(lambda connection: people.by_token(connection, secret, self.clock()))
        if isinstance(person, Fault):
            raise Refusal(401, "token", person.message)
        if scope is not None and scope not in person.scopes:
            raise Refusal(403, "scope", f"the token lacks scope {scope}")
        return secret


def _values(noun: Noun, request: Request) -> dict[str, Any]:
    """The values of all parameters, or every mistake in them."""
    known = {one.name: one for one in (*noun.query, *((LIMIT, CURSOR) if noun.listed else ()))}
    errors = []
    values: dict[str, Any] = {one.name: one.default for one in known.values()}
    for name, text in request.query_params.multi_items():
        if name not in known:
            expected = ", ".join(known) or "no parameter"
            errors.append({"pointer": f"/query/{name[:80]}", "got": text[:80], "expected": f"one of {expected}"})
            continue
        try:
            values[name] = known[name].read(text)
        except ValueError:
            errors.append({"pointer": f"/query/{name}", "got": text[:80], "expected": known[name].expected})
    if errors:
        raise Refusal(400, "bad-parameter", "the query has mistakes", errors)
    return {**values, **request.path_params}


def _completed(values: dict[str, Any], now: int) -> dict[str, Any]:
    """The span of a timeline, where it is not said."""
    if "from" not in values:
        return values
    end = now if values["to"] is None else values["to"]
    start = end - 30 * DAY if values["from"] is None else values["from"]
    if not 0 < end - start <= LONGEST_TIMELINE_DAYS * DAY:
        got = f"{texts.instant_text(max(0, start))} to {texts.instant_text(end)}"
        error = {"pointer": "/query/to", "got": got, "expected": f"after from, at most {LONGEST_TIMELINE_DAYS} days later"}
        raise Refusal(400, "bad-parameter", "the span does not fit", [error])
    return {**values, "from": max(0, start), "to": end}


def _page(found: Sequence[Mapping[str, Any]], values: Mapping[str, Any], request: Request) -> Response:
    """A part of a list, newest first; the cursor names the last item of it, so that new items shift nothing."""
    first = 0
    if values["cursor"] is not None:
        last = _named(values["cursor"])
        places = [place for place, item in enumerate(found) if item["id"] == last]
        if not places:
            error = {"pointer": "/query/cursor", "got": values["cursor"][:80], "expected": CURSOR.expected}
            raise Refusal(400, "bad-parameter", "the cursor is none of this list", [error])
        first = places[0] + 1
    items = found[first : first + values["limit"]]
    more = first + len(items) < len(found)
    cursor = base64.urlsafe_b64encode(str(items[-1]["id"]).encode()).decode() if more else None
    answer = replies.as_json({"items": list(items), "next_cursor": cursor})
    if cursor:
        answer.headers["Link"] = f'<{request.url.include_query_params(cursor=cursor)}>; rel="next"'
    return answer


def _named(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor.encode("ascii")).decode()
    except (binascii.Error, ValueError):
        return ""


def problem(refusal: Refusal) -> Response:
    """The refusal as RFC 9457 says."""
    body = {
        "type": f"urn:threenines:problem:{refusal.slug}",
        "title": refusal.slug.replace("-", " ").capitalize(),
        "status": refusal.status,
        "detail": refusal.detail,
        "errors": list(refusal.errors),
        "request_id": secrets.token_hex(8),
    }
    answer = replies.text(json.dumps(body, ensure_ascii=False).encode(), refusal.status, "application/problem+json")
    if refusal.status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer
