"""Timelines as they are stored now, read again only if something was recorded of them: of most nothing was since the last page.

Facts are only ever added, each with a greater number than all before: what lies behind the greatest says what to read again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from threading import Lock

from sqlalchemy.engine import Connection

from monitor.ports import StreamKey
from monitor.store import changes
from monitor.store.database import Database
from sla.span import Instant
from sla.timeline import Timeline

KEPT = 16_384
"""Streams whose timelines are kept: those read longest ago are forgotten first."""

INSTANTS = 2
"""From how many instants on: where little happened, all is read beside what a page shows."""


class Reading:
    """Reads timelines, whatever thread asks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._far: tuple[int, int] | None = None
        self._kept: dict[StreamKey, dict[Instant, Timeline | None]] = {}

    def timelines(self, streams: Collection[StreamKey], since: Instant) -> Mapping[StreamKey, Timeline]:
        """What stands of ``streams`` from ``since`` on, as ``changes.timelines`` reads it."""
        with self._lock:
            return self._database.look(lambda connection: self._read(connection, streams, since))

    def _read(self, connection: Connection, streams: Collection[StreamKey], since: Instant) -> Mapping[StreamKey, Timeline]:
        self._forget(connection)
        unread = [stream for stream in streams if since not in self._kept.get(stream, ())]
        fresh = changes.timelines(connection, unread, since) if unread else {}
        for stream in unread:
            self._keep(stream, since, fresh.get(stream))
        found = {stream: self._kept[stream][since] for stream in streams}
        while len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        return {stream: line for stream, line in found.items() if line is not None}

    def _forget(self, connection: Connection) -> None:
        """Forget what was kept of streams of which something has been recorded since."""
        if self._far is None:
            self._far = changes.newest(connection)
            return
        touched, self._far = changes.recorded_after(connection, self._far)
        for stream in touched:
            self._kept.pop(stream, None)

    def _keep(self, stream: StreamKey, since: Instant, line: Timeline | None) -> None:
        kept = self._kept.pop(stream, {})
        if len(kept) == INSTANTS:
            del kept[next(iter(kept))]
        self._kept[stream] = {**kept, since: line}
