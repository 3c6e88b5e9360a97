"""The fields of a probe kind out of a check's mapping: the kind's dataclass is the schema, and so are those it is made of."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import Any, TypeAlias, cast, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from monitor.config import texts
from monitor.config.document import Document
from monitor.config.mistake import Mistake, Place, Wrong, shown
from monitor.config.secrets import reference, reveal
from monitor.config.words import bare, said, unknown_key
from probes.probe import Duration, Probe, SecretRef

Record: TypeAlias = Callable[..., Any]
"""A dataclass that a mapping is read as: a kind, or a part of one."""

PATTERN_FIELDS = frozenset({"matches"})


@cache
def hints(kind: Record) -> Mapping[str, tuple[Field[Any], Any]]:
    """The configurable fields of a kind, or of a part of one, with their types; what it computes for itself is left out."""
    found = [item for item in fields(cast(Any, kind)) if item.init]
    # Asked of a bare class: a field called `type` would hide the builtin from the other fields' annotations.
    written = {"__annotations__": {item.name: item.type for item in found}, "__module__": kind.__module__}
    types = get_type_hints(type("Written", (), written))
    return {item.name: (item, types[item.name]) for item in found}


@cache
def _adapter(owner: Record, name: str) -> TypeAdapter[Any]:
    return TypeAdapter(hints(owner)[name][1])


def is_secret(hint: Any) -> bool:
    """Whether a type holds a reference to a secret."""
    return hint is SecretRef or any(is_secret(part) for part in get_args(hint))


def part_of(hint: Any) -> Record | None:
    """The dataclass that a mapping of this type is read as, also one in a list; None if it is read as it stands."""
    inner = bare(hint)
    if get_origin(inner) is tuple:
        return part_of(get_args(inner)[0])
    return inner if isinstance(inner, type) and is_dataclass(inner) and inner is not SecretRef else None


def build(
    kind: type[Probe], given: Mapping[str, Any], document: Document, place: Place, environ: Mapping[str, str]
) -> tuple[Probe | None, list[Mistake]]:
    """The probe that ``given`` describes, or None and every mistake. Unknown keys are the caller's."""
    return _Reader(document, environ).made(kind, f"a {kind.kind} check needs it", given, place)


class _Reader:
    """Reads mappings of one document as dataclasses."""

    def __init__(self, document: Document, environ: Mapping[str, str]) -> None:
        self._document, self._environ = document, environ

    def made(self, owner: Record, needed: str, given: Mapping[str, Any], place: Place) -> tuple[Any, list[Mistake]]:
        """An ``owner``, or None and every mistake; ``needed`` says who misses a field that is not there."""
        values: dict[str, Any] = {}
        mistakes: list[Mistake] = []
        for name, (item, hint) in hints(owner).items():
            if name in given:
                values[name], found = self._field(owner, name, hint, given[name], (*place, name))
                mistakes += found
            elif item.default is MISSING and item.default_factory is MISSING:
                mistakes.append(self._document.mistake((*place, name), f"is missing, {needed}"))
        if mistakes:
            return None, mistakes
        try:
            return owner(**values), []
        except ValueError as error:
            return None, [_own_words(str(error), self._document, place, hints(owner))]

    def _field(self, owner: Record, name: str, hint: Any, value: Any, place: Place) -> tuple[Any, list[Mistake]]:
        """One field's value, or the mistakes in it. Secrets are tried out and stay references."""
        part = part_of(hint)
        if part is not None and isinstance(value, list) and get_origin(bare(hint)) is tuple:
            read = [self._part(part, name, item, (*place, index)) for index, item in enumerate(value)]
            return tuple(made for made, _ in read), [mistake for _, found in read for mistake in found]
        if part is not None and value is not None and get_origin(bare(hint)) is not tuple:
            return self._part(part, name, value, place)
        try:
            if is_secret(hint) and isinstance(value, dict) and hint is not SecretRef and SecretRef not in get_args(hint)[:1]:
                return self._references(value, place)
            if is_secret(hint):
                return self._reference(value, hint), []
            if bare(hint) is Duration and value is not None:
                return texts.duration(value), []
            if name in PATTERN_FIELDS and isinstance(value, str):
                texts.pattern(value)
            # JSON's rules under strict: a list may become a tuple and a text an enum, but "30" never a number.
            return _adapter(owner, name).validate_json(json.dumps(value), strict=True), []
        except Wrong as wrong:
            return None, [self._document.mistake(place, str(wrong))]
        except ValidationError as error:
            return None, _complaints(error, self._document, place)

    def _references(self, value: Mapping[str, Any], place: Place) -> tuple[Any, list[Mistake]]:
        """A mapping of references, each wrong one told at its place."""
        found: dict[str, Any] = {}
        mistakes = []
        for key, item in value.items():
            try:
                found[key] = self._reference(item, SecretRef)
            except Wrong as wrong:
                mistakes.append(self._document.mistake((*place, key), str(wrong)))
        return (None if mistakes else found), mistakes

    def _reference(self, value: Any, hint: Any) -> SecretRef | None:
        """A reference that leads somewhere, or none where the field allows none. Raises Wrong."""
        if value is None and type(None) in get_args(hint):
            return None
        ref = reference(value)
        reveal(ref, self._environ)
        return ref

    def _part(self, part: Record, name: str, value: Any, place: Place) -> tuple[Any, list[Mistake]]:
        """The mapping at ``place`` as a ``part``."""
        if not isinstance(value, dict):
            return None, [self._document.mistake(place, f"does not fit, got {shown(value)}, expected a mapping")]
        known = hints(part)
        strangers = [
            self._document.mistake((*place, key), unknown_key(str(key), name, known)) for key in value if key not in known
        ]
        made, mistakes = self.made(part, f"{name} needs it", value, place)
        return (None if strangers else made), strangers + mistakes


def _own_words(text: str, document: Document, place: Place, known: Mapping[str, Any]) -> Mistake:
    """A kind's complaint; kinds begin it with the field, perhaps with a place below it (``json[0].pointer: …``)."""
    head, colon, rest = text.partition(": ")
    name = head.partition("[")[0].partition(".")[0]
    if not colon or name not in known:
        return document.mistake(place, text)
    found = document.mistake((*place, name), rest)
    return Mistake(found.file, found.line, found.key_path + head[len(name) :], rest)


def _complaints(error: ValidationError, document: Document, place: Place) -> list[Mistake]:
    """Pydantic's findings; of a union's branches only the first is told, at the place of the value itself."""
    told: dict[Place, Mistake] = {}
    for item in error.errors(include_input=False, include_url=False):
        here = place
        for step in item["loc"]:
            here = (*here, step) if document.at((*here, step)) is not None else here
        if item["type"] == "missing":
            here = (*here, item["loc"][-1])
        told.setdefault(here, document.mistake(here, said(item, document.at(here))))
    return list(told.values())
