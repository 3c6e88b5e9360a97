"""What no event tells, read some seconds apart: room on the disk, decisions and announcements, the age of pages."""

from __future__ import annotations

import asyncio
import shutil
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import Connection

from monitor.config.configuration import Configuration
from monitor.metrics import Kept, Metrics
from monitor.metrics.desk import DeskSeries, desk_lines
from monitor.metrics.heads import HEADS
from monitor.store import announcements, audit, bounces, exclusions, letters
from monitor.store.database import Database
from monitor.store.letters import Backlog
from monitor.web.pages import Pages
from sla.exclusion import Exclusion
from sla.maintenance import Maintenance
from sla.span import Instant

PRIVATE = "/p/"

AT_ONCE = 200
"""Sites that are put without a pause: some 5 ms, in which no look begins."""


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes that the store takes with its log, and that are left where it lies."""

    taken: int
    free: int


@dataclass(frozen=True, slots=True)
class _Found:
    """One reading of the store."""

    exclusions: Mapping[str, Sequence[Exclusion]]
    maintenances: Mapping[str, Sequence[Maintenance]]
    audited_at: Instant | None
    room: Room
    letters: Backlog
    bounces: Mapping[str, int]
    flagged: int


class Condition:
    """Keeps what it read for the next scrape, which therefore asks no table and no disk."""

    def __init__(self, database: Database, metrics: Metrics, pages: Pages) -> None:
        self._database, self._metrics, self._pages = database, metrics, pages
        self._desk = Kept(HEADS)
        self._told: Mapping[str, DeskSeries] = {}
        """What each site's lines were made from: a quiet desk says the same for weeks, a maintenance goes by the clock."""

    async def read(self, configuration: Configuration, now: Instant) -> None:
        """Renew everything for the sites of ``configuration``. Raises the store's errors; then what was read before stays."""
        found = await self._database.read(self._found)
        self._metrics.stored_in(found.room.taken, found.room.free)
        self._metrics.audited(found.audited_at)
        self._metrics.outbox(found.letters.pending, found.letters.dead, found.letters.oldest_at)
        self._metrics.bounced(found.bounces, found.flagged)
        self._metrics.published(_oldest(self._pages))
        told = {
            site.key: DeskSeries(
                site.customer.key, site.key, found.exclusions.get(site.key, ()), found.maintenances.get(site.key, ())
            )
            for site in configuration.sites
        }
        fresh = [of for key, of in told.items() if of.maintenances or of != self._told.get(key)]
        lines = await asyncio.to_thread(lambda: {of.site: desk_lines(of, now) for of in fresh})
        self._desk.keep(frozenset(told))
        for number, key in enumerate(lines):
            self._desk.put(key, lines[key])
            if number % AT_ONCE == 0:
                await asyncio.sleep(0)
        self._told = told

    def parts(self) -> list[bytes]:
        """The series of the desk as Prometheus text 0.0.4, a part each metric."""
        return self._desk.parts()

    def _found(self, connection: Connection) -> _Found:
        filed: dict[str, list[Exclusion]] = defaultdict(list)
        for one in exclusions.every(connection):
            filed[one.site].append(one.exclusion)
        return _Found(
            filed,
            announcements.every(connection),
            audit.newest_at(connection),
            room(self._database.path),
            letters.backlog(connection),
            {kind.value: many for kind, many in bounces.counted(connection).items()},
            len(bounces.flagged(connection)),
        )


def room(path: Path) -> Room:
    """The room of the database at ``path``, its log and its index into the log."""
    files = [path, *(path.with_name(f"{path.name}{ending}") for ending in ("-wal", "-shm"))]
    return Room(sum(file.stat().st_size for file in files if file.exists()), shutil.disk_usage(path.parent).free)


def _oldest(pages: Pages) -> Mapping[str, Instant]:
    """When the oldest page of the public and of the customers was published: the one that shows a publisher's trouble."""
    oldest: dict[str, Instant] = {}
    for path, at in pages.published().items():
        target = "customers" if path.startswith(PRIVATE) else "public"
        oldest[target] = min(at, oldest.get(target, at))
    return oldest
