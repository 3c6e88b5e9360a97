"""The JSON Schemas (draft 2020-12) of cases and results, made of the same tables that read and write them."""

from __future__ import annotations

from typing import Any

from sla.forms import Schema
from sla.mistake import CODES, SHOWN
from sla.printing import ROWS
from sla.reading import BATCH, CASE

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_HASH = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_ID = {"type": ["string", "null"]}


def case_schema() -> Schema:
    """What a file holds: a case or a batch of cases. What members say of one another, a schema cannot tell."""
    named: dict[str, Schema] = {}
    one_of = [CASE.schema(named), BATCH.schema(named)]
    return {"$schema": DRAFT, "title": "threenines-case/1", "oneOf": one_of, "$defs": dict(sorted(named.items()))}


def result_schema() -> Schema:
    """What one line of the output holds: a result by the kind of its query, or the mistakes of a case that is refused."""
    results = [_object(_result(kind, {row.name: row.kind.schema for row in rows})) for kind, rows in ROWS.values()]
    return {"$schema": DRAFT, "title": "threenines-case/1 result", "oneOf": [*results, _object(_refused())]}


def _result(kind: str, members: dict[str, Any]) -> dict[str, Any]:
    text = {"type": "string"}
    made = {"hypothetical": {"type": "boolean"}, "engine": text, "tzdata": text, "input_sha256": _HASH}
    return {"id": _ID, "kind": {"const": kind}, **members, **made}


def _refused() -> dict[str, Any]:
    text = {"type": "string"}
    mistake = {
        "pointer": {"type": "string", "pattern": "^(/.*)?$"},
        "code": {"enum": list(CODES)},
        "message": text,
        "got": {"type": "string", "maxLength": SHOWN},
        "expected": text,
    }
    return {"id": _ID, "errors": {"type": "array", "items": _object(mistake), "minItems": 1}}


def _object(members: dict[str, Any]) -> Schema:
    return {"type": "object", "properties": members, "required": list(members), "additionalProperties": False}
