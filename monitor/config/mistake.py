"""A mistake of whoever wrote the configuration: where it stands and what is wrong, in words."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from sla.span import DAY, SECOND, Instant

SHOWN = 80
"""Characters of a wrong value that are shown back: enough to find it, too few to flood a terminal."""

Place = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake. ``file`` is relative to the main file's folder; ``line`` counts from 1, None where nothing is written."""

    file: str
    line: int | None
    key_path: str
    message: str

    def __str__(self) -> str:
        where = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{where}: {self.key_path}: {self.message}" if self.key_path else f"{where}: {self.message}"


class ConfigurationErrors(Exception):
    """All mistakes of all files at once, in the order of files and lines; nothing was applied."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("\n".join(map(str, mistakes)))
        self.mistakes = mistakes


def reload_refused(errors: ConfigurationErrors, loaded_at: Instant) -> str:
    """What a reload says that changed nothing: since when the active configuration stands, and every mistake."""
    seconds = loaded_at % DAY // SECOND
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02} UTC"
    return f"reload refused, the configuration of {clock} stays active:\n{errors}"


class Wrong(ValueError):
    """A value that cannot stand; the text is the message without its place."""


def key_path(place: Place) -> str:
    """The place as people write it: ``checks[3].interval``."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def shown(value: object) -> str:
    """A wrong value for a message: escaped, at most 80 characters, lists and mappings by their name only."""
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    text = json.dumps(value, ensure_ascii=True)
    return text if len(text) <= SHOWN else f'{text[: SHOWN - 4]}…"'


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a message that names the nearest known word, or nothing."""
    near = difflib.get_close_matches(word[:SHOWN], sorted(known), 1)
    return f'; did you mean "{near[0]}"?' if near else ""
