"""The JSON Schema (draft 2020-12) of the main and the site file, for editors; made of the same models that judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING
from typing import Any

from pydantic import TypeAdapter

from monitor.config import fields
from monitor.config.schema import CheckText, MainText, SiteText
from probes.probe import Probe

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_REFERENCE = {"type": "string", "pattern": "^(env:[A-Za-z_][A-Za-z0-9_]{0,127}|file:/.+)$"}
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
    properties = {**common["properties"], "kind": {"const": kind.kind}}
    required = list(common["required"])
    for name, (item, hint) in fields.hints(kind).items():
        written: dict[str, Any] = TypeAdapter(hint).json_schema()
        named = written.pop("$defs", {})
        definitions.update(named | ({"SecretRef": _REFERENCE} if "SecretRef" in named else {}))
        properties[name] = written
        if item.default is MISSING and item.default_factory is MISSING:
            required.append(name)
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
