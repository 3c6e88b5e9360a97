"""The database file opened safely: pragmas, the one writer's lock, what is refused. All that is SQLite's own stands here.

StoreError ─ StoreLocked, StoreAbsent (69) │ StoreTooNew (78) │ StoreCorrupt, StoreFailed (74) │ StoreFull (the service stays up)
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import DatabaseError

from monitor.ports import Gone

FILE = "threenines.db"
LOCK = "writer.lock"
CHECKPOINT_BYTES = 64 << 20
"""Above this the write-ahead log is cut: a start reads it whole, and 64 MiB are read in well under a second."""
QUICK_CHECK_BYTES = 256 << 20
"""Up to this size a start looks through the whole file; a larger one would keep the first look waiting."""
READ_BUSY_MS = 5_000
CHECKPOINT_BUSY_MS = 100
_PRAGMAS = ("foreign_keys=ON", "recursive_triggers=ON", "trusted_schema=OFF", "cell_size_check=ON")
_NO_ROOM = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)
"""The second: no room to make the log's index longer, which is a file of its own."""
_FATAL = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


class StoreError(Exception):
    """Our ground's trouble; ``exit_code`` is what the program leaves with if it cannot go on."""

    exit_code = 74


class StoreLocked(StoreError):
    """Another process writes this data directory."""

    exit_code = 69


class StoreAbsent(StoreError):
    """There is nothing to read yet: no database, or one that the service has not brought up to this program's schema."""

    exit_code = 69


class StoreTooNew(StoreError):
    """The database was made by a newer program; nothing was changed."""

    exit_code = 78


class StoreCorrupt(StoreError):
    """The file is damaged; the text is the first line of the check."""


class StoreFull(StoreError):
    """No room on the disk: nothing of this group was kept. Try again in some seconds."""


class StoreFailed(StoreError, Gone):
    """The disk failed; the writer has ended. Only a new start, which recovers from the log, helps."""


class WriterLock:
    """The sole right to write a data directory, held until ``release`` or the end of the process."""

    def __init__(self, data: Path) -> None:
        self._held = True
        self._file = os.open(data / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._file, 32, 0).decode("ascii", "replace").strip()
            os.close(self._file)
            raise StoreLocked(f"{data} is written by another process (pid {holder or 'unknown'})") from None
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let another process write; once is enough, twice does no harm."""
        if self._held:
            self._held = False
            os.close(self._file)


def _connector(path: Path, mode: str, busy_ms: int) -> Callable[[], sqlite3.Connection]:
    uri = f"{path.absolute().as_uri()}?mode={mode}"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=busy_ms / 1000)

    return connect


def _engine(connect: Callable[[], sqlite3.Connection], pragmas: tuple[str, ...], begin: str) -> Engine:
    engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.pool.QueuePool, hide_parameters=True)

    def on_connect(connection: Any, _record: Any) -> None:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}").fetchall()

    def on_begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    sa.event.listen(engine, "connect", on_connect)
    sa.event.listen(engine, "begin", on_begin)
    return engine


def writer_engine(path: Path) -> Engine:
    """An engine that may write ``path`` (made if absent). The caller holds the WriterLock and uses one connection.

    A commit has reached the disk when it returns: write-ahead log with ``synchronous=FULL``.
    """
    new = not path.exists() or path.stat().st_size == 0  # on a file with tables this pragma would be a write
    first = (*(("auto_vacuum=INCREMENTAL",) if new else ()), "journal_mode=WAL", "synchronous=FULL")
    return _engine(_connector(path, "rwc", READ_BUSY_MS), (*first, *_PRAGMAS), "BEGIN IMMEDIATE")


def reader_engine(path: Path) -> Engine:
    """An engine that can only read; each ``begin`` sees one unchanging moment. Keep it shorter than 5 s."""
    return _engine(_connector(path, "ro", READ_BUSY_MS), ("wal_autocheckpoint=0", "query_only=ON", *_PRAGMAS), "BEGIN")


def checked(path: Path) -> None:
    """Raise StoreCorrupt if the file at ``path`` is damaged; a file that is not there is sound."""
    if not path.exists():
        return
    small = path.stat().st_size <= QUICK_CHECK_BYTES
    try:
        connection = _connector(path, "rw", READ_BUSY_MS)()
        try:
            question = "PRAGMA quick_check(1)" if small else "SELECT 'ok' FROM sqlite_master LIMIT 1"
            found = connection.execute(question).fetchone()
        finally:
            connection.close()
    except sqlite3.DatabaseError as fault:
        raise StoreCorrupt(f"{path}: {fault}") from fault
    if found and found[0] != "ok":
        raise StoreCorrupt(f"{path}: {str(found[0]).splitlines()[0]}")


def copied(path: Path, goal: Path) -> None:
    """Write a whole copy of the database at ``path`` to ``goal``, on the disk when this returns."""
    beside = goal.with_name(goal.name + ".part")
    source, copy = sqlite3.connect(path), sqlite3.connect(beside)
    try:
        source.backup(copy)
    finally:
        copy.close()
        source.close()
    _synced(beside)
    beside.rename(goal)
    _synced(goal.parent)


def synced_directory(directory: Path) -> None:
    """Make the names in ``directory`` durable."""
    _synced(directory)


def _synced(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def translated(fault: Exception) -> Exception:
    """``fault`` as the StoreError it stands for; anything that is not the ground's fault comes back as it is."""
    origin = fault.orig if isinstance(fault, DatabaseError) else fault
    code = getattr(origin, "sqlite_errorcode", 0)
    if code in _NO_ROOM:
        return StoreFull(str(origin))
    if code & 0xFF in _FATAL:
        return StoreFailed(str(origin))
    return fault


