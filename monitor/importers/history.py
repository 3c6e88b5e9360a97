"""What an importer gives: the endpoints of a foreign history and what was seen of each, or every reason why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sla.span import Instant
from sla.state import State

SHOWN = 100
"""How many problems are written out; a file of another kind would otherwise print itself."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One thing that was watched: ``key`` for addresses (a-z, 0-9 and dashes), ``name`` for people."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded look: never unknown. ``http_status`` and ``response_ms`` are None where none was recorded."""

    at: Instant
    state: State
    http_status: int | None = None
    response_ms: int | None = None


@dataclass(frozen=True, slots=True)
class History:
    """A whole foreign history: the endpoints in order of appearance and each one's samples by key, in order of time."""

    endpoints: tuple[Endpoint, ...]
    samples: Mapping[str, tuple[Recorded, ...]]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: the file, its line (1 is the first; None: the whole file) and what was seen and wanted."""

    file: str
    row: int | None
    reason: str

    def __str__(self) -> str:
        place = self.file if self.row is None else f"{self.file}:{self.row}"
        return f"{place}: {self.reason}"


class ImportErrors(Exception):
    """Nothing was imported; ``problems`` are all mistakes found. A command ends with ``exit_code``."""

    exit_code = 65

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [str(problem) for problem in self.problems[:SHOWN]]
        if len(self.problems) > SHOWN:
            lines.append(f"and {len(self.problems) - SHOWN} more")
        super().__init__("\n".join(lines))
