"""The notes of a release as operators write them: front matter, then sections of Markdown. Text in, value or mistakes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from sla.exclusion import Fault

LONGEST_BYTES = 64_000
LONGEST_LINE = {"version": 40, "title": 120, "rollout": 40}
SECTIONS: Mapping[str, str] = MappingProxyType(
    {"features": "New features", "known": "Known issues", "fixed": "Fixed issues", "other": "Other changes"}
)
"""By key, in the order in which they are read: the heading that a file has."""
_FENCE = "---"
_WANTED = ("version", "date", "title")
_MEMBERS = (*_WANTED, "rollout", "public")
_FLAGS = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class ReleaseNote:
    """What is new in ``version``. ``sections`` by key, all four; empty: nothing to say. ``public``: everybody may read it.

    ``rollout`` is the one (its id) that carries it to the sites.
    """

    version: str
    date: date
    title: str
    rollout: str | None = None
    public: bool = False
    sections: Mapping[str, str] = field(default_factory=lambda: dict.fromkeys(SECTIONS, ""))


@dataclass(frozen=True, slots=True)
class Mistaken:
    """Everything that is wrong with a file, each with its line."""

    faults: tuple[Fault, ...]


def read(text: str) -> ReleaseNote | Mistaken:
    """The notes in ``text``, or all mistakes at once."""
    lines = text.splitlines()
    if len(text.encode()) > LONGEST_BYTES:
        return Mistaken((_fault(1, "the file is too long", f"{len(text.encode())} bytes", f"at most {LONGEST_BYTES} bytes"),))
    end = next((number for number, line in enumerate(lines) if number and line.strip() == _FENCE), None)
    if not lines or lines[0].strip() != _FENCE or end is None:
        got = lines[0] if lines else "nothing"
        return Mistaken(
            (_fault(1, "the file begins with front matter", got, f"a line {_FENCE}, then {', '.join(_WANTED)}, then {_FENCE}"),)
        )
    said, faults = _front(lines[1:end], end + 1)
    sections, wrong = _sections(lines[end + 1 :], end + 2)
    if faults or wrong:
        return Mistaken((*faults, *wrong))
    day, public = date.fromisoformat(said["date"]), _FLAGS[said.get("public", "no").lower()]
    return ReleaseNote(said["version"], day, said["title"], said.get("rollout"), public, sections)


def _fault(line: int, message: str, got: str, expected: str) -> Fault:
    return Fault("note", ("text", line), f"line {line}: {message}", got[:80], expected)


def _front(lines: list[str], closing: int) -> tuple[dict[str, str], list[Fault]]:
    """The members of the front matter; ``closing`` is the line in which it ends."""
    said: dict[str, str] = {}
    faults: list[Fault] = []
    for number, line in enumerate(lines, 2):
        name, colon, value = (part.strip() for part in line.partition(":"))
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if not colon or name not in _MEMBERS:
            faults.append(_fault(number, "no such member of the front matter", line.strip(), f"one of {', '.join(_MEMBERS)}"))
        elif name in said:
            faults.append(_fault(number, f"{name} is said twice", line.strip(), "each member once"))
        else:
            said[name] = value.strip("\"'")
            faults += _member(number, name, said[name])
    faults += (_fault(closing, f"{name} is missing", "nothing", f"{name}: …") for name in _WANTED if name not in said)
    return said, faults


def _member(line: int, name: str, value: str) -> Iterator[Fault]:
    if name == "date" and not _is_day(value):
        yield _fault(line, "date is no day", value, "a day like 2026-12-01")
    elif name == "public" and value.lower() not in _FLAGS:
        yield _fault(line, "public is neither yes nor no", value, "true or false")
    elif name in LONGEST_LINE and not (value.isprintable() and 0 < len(value) <= LONGEST_LINE[name]):
        yield _fault(line, f"{name} is no such text", value, f"1 to {LONGEST_LINE[name]} printable characters")


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _sections(lines: list[str], first: int) -> tuple[dict[str, str], list[Fault]]:
    """The text of each section by key; ``first`` is the number of the first line."""
    keys = {heading.casefold(): key for key, heading in SECTIONS.items()}
    told: dict[str, list[str]] = {}
    faults: list[Fault] = []
    current: list[str] | None = None
    for number, line in enumerate(lines, first):
        if line.startswith("#"):
            key = keys.get(line.lstrip("#").strip().casefold())
            if key is None or key in told:
                message = "no such section" if key is None else "this section is there twice"
                faults.append(_fault(number, message, line.strip(), f"each of {', '.join(SECTIONS.values())} once"))
            current = [] if key is None else told.setdefault(key, [])
        elif current is not None:
            current.append(line)
        elif line.strip():
            faults.append(
                _fault(number, "a line before the first section", line.strip(), f"a heading like ## {SECTIONS['features']}")
            )
    return {key: "\n".join(told.get(key, [])).strip() for key in SECTIONS}, faults
