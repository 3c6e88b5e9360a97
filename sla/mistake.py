"""Mistakes in a case: where one stands, which rule it breaks, what stands there and what should; the sheet that gathers them."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

Place: TypeAlias = tuple[str | int, ...]
"""The way to a value: keys of objects and positions in arrays."""

SHOWN = 80
"""Characters of a wrong value that are shown back: enough to find it, too few to flood a terminal."""
MOST = 10_000
"""Mistakes told of one case: more is another kind of file, and a million of them would fill the memory."""
HINTED = 100
"""Unknown keys for which the nearest known word is looked for: it takes longer than reading a fact."""

CODES = {
    "json": "no JSON, not UTF-8, a key used twice, NaN or Infinity: the whole file is refused",
    "missing": "a member is absent",
    "unknown-key": "a member is not known there",
    "type": "a value of another type; a number with a point or an exponent always is",
    "value": "a text or number that is not in its list or form: no date, an instant without offset or finer than 1 ms, no zone",
    "empty-span": "a fact does not end after it starts",
    "empty-window": "a query's window does not end after it starts, or its dates hold no time",
    "range-shorter-than-window": "no window fits into the range asked about",
    "unknown-component": "a name that is not among the components",
    "bad-composition": "a node with an empty list or not exactly one kind, or a count outside 1 to the number of children",
    "illegal-step": "the history of an exclusion is not proposed → approved | rejected, approved → revoked, in order of time",
    "four-eyes": "whoever proposed an exclusion approved it too",
    "evidence-required": "approved without evidence",
    "party-required": "the cause says nothing about who it was, and no party is named",
    "not-over-yet": "approved before the span was over",
    "cause-not-in-agreement": "the agreement leaves out no such cause",
    "conflict": "two changes with equal `at` and `recorded_at` but different state, or two exclusions with one id",
    "limit": "over 64 MiB, 100,000 cases, 1,000,000 facts, 16 levels, 10,000 mistakes, or a query over 40 years",
}
"""Every code of a mistake and when it is told."""

WRONG: Any = type("Wrong", (), {"__repr__": lambda self: "WRONG", "__slots__": ()})()
"""Stands for a value that could not be read; why is in the sheet."""


class Written(str):
    """A number as written that is not the whole number it should be: with a point or an exponent, or too long to be a count."""

    __slots__ = ()


class Inexact(Written):
    """A number with a point or an exponent."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake. ``pointer`` (RFC 6901) is relative to the case; ``message`` says all in one sentence."""

    pointer: str
    code: str
    message: str
    got: str
    expected: str


class TooMany(Exception):
    """More mistakes than are told."""


def pointer(place: Place) -> str:
    """``place`` as a JSON Pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in place)


def shown(value: object) -> str:
    """A wrong value on one line: escaped, at most 80 characters; arrays and objects by their name only."""
    if isinstance(value, Written):
        text = str(value[: SHOWN + 1])
    elif isinstance(value, str):
        text = json.dumps(value[: SHOWN + 1])
    elif isinstance(value, list | dict):
        text = ("" if value else "empty ") + ("array" if isinstance(value, list) else "object")
        text = ("an " if text[0] in "aeo" else "a ") + text
    else:
        text = json.dumps(value)
    if len(text) <= SHOWN:
        return text
    end = '…"' if text.startswith('"') else "…"
    return text[: SHOWN - len(end)] + end


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message that names the nearest known word, or nothing."""
    near = difflib.get_close_matches(word[:SHOWN], sorted(known), 1)
    return f"; did you mean {json.dumps(near[0])}?" if near else ""


class Sheet:
    """The mistakes of one case while it is read. ``components`` are the names that it may speak of (None: not known, so any)."""

    def __init__(self, document: object, components: Collection[str] | None = None) -> None:
        self.components = components
        self._document = document
        self._told: list[Mistake] = []
        self._places: set[Place] = set()

    @property
    def count(self) -> int:
        """Mistakes so far."""
        return len(self._told)

    def tell(self, place: Place, code: str, what: str, expected: str, known: Collection[str] = ()) -> Any:
        """Take down a mistake at ``place``; ``known`` are words among which the nearest is hinted at. Gives WRONG."""
        value = place[-1] if code == "unknown-key" else self._at(place)
        got = "nothing" if value is WRONG else shown(value)
        hint = did_you_mean(value, known) if known and isinstance(value, str) and self.count < HINTED else ""
        if self.count >= MOST:
            what, many = f"more than {MOST:,} mistakes, the others are not told", f"{MOST:,} and more"
            self._told.append(Mistake("", "limit", what, many, "none"))
            raise TooMany
        said = "" if code == "missing" else f", got {got}"
        self._told.append(Mistake(pointer(place), code, f"{what}{said}, expected {expected}{hint}", got, expected))
        self._places.add(place)
        return WRONG

    def holds(self, place: Place) -> bool:
        """Whether a mistake is told at ``place`` or at what holds it."""
        return any(place[:length] in self._places for length in range(len(place) + 1))

    def mistakes(self) -> tuple[Mistake, ...]:
        """All mistakes, sorted by pointer as text."""
        return tuple(sorted(self._told, key=lambda mistake: (mistake.pointer, mistake.code)))

    def _at(self, place: Place) -> Any:
        """What is written at ``place``; WRONG where nothing is."""
        value: Any = self._document
        for step in place:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return WRONG
        return value
