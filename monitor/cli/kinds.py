"""Probe kinds on a terminal: which there are, and what each is told: its page, its fields, an example."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import MISSING, Field
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from monitor.config import document
from monitor.config.arguments import bare, item_of
from monitor.config.fields import hints
from monitor.config.texts import duration_text
from probes.probe import Duration, Probe, SecretRef
from probes.registry import page

UNITS = {"_ms": "milliseconds", "_s": "seconds", "_days": "days", "_bytes": "bytes"}
PLAIN = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Duration: "duration",
    SecretRef: "env:NAME or file:/path",
}
BY_FILE = ("id", "component", "kind")
"""What a check needs in a file and not for one look."""


def listed(kinds: Mapping[str, type[Probe]]) -> str:
    """Every kind with the first sentence of its page."""
    width = max(map(len, kinds), default=0)
    lines = [f"  {name:{width}}  {page(kind).strip().splitlines()[0]}" for name, kind in kinds.items()]
    return "\n".join([*lines, "", "`threenines check --kind KIND` shows the fields of one."])


def described(kind: type[Probe]) -> str:
    """One kind: its page, its fields with type, unit and default, and an example that can be run."""
    text, _, example = page(kind).strip().partition("```yaml\n")
    rows = [(name, _type_of(name, hint), _default(item, hint)) for name, (item, hint) in hints(kind).items()]
    rows += [
        ("deadline", "duration", f"{kind.defaults.deadline_s:g}s"),
        ("slow_ms", "milliseconds", _or_dash(kind.defaults.slow_ms)),
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"  {name:{widths[0]}}  {what:{widths[1]}}  {default}".rstrip() for name, what, default in rows]
    shown = ["", "Example:", f"  {command(example)}"] if example else []
    return "\n".join([f"{kind.kind}: {text.strip()}", "", "Fields, each as field=value:", *lines, *shown])


def command(example: str) -> str:
    """The example of a kind's page, a check in YAML, as one look on the command line."""
    check, *_ = document.read("", example.partition("```")[0].encode()).value
    said = [f"{name}={_word(value)}" for name, value in check.items() if name not in BY_FILE]
    return shlex.join(["threenines", "check", "--kind", check["kind"], *said])


def _word(value: Any) -> str:
    """A value as it is written behind the equals sign."""
    if isinstance(value, list) and all(isinstance(item, str | int) and "," not in str(item) for item in value):
        return ",".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value)


def _type_of(name: str, hint: Any) -> str:
    """A field's type in words, with the unit that its name ends in."""
    item = item_of(hint)
    if item is not None:
        return f"list of {_type_of('', item)}"
    plain = bare(hint)
    if get_origin(plain) in (Union, UnionType):
        return " or ".join(_type_of("", part) for part in get_args(plain))
    if get_origin(plain) is Literal:
        return " | ".join(map(str, get_args(plain)))
    unit = next((unit for end, unit in UNITS.items() if name.endswith(end)), None)
    return unit or PLAIN.get(plain, "JSON mapping")


def _default(item: Field[Any], hint: Any) -> str:
    """A field's default as it would be written; ``required`` where there is none."""
    if bare(hint) is Duration and isinstance(item.default, int):
        return duration_text(item.default)
    if item.default is not MISSING:
        return _or_dash(item.default)
    return "required" if item.default_factory is MISSING else _or_dash(item.default_factory())


def _or_dash(value: Any) -> str:
    """A default in the words of the command line; a dash where nothing is asked by default."""
    if value is None or value == () or isinstance(value, Mapping):
        return "-"
    return _word(list(value)) if isinstance(value, tuple) else _word(value)
