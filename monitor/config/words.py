"""What pydantic finds wrong, as mistakes in our words: what, got, expected, did you mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError

from monitor.config.document import Document
from monitor.config.mistake import Mistake, Place, did_you_mean, shown
from monitor.config.schema import Strict

M = TypeVar("M", bound=Strict)

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "mapping_type": "a mapping",
    "dataclass_type": "a mapping",
    "greater_than_equal": "at least {ge}",
    "less_than_equal": "at most {le}",
    "string_too_long": "at most {max_length} characters",
    "string_too_short": "at least {min_length} character",
    "too_short": "at least {min_length}",
    "string_pattern_mismatch": "the form {pattern}",
}


def validated(model: type[M], value: Any, document: Document, place: Place) -> tuple[M | None, list[Mistake]]:
    """``value`` as a ``model``, or None and every mistake in it. ``place`` is where the value stands in the document."""
    try:
        return model.model_validate(value), []
    except ValidationError as error:
        return None, [_mistake(model, item, document, place) for item in error.errors(include_input=False, include_url=False)]


def _mistake(model: type[Strict], item: Mapping[str, Any], document: Document, place: Place) -> Mistake:
    inner = tuple(step for step in item["loc"] if step != "[key]")
    whole = (*place, *inner)
    if item["type"] == "extra_forbidden":
        owner = _model_at(model, inner[:-1])
        return document.mistake(whole, unknown_key(str(inner[-1]), owner.noun, keys(owner)))
    return document.mistake(whole, said(item, document.at(whole)))


def unknown_key(key: str, noun: str, known: Iterable[str]) -> str:
    """The message for a key that nobody knows."""
    return f"unknown key, got {shown(key)}, expected one of the keys of a {noun}{did_you_mean(key, known)}"


def said(item: Mapping[str, Any], got: object, hidden: bool = False) -> str:
    """One finding of pydantic in words. ``hidden`` leaves the value out."""
    kind, context = str(item["type"]), item.get("ctx", {})
    if kind == "wrong":
        return str(context["text"])
    if kind == "missing":
        return "is missing"
    if kind == "unexpected_keyword_argument":
        return "unknown key, expected one of the keys that belong here"
    text = "" if hidden else f", got {shown(got)}"
    if kind == "literal_error":
        choices = [part.strip("'") for part in str(context["expected"]).replace(" or ", ", ").split(", ")]
        near = did_you_mean(got, choices) if isinstance(got, str) and not hidden else ""
        return f"not one of its words{text}, expected {' or '.join(choices)}{near}"
    expected = _EXPECTED[kind].format(**context) if kind in _EXPECTED else str(item["msg"]).lower()
    return f"does not fit{text}, expected {expected}"


def keys(model: type[Strict]) -> list[str]:
    """The keys of a mapping as written in YAML."""
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_at(model: type[Strict], loc: Place) -> type[Strict]:
    """The model of the mapping at ``loc`` below ``model``."""
    here: Any = model
    for step in loc:
        if isinstance(here, type) and issubclass(here, Strict):
            here = next(field.annotation for name, field in here.model_fields.items() if step in (name, field.alias))
        else:
            here = get_args(here)[-1]
        here = _bare(here)
    return here if isinstance(here, type) and issubclass(here, Strict) else model


def _bare(hint: Any) -> Any:
    """A hint without Annotated and None."""
    if get_origin(hint) is Annotated:
        return _bare(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        return _bare(next(part for part in get_args(hint) if part is not type(None)))
    return hint
