from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_world import BEGUN, Store, configured

from monitor.desk.records import enlisted
from monitor.store.database import Database
from sla.state import State
from sla.timeline import Change


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """All up since 1 May; node 1 away for 30 min on 10 June, the directory for 66 min on 18 June."""
    configuration = configured(tmp_path)
    database = Database(configuration.data, BEGUN)
    numbers = database.writer.submit(lambda c: enlisted(c, configuration, BEGUN)).result(10)
    made = Store(database, configuration, numbers, tmp_path)
    for check in ("node-1", "node-2", "directory"):
        made.say(check, Change(BEGUN, State.UP))
    made.down("node-1", "2026-06-10T08:00:00Z", "2026-06-10T08:30:00Z")
    made.down("directory", "2026-06-18T14:00:00Z", "2026-06-18T15:06:00Z")
    yield made
    database.close()
