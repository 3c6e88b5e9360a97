"""Published statements as files: every form of a version in a folder of its own, made once and never changed.

``DATA/statements/<site>/<period>/v<n>/``. Nothing is only here: a folder that is gone is made again from the store.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from reports.published import Published, published

FOLDER = "statements"
DOCUMENT = "statement.json"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The folders below the data directory ``data``."""

    data: Path

    def folder(self, site: str, period: str, version: int) -> Path:
        """Where a version lies, or is to lie."""
        return self.data / FOLDER / site / period / f"v{version}"

    def of(self, sites: Collection[str]) -> tuple[Published, ...]:
        """Every version of ``sites`` that lies here whole."""
        return tuple(one for site in sorted(sites) for one in self._site(site))

    def _site(self, site: str) -> Iterator[Published]:
        root = self.data / FOLDER / site
        for period in sorted(root.iterdir()) if root.is_dir() else ():
            found = sorted((_line(path, str(path.relative_to(self.data))) for path in period.glob("v*")), key=_version)
            yield from (replace(one, newest=one is found[-1]) for one in found)


NOWHERE = Shelf(Path("/dev/null"))
"""A shelf with nothing on it."""


def _version(one: Published) -> int:
    return one.version


@lru_cache(maxsize=20_000)
def _line(folder: Path, path: str) -> Published:
    """A folder never changes, so it is read once."""
    return published(json.loads((folder / DOCUMENT).read_bytes()), path, [one.name for one in folder.iterdir()])
