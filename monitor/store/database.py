"""The store opened: lock held, file checked, schema current, one writer, any number of readers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DatabaseError

from monitor.store.engine import FILE, StoreAbsent, StoreCorrupt, StoreTooNew, WriterLock, checked, reader_engine
from monitor.store.schema import file_version, program_version, upgraded
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


def looked(data: Path, work: Callable[[Connection], T]) -> T:
    """What ``work`` finds in the database of ``data`` at one moment, whether a service writes it or not; it must not write.

    Raises StoreAbsent, StoreTooNew, or StoreCorrupt if the file can't be read as what it should be.
    """
    path = data / FILE
    if not path.exists():
        raise StoreAbsent(f"{path}: no database yet; `threenines run` makes it")
    engine = reader_engine(path)
    try:
        with engine.begin() as connection:
            found, known = file_version(connection), program_version()
            if found > known:
                raise StoreTooNew(f"database schema {found} is newer than this program ({known}); nothing changed")
            if found < known:
                raise StoreAbsent(f"database schema {found} is older than this program ({known}); start the service once")
            return work(connection)
    except DatabaseError as fault:
        raise StoreCorrupt(f"{path}: {fault.orig}") from fault
    finally:
        engine.dispose()
