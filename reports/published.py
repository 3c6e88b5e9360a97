"""A published statement as a line of the list on its customer's page: which dates, which version, figures, verdict, files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Published:
    """One version. ``path`` is its folder below the page, ``files`` what lies in it; ``newest``: no later one replaces it.

    ``percent`` is rounded down, and empty without a period; ``counted_seconds`` is exact; the rest is as in its document.
    """

    site: str
    site_name: str
    period: str
    first: str
    last: str
    version: int
    issued_at: str
    verdict: str
    percent: str
    goal: str
    counted_seconds: str
    path: str
    files: tuple[str, ...]
    newest: bool = True

    def page(self, language: str, ending: str = "html") -> str | None:
        """The file of one language; None if there is none: only one language has the plain name."""
        named = f"statement.{language}.{ending}"
        found = named if named in self.files else f"statement.{ending}"
        return f"{self.path}/{found}" if found in self.files else None


def published(document: Mapping[str, Any], path: str, files: Sequence[str]) -> Published:
    """The line of the statement ``document`` in the folder ``path``."""
    cover, arithmetic = document["cover"], document["arithmetic"]
    return Published(
        site=cover["site"],
        site_name=cover["site_name"],
        period=cover["period"],
        first=cover["first"],
        last=cover["last"],
        version=cover["version"],
        issued_at=cover["issued_at"],
        verdict=cover["verdict"],
        percent=arithmetic["availability_percent"],
        goal=cover["goal"],
        counted_seconds=arithmetic["counted_seconds"],
        path=path,
        files=tuple(sorted(files)),
    )
