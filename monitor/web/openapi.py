"""The API described for tools (OpenAPI 3.1), from the one table that it is served by."""

from __future__ import annotations

import re
from typing import Any

from monitor.web.api import BASE, CURSOR, LIMIT, NOUNS, Noun, Parameter

_PLACE = re.compile(r"{([a-z]+)}")
_REFUSALS = {
    "400": "a parameter does not fit; every mistake with its pointer",
    "401": "no token, or one that is not good",
    "403": "the token lacks scope read",
    "404": "nothing here that you may see",
}


def document(version: str) -> dict[str, Any]:
    """The whole description."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "threenines", "version": version, "description": "What operators' tools may read."},
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": {BASE + noun.path: {"get": _get(noun)} for noun in NOUNS},
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"problem": _PROBLEM},
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


def _parameter(one: Parameter) -> dict[str, Any]:
    described = f"{one.meaning}; {one.expected}"
    return {"name": one.name, "in": "query", "description": described, "schema": dict(one.schema)}


def _found(noun: Noun) -> dict[str, Any]:
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
