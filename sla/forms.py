"""The forms that members of a JSON document take: a table of them reads a document, tells all mistakes, and is its schema.

A form reads a value at a place: the value it stands for, or WRONG with the mistakes taken down on the sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

from sla.mistake import WRONG, Inexact, Place, Sheet, Written

Schema: TypeAlias = dict[str, Any]
"""A JSON Schema (draft 2020-12)."""
Values: TypeAlias = dict[str, Any]
"""What the members of an object stand for, by name; WRONG where they could not be read, the default where they are absent."""
Rule: TypeAlias = Callable[[Values, Place, Sheet], None]
"""Judges the members of one object together. It must not expect that they could be read."""

MOST = 10**12
"""No count of days, hours or seconds comes near."""
REQUIRED: Any = object()
"""The default of a member that must be there."""


class Form(Protocol):
    """A form that a value takes."""

    @property
    def expected(self) -> str:
        """The form in messages."""

    def read(self, value: Any, place: Place, sheet: Sheet) -> Any:
        """What ``value`` stands for, or WRONG."""

    def schema(self, named: dict[str, Schema]) -> Schema:
        """The schema of the form; those of objects are put into ``named``, by their noun."""


def wrong_type(form: Form, place: Place, sheet: Sheet) -> Any:
    """Take down that the value at ``place`` is of another type than ``form``. Gives WRONG."""
    return sheet.tell(place, "type", "is of the wrong type", form.expected)


@dataclass(frozen=True, slots=True)
class Text:
    """A text that ``parse`` understands (it raises ValueError). ``pattern`` is for the schema, as near as a pattern comes."""

    expected: str
    parse: Callable[[str], Any]
    pattern: str | None = None

    def read(self, value: Any, place: Place, sheet: Sheet) -> Any:
        """The parsed text."""
        if type(value) is not str:
            return wrong_type(self, place, sheet)
        try:
            return self.parse(value)
        except ValueError:
            return sheet.tell(place, "value", "does not fit", self.expected)

    def schema(self, named: dict[str, Schema]) -> Schema:
        """Text of the pattern."""
        return {"type": "string"} if self.pattern is None else {"type": "string", "pattern": f"^(?:{self.pattern})$"}


class Word:
    """One word of a closed list, and what each stands for."""

    def __init__(self, words: Mapping[str, Any]) -> None:
        self._words = words
        self.expected = "one of " + ", ".join(words)

    def read(self, value: Any, place: Place, sheet: Sheet) -> Any:
        """What the word stands for."""
        if type(value) is not str:
            return wrong_type(self, place, sheet)
        found = self._words.get(value, WRONG)
        return found if found is not WRONG else sheet.tell(place, "value", "is not in its list", self.expected, self._words)

    def schema(self, named: dict[str, Schema]) -> Schema:
        """The words."""
        return {"enum": list(self._words)}


def same(*words: str) -> Word:
    """Words that stand for themselves."""
    return Word({word: word for word in words})


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    expected: str = "true or false"

    def read(self, value: Any, place: Place, sheet: Sheet) -> Any:
        """The flag."""
        return value if type(value) is bool else wrong_type(self, place, sheet)

    def schema(self, named: dict[str, Schema]) -> Schema:
        """A boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number of ``unit`` from ``least`` to ``most``; ``code`` names the mistake of another number."""

    least: int
    unit: str
    code: str = "value"
    most: int = MOST

    @property
    def expected(self) -> str:
        """The form in messages."""
        limits = f"at least {self.least}" if self.most == MOST else f"from {self.least} to {self.most}"
        return f"a whole number of {self.unit}, {limits}"

    def read(self, value: Any, place: Place, sheet: Sheet) -> Any:
        """The number."""
        if type(value) is int and self.least <= value <= self.most:
            return value
        if type(value) is int or type(value) is Written:
            return sheet.tell(place, self.code, "is out of range", self.expected)
        return sheet.tell(
            place, "type", "has a point or an exponent" if type(value) is Inexact else "is no number", self.expected
        )

    def schema(self, named: dict[str, Schema]) -> Schema:
        """An integer."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


@dataclass(frozen=True, slots=True)
class OrNull:
    """``form``, or null for ``nothing``."""

    form: Form
    nothing: Any = None

    @property
    def expected(self) -> str:
        """The form in messages."""
        return f"{self.form.expected}, or null"

    def read(self, value: Any, place: Place, sheet: Sheet) -> Any:
        """What the form reads."""
        return self.nothing if value is None else self.form.read(value, place, sheet)

    def schema(self, named: dict[str, Schema]) -> Schema:
        """Either."""
        return {"anyOf": [self.form.schema(named), {"type": "null"}]}


