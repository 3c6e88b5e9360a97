"""The JSON Schema (draft 2020-12) of the main and the site file, for editors; made of the same models that judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING
from typing import Any, get_origin

from pydantic import TypeAdapter

from monitor.config import fields
from monitor.config.schema import CheckText, MainText, SiteText
from monitor.config.words import bare
from probes.probe import Duration, Probe

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE = {"type": "string", "pattern": "^(env:[A-Za-z_][A-Za-z0-9_]{0,127}|file:/.+)$"}
_DURATION = {"type": "string", "pattern": "^[0-9]{1,9}(ms|s|m|h|d)$", "examples": ["30s"]}
_NODE = {"$ref": "#/$defs/Node"}
_NODES = {"type": "array", "items": _NODE, "minItems": 1}


def schema(kinds: Mapping[str, type[Probe]], site: bool = False) -> dict[str, Any]:
    """The schema of the main file, or with ``site`` of a site file including the fields of every kind."""
    if not site:
        return {"$schema": DRAFT, "title": "threenines main file", **_plain(MainText.model_json_schema())}
    whole = SiteText.model_json_schema()
    definitions = whole.setdefault("$defs", {})
    definitions["Node"] = _node()
    whole["properties"]["composition"] = _NODE
    for name, kind in kinds.items():
        definitions[f"Check_{name}"] = _check(kind, definitions)
    branches = [{"$ref": f"#/$defs/Check_{name}"} for name in kinds]
    whole["properties"]["checks"]["items"] = {"oneOf": branches} if branches else {"type": "object"}
    return {"$schema": DRAFT, "title": "threenines site file", **_plain(whole)}


def _plain(whole: dict[str, Any]) -> dict[str, Any]:
    """Without the model's own name."""
    return {key: value for key, value in whole.items() if key != "title"}


def _node() -> dict[str, Any]:
    """A composition."""
    count = {"type": "integer", "minimum": 1}
    return {
        "oneOf": [
            {"type": "string"},
            _form({"all": _NODES}),
            _form({"at_least": count, "of": _NODES}),
            _form({"down_when": count, "of": _NODES}),
            _form({"degrading": _NODE}),
        ]
    }


def _form(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _check(kind: type[Probe], definitions: dict[str, Any]) -> dict[str, Any]:
    """What every check has and the fields of one kind; what these name is put into ``definitions``."""
    common = CheckText.model_json_schema()
    own, required = _fields(kind, definitions)
    properties = {**common["properties"], "kind": {"const": kind.kind}, **own}
    return _mapping(properties, [*common["required"], *required])


def _fields(owner: fields.Record, definitions: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The fields of a kind or of a part of one, and which of them must be there."""
    properties, required = {}, []
    for name, (item, hint) in fields.hints(owner).items():
        properties[name] = _field(hint, definitions)
        if item.default is MISSING and item.default_factory is MISSING:
            required.append(name)
    return properties, required


def _field(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    if (part := fields.part_of(hint)) is not None:
        one = _mapping(*_fields(part, definitions))
        return {"type": "array", "items": one} if get_origin(bare(hint)) is tuple else one
    if fields.is_secret(hint):
        one = dict(_REFERENCE)
        return {"type": "object", "additionalProperties": one} if get_origin(bare(hint)) is Mapping else one
    if bare(hint) is Duration:
        return dict(_DURATION)
    written: dict[str, Any] = TypeAdapter(hint).json_schema()
    definitions.update(written.pop("$defs", {}))
    return written


def _mapping(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