def rows_written(connection: Connection) -> int:
    """Rows that this connection has inserted, changed or deleted in its life, taken back or not."""
    raw = connection.connection.driver_connection
    assert raw is not None
    written: int = raw.total_changes
    return written


def cut_log(connection: Connection) -> None:
    """Bring the write-ahead log into the file and cut it; if a reader stands in the way, a later call does it."""
    raw = connection.connection.driver_connection
    assert raw is not None
    raw.execute(f"PRAGMA busy_timeout={CHECKPOINT_BUSY_MS}").fetchall()
    try:
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        raw.execute(f"PRAGMA busy_timeout={READ_BUSY_MS}").fetchall()


def give_back(connection: Connection, pages: int = 1_000) -> None:
    """Hand up to ``pages`` freed pages back to the file system (nothing on PostgreSQL: it drops partitions)."""
    if connection.dialect.name == "sqlite":
        raw = connection.connection.driver_connection
        assert raw is not None
        raw.execute(f"PRAGMA incremental_vacuum({pages})").fetchall()  # a page a step: it must be fetched to its end


def insert_absent(connection: Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that passes over rows whose key is there already: the first committed row of a name stands."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()


def numbers(connection: Connection, values: Iterable[int]) -> sa.TableValuedAlias:
    """``values`` as a table with the column ``value``; one parameter however many they are, since a statement's are limited."""
    dialect = connection.dialect.name
    return numbers_given(dialect, listed(dialect, values))


def numbers_given(dialect: str, given: Any) -> sa.TableValuedAlias:
    """The same of a parameter that is ``given`` as ``listed`` says, for a statement that is built once."""
    column = sa.column("value", sa.BigInteger)
    if dialect == "postgresql":
        return sa.func.unnest(sa.cast(given, postgresql.ARRAY(sa.BigInteger))).table_valued(column).render_derived()
    return sa.func.json_each(given).table_valued(column)


def listed(dialect: str, values: Iterable[int]) -> list[int] | str:
    """``values`` as one parameter."""
    return list(values) if dialect == "postgresql" else json.dumps(list(values))
