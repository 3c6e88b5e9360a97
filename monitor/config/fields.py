"""The fields of a probe kind out of a check's mapping: the kind's dataclass is the schema."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache, partial
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from monitor.config import texts
from monitor.config.document import Document
from monitor.config.mistake import Mistake, Place, Wrong
from monitor.config.secrets import reference, reveal
from monitor.config.words import said
from probes.probe import Probe, SecretRef

PATTERN_FIELDS = frozenset({"matches"})


@cache
def hints(kind: type[Probe]) -> Mapping[str, tuple[Field[Any], Any]]:
    """The configurable fields of a kind with their types; what the kind computes for itself is left out."""
    found = [item for item in fields(cast(Any, kind)) if item.init]
    # Asked of a bare class: a field called `type` would hide the builtin from the other fields' annotations.
    written = {"__annotations__": {item.name: item.type for item in found}, "__module__": kind.__module__}
    types = get_type_hints(type("Written", (), written))
    return {item.name: (item, types[item.name]) for item in found}


@cache
def _adapter(kind: type[Probe], name: str) -> TypeAdapter[Any]:
    return TypeAdapter(hints(kind)[name][1])


def is_secret(hint: Any) -> bool:
    """Whether a type holds a reference to a secret, in itself or in a field of a class that it names."""
    if is_dataclass(hint) and isinstance(hint, type) and hint is not SecretRef:
        return any(is_secret(part) for part in get_type_hints(hint).values())
    return hint is SecretRef or any(is_secret(part) for part in get_args(hint))


def build(
    kind: type[Probe], given: Mapping[str, Any], document: Document, place: Place, environ: Mapping[str, str]
) -> tuple[Probe | None, list[Mistake]]:
    """The probe that ``given`` describes, or None and every mistake. Unknown keys are the caller's."""
    values: dict[str, Any] = {}
    mistakes: list[Mistake] = []
    for name, (item, hint) in hints(kind).items():
        if name in given:
            value, found = _field(kind, name, hint, given[name], document, (*place, name), environ)
            values[name] = value
            mistakes += found
        elif item.default is MISSING and item.default_factory is MISSING:
            mistakes.append(document.mistake((*place, name), f"is missing, a {kind.kind} check needs it"))
    if mistakes:
        return None, mistakes
    try:
        return kind(**values), []
    except ValueError as error:
        return None, [_own_words(str(error), document, place, hints(kind))]


def _own_words(text: str, document: Document, place: Place, known: Mapping[str, Any]) -> Mistake:
    """A kind's complaint; kinds begin it with the field, perhaps with a place below it (``json[0].pointer: …``)."""
    head, colon, rest = text.partition(": ")
    name = head.partition("[")[0].partition(".")[0]
    if not colon or name not in known:
        return document.mistake(place, text)
    found = document.mistake((*place, name), rest)
    return Mistake(found.file, found.line, found.key_path + head[len(name) :], rest)


def _field(
    kind: type[Probe], name: str, hint: Any, value: Any, document: Document, place: Place, environ: Mapping[str, str]
) -> tuple[Any, list[Mistake]]:
    """One field's value, or the mistakes in it. Secrets are tried out and stay references."""
    mistakes: list[Mistake] = []
    if is_secret(hint):
        value = _referenced(value, hint, document, place, environ, mistakes)
    if mistakes:
        return None, mistakes
    try:
        if name in PATTERN_FIELDS and isinstance(value, str):
            texts.pattern(value)
        # JSON's rules under strict: a list may become a tuple and a text an enum, but "30" never a number.
        return _adapter(kind, name).validate_json(json.dumps(value), strict=True), []
    except Wrong as wrong:
        return None, [document.mistake(place, str(wrong))]
    except ValidationError as error:
        return None, _complaints(error, document, place)


def _referenced(
    value: Any, hint: Any, document: Document, place: Place, environ: Mapping[str, str], mistakes: list[Mistake]
) -> Any:
    """``value`` with each reference to a secret, where the type has one, tried out and in the form of its class.

    What is no reference where one belongs may be the secret itself: it becomes a mistake that does not show it.
    """
    if value is None and type(None) in get_args(hint):
        return None
    hint = _holding(hint)
    inner = partial(_referenced, document=document, environ=environ, mistakes=mistakes)
    if is_dataclass(hint) and hint is not SecretRef and isinstance(value, dict):
        types = get_type_hints(hint)
        return {key: inner(item, types.get(key, str), place=(*place, key)) for key, item in value.items()}
    origin, parts = get_origin(hint), get_args(hint)
    if isinstance(value, list) and origin in (tuple, list):
        return [inner(item, parts[0], place=(*place, number)) for number, item in enumerate(value)]
    if isinstance(value, dict) and origin is not None and issubclass(origin, Mapping):
        return {key: inner(item, parts[-1], place=(*place, key)) for key, item in value.items()}
    if not is_secret(hint) or (is_dataclass(hint) and hint is not SecretRef):
        return value  # of another shape than its type, which the type will say
    try:
        ref = reference(value)
        reveal(ref, environ)
    except Wrong as wrong:
        mistakes.append(document.mistake(place, str(wrong)))
        return None
    return {"text": ref.text}


def _holding(hint: Any) -> Any:
    """Of a union the part that holds a secret; any other type as it is."""
    if get_origin(hint) in (Union, UnionType):
        return next((part for part in get_args(hint) if is_secret(part)), hint)
    return hint


def _complaints(error: ValidationError, document: Document, place: Place) -> list[Mistake]:
    """Pydantic's findings; of a union's branches only the first is told, at the place of the value itself."""
    told: dict[Place, Mistake] = {}
    for item in error.errors(include_input=False, include_url=False):
        here = place
        for step in item["loc"]:
            here = (*here, step) if document.at((*here, step)) is not None else here
        told.setdefault(here, document.mistake(here, said(item, document.at(here))))
    return list(told.values())
