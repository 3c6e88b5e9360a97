"""One YAML file as plain values, with the line of every key: YAML 1.2 core, no tags, no merge, nothing that grows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from monitor.config.mistake import Mistake, Place, key_path, shown

MAX_BYTES = 1 << 20
"""A site of 1,000 checks takes 150 KiB."""
MAX_ALIASES = 100
MAX_DEPTH = 20
MAX_VALUES = 200_000
"""Values after aliases: ten aliases in ten levels would make 10^10 of them."""

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]{1,18}\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,18}|[0-9]{1,18}(\.[0-9]{0,18})?)([eE][-+]?[0-9]{1,3})?\Z")


@dataclass(slots=True)
class _Node:
    """A value and where it stands; ``children`` by key or index."""

    line: int
    value: Any = None
    children: dict[str | int, _Node] = field(default_factory=dict)
    key_lines: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says: plain dicts, lists and scalars, and the mistakes found while reading."""

    file: str
    value: Any
    mistakes: tuple[Mistake, ...]
    _root: _Node

    def line(self, place: Place) -> int:
        """The line of the key or item at ``place``; where nothing is written, that of the nearest thing around it."""
        node, line = self._root, self._root.line
        for step in place:
            child = node.children.get(step)
            if child is None:
                return line
            line = node.key_lines.get(step, child.line) if isinstance(step, str) else child.line
            node = child
        return line

    def at(self, place: Place) -> Any:
        """The value at ``place``, None where nothing is written."""
        node = self._root
        for step in place:
            child = node.children.get(step)
            if child is None:
                return None
            node = child
        return node.value

    def mistake(self, place: Place, message: str) -> Mistake:
        """A mistake at ``place`` of this file."""
        return Mistake(self.file, self.line(place) or None, key_path(place), message)


def spoken(speaker: str, value: Any) -> Document:
    """A document of plain values that stand in no file, as given by ``speaker``: its mistakes have no line."""
    return Document(speaker, value, (), _lineless(value))


def _lineless(value: Any) -> _Node:
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return _Node(0, value, {step: _lineless(part) for step, part in parts})


class _Refused(Exception):
    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line, self.message = line, message


def read(file: str, data: bytes) -> Document:
    """The document in ``data``; a file that cannot be read at all has the value None and says why."""
    try:
        builder = _Builder(file, _events(_text(data)))
        root = builder.document()
        return Document(file, root.value, tuple(builder.mistakes), root)
    except _Refused as refused:
        mistake = Mistake(file, refused.line, "", refused.message)
        return Document(file, None, (mistake,), _Node(1))


def _text(data: bytes) -> str:
    """The text of a file, if its size and encoding allow."""
    if len(data) > MAX_BYTES:
        raise _Refused(1, "more than 1 MiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _Refused(line, f"not UTF-8, got byte 0x{data[error.start]:02x}") from None


def _events(text: str) -> Iterator[Event]:
    """The parser's events; what it cannot read is refused with its line."""
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise _Refused(line, _problem(str(error.problem or error.context or "not YAML"))) from None
    except YAMLError as error:
        position = getattr(error, "position", 0)
        raise _Refused(text.count("\n", 0, position) + 1, "a character that YAML does not allow") from None


def _problem(text: str) -> str:
    """The parser's complaint in our words."""
    if "\\t" in text or "\t" in text:
        return "tabs are not allowed for indenting, expected spaces"
    return f"not YAML: {text[:200]}"


class _Builder:
    """Builds nodes out of events, counting what may grow."""

    def __init__(self, file: str, events: Iterator[Event]) -> None:
        self.mistakes: list[Mistake] = []
        self._file, self._events = file, events
        self._anchors: dict[str, _Node] = {}
        self._sizes: dict[int, int] = {}
        self._aliases = self._values = 0

    def document(self) -> _Node:
        """The one document of the file; an empty file is an empty mapping."""
        root: _Node | None = None
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                if root is not None:
                    raise _Refused(_line(event), "a second document, expected one a file")
                root = self._node(next(self._events), ())
        if root is None or root.value is None:
            return _Node(1, {})
        return root

    def _node(self, event: Any, place: Place) -> _Node:
        if isinstance(event, AliasEvent):
            return self._alias(event)
        if len(place) > MAX_DEPTH:
            raise _Refused(_line(event), f"deeper than {MAX_DEPTH} levels")
        if event.tag and str(event.tag) != "!":
            raise _Refused(_line(event), f"tags are not accepted, got {shown(str(event.tag))}")
        before = self._values
        node = self._made(event, place)
        self._count(event, 1)
        if event.anchor:
            self._anchors[event.anchor] = node
            self._sizes[id(node)] = self._values - before
        return node

    def _made(self, event: Any, place: Place) -> _Node:
        if isinstance(event, SequenceStartEvent):
            return self._sequence(event, place)
        if isinstance(event, MappingStartEvent):
            return self._mapping(event, place)
        return _Node(_line(event), _scalar(event))

    def _alias(self, event: AliasEvent) -> _Node:
        self._aliases += 1
        if self._aliases > MAX_ALIASES:
            raise _Refused(1, f"more than {MAX_ALIASES} aliases")
        node = self._anchors.get(event.anchor)
        if node is None:
            raise _Refused(_line(event), f"alias to nothing, got {shown(event.anchor)}")
        self._count(event, self._sizes[id(node)])
        return node

    def _count(self, event: Any, values: int) -> None:
        self._values += values
        if self._values > MAX_VALUES:
            raise _Refused(_line(event), f"more than {MAX_VALUES} values")

    def _sequence(self, event: Any, place: Place) -> _Node:
        node = _Node(_line(event), [])
        for child in iter(self._next, None):
            if isinstance(child, SequenceEndEvent):
                break
            index = len(node.value)
            made = self._node(child, (*place, index))
            node.children[index] = made
            node.value.append(made.value)
        return node

    def _mapping(self, event: Any, place: Place) -> _Node:
        node = _Node(_line(event), {})
        for child in iter(self._next, None):
            if isinstance(child, MappingEndEvent):
                break
            key = _key(child)
            made = self._node(next(self._events), (*place, key))
            if key in node.children:
                first = node.key_lines[key]
                message = f"used twice, got {shown(key)}, first at line {first}"
                self.mistakes.append(Mistake(self._file, _line(child), key_path((*place, key)), message))
                continue
            node.children[key], node.key_lines[key] = made, _line(child)
            node.value[key] = made.value
        return node

    def _next(self) -> Event:
        return next(self._events)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _key(event: Any) -> str:
    """Keys are text, as written."""
    if not isinstance(event, ScalarEvent) or event.tag or event.anchor:
        raise _Refused(_line(event), "a key must be plain text")
    return str(event.value)


def _scalar(event: Any) -> Any:
    """YAML 1.2 core: `no`, `1:30` and dates stay text; so do hexadecimal numbers and infinities, which nothing here takes."""
    text = str(event.value)
    if not event.implicit[0]:
        return text
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if _INT.match(text):
        return int(text)
    return float(text) if _FLOAT.match(text) and isfinite(float(text)) else text
