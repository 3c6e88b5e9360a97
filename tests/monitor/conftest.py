from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desk_world import Store, filled


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """All up since 1 May; node 1 away for 30 min on 10 June, the directory for 66 min on 18 June."""
    made = filled(tmp_path)
    yield made
    made.database.close()


@pytest.fixture
def stored(tmp_path: Path) -> Callable[..., Store]:
    """The same in a store that nobody has open; the directory's outage where it is wanted."""

    def make(outage: str = "2026-06-18T14:00:00Z", minutes: int = 66) -> Store:
        made = filled(tmp_path, outage, minutes)
        made.database.close()
        return made

    return make
