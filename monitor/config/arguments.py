"""A check out of the ``field=value`` words of a command line, judged by the same rules as one in a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from monitor.config import checks, document, fields
from monitor.config.checks import Ground
from monitor.config.configuration import Check
from monitor.config.mistake import Mistake, shown
from monitor.config.schema import CheckText
from probes.probe import Duration, Probe, SecretRef

VANTAGE = "main"
_LISTS = (tuple, list, frozenset, set, Sequence)


def ground(kinds: Mapping[str, type[Probe]], environ: Mapping[str, str]) -> Ground:
    """What a check of the command line is read against: one vantage, this machine."""
    return Ground(kinds, (VANTAGE,), environ)


def read(kind: str, words: Iterable[str], on: Ground, speaker: str) -> tuple[Check | None, list[Mistake]]:
    """The check that ``words`` describe, or None and every mistake, in the name of ``speaker``.

    ``id`` and ``component`` need not be said. A text field takes its value as it stands; any other is read as in a file
    (``5``, ``true``, ``[a, b]``, JSON), and a list also as ``a,b``.
    """
    given, mistakes = _given(words, _hints(on.kinds.get(kind)), speaker)
    unread = {mistake.key_path for mistake in mistakes if mistake.key_path not in given}
    key = kind.replace("_", "-")
    value = {"id": key, "component": key} | given | {"kind": kind}
    check, found = checks.read(value, document.spoken(speaker, value), (), on)
    mistakes += [mistake for mistake in found if mistake.key_path not in unread]
    return (None if mistakes else check), mistakes


def bare(hint: Any) -> Any:
    """A type without its None and its annotations."""
    if get_origin(hint) is Annotated:
        return bare(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType) and NoneType in get_args(hint):
        return bare(Union[tuple(part for part in get_args(hint) if part is not NoneType)])  # noqa: UP007
    return hint


def item_of(hint: Any) -> Any:
    """What a list of this type holds; None if it is no list."""
    return get_args(bare(hint))[0] if get_origin(bare(hint)) in _LISTS else None


def _hints(kind: type[Probe] | None) -> Mapping[str, Any]:
    """The types of all fields that a check of this kind has; of an unknown kind those that every check has."""
    own = {name: hint for name, (_, hint) in fields.hints(kind).items()} if kind else {}
    return {field.alias or name: field.annotation for name, field in CheckText.model_fields.items()} | own


def _given(words: Iterable[str], hints: Mapping[str, Any], speaker: str) -> tuple[dict[str, Any], list[Mistake]]:
    """Field to plain value, without what cannot be read; the first of two stands."""
    given: dict[str, Any] = {}
    mistakes: list[Mistake] = []
    for word in words:
        name, equals, text = word.partition("=")
        if not (name and equals):
            mistakes.append(Mistake(speaker, None, "", f"not a field, got {shown(word)}, expected field=value"))
        elif name in given or name == "kind":
            mistakes.append(Mistake(speaker, None, name, "used twice"))
        else:
            value, wrong = _value(hints.get(name, str), text)
            mistakes += [Mistake(speaker, None, name, message) for message in wrong]
            given |= {} if wrong else {name: value}
    return given, mistakes


def _value(hint: Any, text: str) -> tuple[Any, list[str]]:
    """``text`` as the plain value that a file would give for a field of this type, and what keeps it from being read."""
    if bare(hint) in (str, SecretRef, Duration) or get_origin(bare(hint)) is Literal:
        return text, []
    item = item_of(hint)
    if item is None or text.startswith("["):
        return _flow(text)
    if text.startswith("{"):
        value, wrong = _flow(text)
        return [value], wrong
    read_items = [_value(item, part.strip()) for part in text.split(",")] if text else []
    return [value for value, _ in read_items], [message for _, wrong in read_items for message in wrong]


def _flow(text: str) -> tuple[Any, list[str]]:
    """A number, a word, a list or a mapping, read like a YAML file, of which JSON is a part."""
    if not text.strip():
        return text, []
    found = document.read("", text.encode(errors="replace"))
    why = [mistake.message.removeprefix("not YAML: ") for mistake in found.mistakes]
    return found.value, [f"cannot be read, got {shown(text)}: {message}" for message in why]