@dataclass(frozen=True, slots=True)
class Items:
    """An array of ``form``, at least ``least`` of them, as a tuple. With ``loose`` the good ones beside WRONG ones."""

    form: Form
    least: int = 0
    loose: bool = False

    @property
    def expected(self) -> str:
        """The form in messages."""
        return "an array" if self.least == 0 else "an array with at least one item"

    def read(self, value: Any, place: Place, sheet: Sheet) -> Any:
        """The tuple, or WRONG where one of them is."""
        if type(value) is not list:
            return wrong_type(self, place, sheet)
        if len(value) < self.least:
            return sheet.tell(place, "value", "is too short", self.expected)
        before, read = sheet.count, self.form.read
        found = tuple([read(item, (*place, index), sheet) for index, item in enumerate(value)])
        return found if self.loose or sheet.count == before else WRONG

    def schema(self, named: dict[str, Schema]) -> Schema:
        """An array."""
        return {"type": "array", "items": self.form.schema(named)} | ({"minItems": self.least} if self.least else {})


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object, its ``meaning`` in words; ``default`` stands where it is absent, ``shown`` is that for people."""

    name: str
    form: Form
    meaning: str
    default: Any = REQUIRED
    shown: str = ""


def _unicode(text: str) -> str:
    text.encode()  # half a surrogate pair is an escape that no text can hold
    return text


def _something(text: str) -> str:
    if not text:
        raise ValueError("empty")
    return _unicode(text)


TEXT = Text("a text", _unicode)
FULL_TEXT = Text("a text of at least one character", _something, ".+")
NOTE = Member("note", TEXT, "for people; ignored and not digested", None)


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


class Members:
    """An object with the members of a table; every object may carry a note. Reads Values, also where some are WRONG."""

    def __init__(self, noun: str, members: Sequence[Member], rules: Sequence[Rule] = ()) -> None:
        self.noun, self.rules = noun, tuple(rules)
        self.members = (*members, NOTE)
        self.expected = f"{_article(noun)} {noun} as an object"
        self._plan = tuple((member.name, member.form.read, member.default) for member in self.members)
        self._forms = {member.name: member.form for member in self.members}

    def read(self, value: Any, place: Place, sheet: Sheet) -> Any:
        """The Values, judged by the rules; WRONG only for what is no object."""
        if type(value) is not dict:
            return wrong_type(self, place, sheet)
        values: Values = {}
        known = 0
        for name, read, default in self._plan:
            if name in value:
                known += 1
                values[name] = read(value[name], (*place, name), sheet)
            elif default is REQUIRED:
                values[name] = sheet.tell((*place, name), "missing", "is missing", self._forms[name].expected)
            else:
                values[name] = default
        if known != len(value):
            self._unknown(value, place, sheet)
        for rule in self.rules:
            rule(values, place, sheet)
        return values

    def _unknown(self, value: Mapping[str, Any], place: Place, sheet: Sheet) -> None:
        for key in value:
            if key not in self._forms:
                expected = f"one of the members of {_article(self.noun)} {self.noun}: {', '.join(self._forms)}"
                sheet.tell((*place, key), "unknown-key", "unknown key", expected, self._forms)

    def schema(self, named: dict[str, Schema]) -> Schema:
        """A reference to the object's schema."""
        if self.noun not in named:
            named[self.noun] = {}  # a tree holds itself
            named[self.noun] = {
                "type": "object",
                "properties": {
                    member.name: {**member.form.schema(named), "description": member.meaning} for member in self.members
                },
                "required": [member.name for member in self.members if member.default is REQUIRED],
                "additionalProperties": False,
            }
        return {"$ref": f"#/$defs/{self.noun}"}


class Record(Members):
    """An object with the members of a table, made into a value of the domain by ``make``; with ``loose`` also of WRONG ones."""

    def __init__(
        self, noun: str, members: Sequence[Member], make: Callable[[Values], Any], rules: Sequence[Rule] = (), loose: bool = False
    ) -> None:
        super().__init__(noun, members, rules)
        self._make, self._loose = make, loose

    def read(self, value: Any, place: Place, sheet: Sheet) -> Any:
        """The value made, or WRONG where there is any mistake in it."""
        before = sheet.count
        values = super().read(value, place, sheet)
        return WRONG if values is WRONG or (sheet.count != before and not self._loose) else self._make(values)


class OneOf:
    """An object of exactly one of several ``kinds``, told by the member that only it has; ``codes`` for none and for several."""

    def __init__(self, noun: str, kinds: Mapping[str, Members], codes: tuple[str, str]) -> None:
        self.kinds, self._codes = kinds, codes
        self.expected = f"{_article(noun)} {noun} with exactly one of {', '.join(kinds)}"
        self._undecided = undecided(noun, kinds.values())

    def read(self, value: Any, place: Place, sheet: Sheet) -> Any:
        """What its kind reads; where it is of no one kind, all members are judged all the same."""
        if type(value) is not dict:
            return wrong_type(self, place, sheet)
        found = [kind for name, kind in self.kinds.items() if name in value]
        if len(found) == 1:
            return found[0].read(value, place, sheet)
        self._undecided.read(value, place, sheet)
        none, several = self._codes
        if found:
            return sheet.tell(place, several, "is of more than one kind", self.expected)
        return sheet.tell(place, none, "is of no kind", self.expected)

    def schema(self, named: dict[str, Schema]) -> Schema:
        """One of them."""
        return {"oneOf": [kind.schema(named) for kind in self.kinds.values()]}


def undecided(noun: str, kinds: Iterable[Members]) -> Members:
    """All members that an object of any kind may have, none of them required."""
    every = {member.name: replace(member, default=None) for kind in kinds for member in kind.members if member is not NOTE}
    return Members(noun, tuple(every.values()))
