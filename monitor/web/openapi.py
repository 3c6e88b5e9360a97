"""The API described for tools (OpenAPI 3.1), from the one table that it is served by."""

from __future__ import annotations

import re
from typing import Any

from monitor.desk.deed import Deed
from monitor.web.api import BASE, CURSOR, LIMIT, NOUNS, Noun, Parameter
from monitor.web.pages import KINDS
from monitor.web.writes import OFFERED, ROOT

_PLACE = re.compile(r"{([a-z]+)}")
_REFUSALS = {
    "400": "a parameter does not fit; every mistake with its pointer",
    "401": "no token, or one that is not good",
    "403": "the token lacks scope read",
    "404": "nothing here that you may see",
}
_WRITES = {
    "400": "no JSON, or no Idempotency-Key",
    "401": "no token, or one that is not good",
    "403": "the token lacks the scope that this needs",
    "404": "there is nothing with this id",
    "409": "not as things stand: a step that is not allowed now",
    "412": "If-Match: it has been changed since",
    "413": "a body over 1 MiB",
    "415": "the body is no application/json",
    "422": "every rule that the body breaks, each with its pointer; or the key was used for something else",
    "503": "the store takes nothing now; nothing was done, Retry-After says when to try again",
}
_ABOUT = "What operators' tools may read, and what people may do by them."
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "a key of the sender's own; the same request with the same key within a day is done once",
    "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
}
_SEEN = {
    "name": "If-Match",
    "in": "header",
    "description": "the ETag of what is changed, as it was read: if it has been changed since, nothing is done",
    "schema": {"type": "string"},
}


def document(version: str) -> dict[str, Any]:
    """The whole description."""
    schemas: dict[str, Any] = {}
    deeds = {ROOT + name: {"post": _post(name, deed, schemas)} for name, deed in OFFERED.items()}
    return {
        "openapi": "3.1.0",
        "info": {"title": "threenines", "version": version, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": {BASE + noun.path: {"get": _get(noun)} for noun in NOUNS} | deeds,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"problem": _PROBLEM} | {_name(noun): _placed(one) for noun, one in schemas.items()},
        },
    }


def _get(noun: Noun) -> dict[str, Any]:
    query = (*noun.query, *((LIMIT, CURSOR) if noun.listed else ()))
    places = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in _PLACE.findall(noun.path)]
    return {
        "operationId": _PLACE.sub(r"\1", noun.path).replace("/", "_"),
        "summary": noun.summary,
        "parameters": [*places, *map(_parameter, query)],
        "responses": {"200": _found(noun), **{status: _refused(why) for status, why in _REFUSALS.items()}},
    }


def _post(name: str, deed: Deed, schemas: dict[str, Any]) -> dict[str, Any]:
    """A deed: its form is the body. ``schemas`` gets what the form refers to."""
    form = _placed(deed.form.schema(schemas))
    changes = any(member.name == "id" for member in deed.form.members)
    done = {"description": "what came of it", "content": {"application/json": {"schema": {"type": "object"}}}}
    return {
        "operationId": name.replace(".", "_"),
        "summary": f"{deed.form.expected.removesuffix(' as an object').capitalize()}: {name.replace('.', ', ')}",
        "parameters": [_KEY, *([_SEEN] if changes else ())],
        "requestBody": {"required": True, "content": {"application/json": {"schema": form}}},
        "responses": {"200": done, "201": done, **{status: _refused(why) for status, why in _WRITES.items()}},
    }


def _placed(schema: Any) -> Any:
    """A schema whose references lead to where the description keeps what they name."""
    if isinstance(schema, list):
        return [_placed(value) for value in schema]
    if not isinstance(schema, dict):
        return schema
    noun = schema.get("$ref", "").removeprefix("#/$defs/")
    return {"$ref": f"#/components/schemas/{_name(noun)}"} if noun else {key: _placed(value) for key, value in schema.items()}


def _name(noun: str) -> str:
    """The name of a schema: OpenAPI wants no spaces in it."""
    return noun.replace(" ", "-")


def _parameter(one: Parameter) -> dict[str, Any]:
    described = f"{one.meaning}; {one.expected}"
    return {"name": one.name, "in": "query", "description": described, "schema": dict(one.schema)}


def _found(noun: Noun) -> dict[str, Any]:
    if noun.file:
        return {"description": noun.summary, "content": {kind.partition(";")[0]: {} for kind in KINDS.values()}}
    thing: dict[str, Any] = {"type": "object"}
    listed = {
        "type": "object",
        "required": ["items", "next_cursor"],
        "additionalProperties": False,
        "properties": {
            "items": {"type": "array", "items": {"type": "object", "required": ["id"]}},
            "next_cursor": {"type": ["string", "null"]},
        },
    }
    return {"description": noun.summary, "content": {"application/json": {"schema": listed if noun.listed else thing}}}


def _refused(why: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/problem"}
    return {"description": why, "content": {"application/problem+json": {"schema": schema}}}


_PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "errors", "request_id"],
    "properties": {
        "type": {"type": "string", "pattern": "^urn:threenines:problem:[a-z-]+$"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "got", "expected"],
                "properties": {name: {"type": "string"} for name in ("pointer", "got", "expected")},
            },
        },
        "request_id": {"type": "string"},
    },
}
