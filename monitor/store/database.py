"""The store opened: lock held, file checked, schema current, one writer, any number of readers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy.engine import Connection, Engine

from monitor.store.engine import FILE, WriterLock, checked, reader_engine
from monitor.store.schema import upgraded
from monitor.store.writer import Writer
from sla.span import Instant

T = TypeVar("T")


class Database:
    """The data directory's database. ``writer`` takes all writing works, ``readers`` is an engine that cannot write."""

    def __init__(self, data: Path, now: Instant) -> None:
        """Open ``data`` (made if absent). Raises StoreLocked, StoreTooNew or StoreCorrupt; then nothing was changed."""
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path = data / FILE
        self._lock = WriterLock(data)
        try:
            checked(self.path)
            upgraded(self.path, now)
            self.writer = Writer(self.path)
        except BaseException:
            self._lock.release()
            raise
        self.readers: Engine = reader_engine(self.path)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What ``work`` returns, once all it did is committed. Raises StoreFull or StoreFailed: then nothing is kept."""
        return await asyncio.wrap_future(self.writer.submit(work))

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What ``work`` finds, seeing one unchanging moment; it runs in a thread and must be done within 5 s."""
        return await asyncio.to_thread(self.look, work)

    def look(self, work: Callable[[Connection], T]) -> T:
        """The same for callers without an event loop."""
        with self.readers.begin() as connection:
            return work(connection)

    def close(self) -> None:
        """Finish what is queued and let the directory go. A call after the first does nothing wrong."""
        self.readers.dispose()
        self.writer.close()
        self._lock.release()
