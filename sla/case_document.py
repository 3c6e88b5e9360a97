"""The bytes of a file as JSON: whole numbers, no key twice, nothing that grows beyond its limits; or where it is none."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from sla.mistake import Inexact, Written, shown

BYTES = 64 << 20
"""A site of three years with 200 outages takes 40 KiB; a million facts take 64 MiB."""
DEPTH = 16
"""Levels of one case: a tree of seven levels takes them all."""
LEVELS = DEPTH + 2
"""Levels of a file: those of a case, and two of the batch around it."""
OBJECTS = 3_000_000
"""A million facts, and twenty objects around those of each of 100,000 cases. An object takes up to 400 bytes of memory."""
VALUES = 10_000_000
"""Nine members a fact. A value takes up to 60 bytes of memory."""
_LONGEST = 20
"""Digits of a whole number; no count comes near."""

_TEXT = r'"(?:[^"\\]++|\\.)*+"'
_MARKS = re.compile(rf"{_TEXT}|([\[{{])|(,)", re.DOTALL)
_BRACKETS = re.compile(rf"{_TEXT}|([\[{{])|([\]}}])", re.DOTALL)
_TOKENS = re.compile(rf"({_TEXT})(?=[ \t\r\n]*(:)?)|([\[{{])|([\]}}])|(NaN|-?Infinity)", re.DOTALL)


class Unreadable(Exception):
    """The file is no JSON or too large a one; where (line and column count from 1, None: nowhere in particular) and why."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.message, self.line, self.column = message, line, column

    @property
    def where(self) -> str:
        """``:line:column`` behind the file's name, or nothing."""
        return "" if self.line is None else f":{self.line}:{self.column}"


class _Refused(Exception):
    """The parser met what JSON's grammar allows and we do not (or the other way round); it does not say where."""


def parse(data: bytes) -> Any:
    """The value that ``data`` holds. Raises Unreadable."""
    if len(data) > BYTES:
        raise Unreadable(f"a file has at most {BYTES >> 20} MiB")
    text = _decoded(data)
    _measure(text)
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise Unreadable(f"not JSON: {error.msg}", error.lineno, error.colno) from None
    except _Refused:
        raise _found(text) from None
    except RecursionError:
        raise _too_deep(text) from None


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        begun = data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode("utf-8", "replace")
        raise Unreadable(f"not UTF-8, got byte 0x{data[error.start]:02x}", line, len(begun) + 1) from None


def _measure(text: str) -> None:
    """Refuse what would fill the memory. A plain count holds the texts' own commas too, so only a high one is looked into."""
    objects, values = text.count("{") + text.count("["), text.count(",")
    if objects <= OBJECTS and values <= VALUES:
        return
    objects = values = 0
    for mark in _MARKS.finditer(text):
        objects += mark.lastindex == 1
        values += mark.lastindex == 2
        if objects > OBJECTS:
            raise _at(text, mark.start(), f"a file has at most {OBJECTS:,} objects and arrays")
        if values > VALUES:
            raise _at(text, mark.start(), f"a file has at most {VALUES:,} values")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Refused
    return made


def _constant(_: str) -> NoReturn:
    raise _Refused


def _whole(text: str) -> int | Written:
    return int(text) if len(text) <= _LONGEST else Written(text)


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=Inexact, parse_int=_whole)


def _found(text: str) -> Unreadable:
    """The first key that is used twice or constant that JSON does not know; up to there the text is sound."""
    keys: list[set[str]] = []
    for token in _TOKENS.finditer(text):
        if token[3]:
            keys.append(set())
        elif token[4]:
            keys.pop()
        elif token[5]:
            return _at(text, token.start(), f"not JSON: {token[5]}")
        elif token[2]:
            key = json.loads(token[1])
            if key in keys[-1]:
                return _at(text, token.start(), f"used twice, got key {shown(key)}")
            keys[-1].add(key)
    raise AssertionError("the parser refused a text in which nothing is wrong")


def _too_deep(text: str) -> Unreadable:
    level = 0
    for token in _BRACKETS.finditer(text):
        level += 1 if token[1] else -1 if token[2] else 0
        if level > LEVELS:
            return _at(text, token.start(), f"deeper than {DEPTH} levels")
    raise AssertionError("the parser found a flat text too deep")


def _at(text: str, place: int, message: str) -> Unreadable:
    return Unreadable(message, text.count("\n", 0, place) + 1, place - text.rfind("\n", 0, place))


def too_deep(document: Any) -> tuple[str | int, ...] | None:
    """The place of the first object or array of ``document`` below level 16, or None."""
    level = [document] if type(document) is dict or type(document) is list else []
    for _ in range(DEPTH):
        level = [
            child
            for value in level
            for child in (value.values() if type(value) is dict else value)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return None
    return _way(document, level[0], DEPTH)


def _way(value: Any, wanted: Any, levels: int) -> tuple[str | int, ...] | None:
    """The way from ``value`` to the very ``wanted``, ``levels`` below it."""
    if levels == 0:
        return () if value is wanted else None
    for step, child in value.items() if type(value) is dict else enumerate(value):
        if type(child) is dict or type(child) is list:
            way = _way(child, wanted, levels - 1)
            if way is not None:
                return (step, *way)
    return None
