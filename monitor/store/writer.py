"""The one thread that writes. It owns the writing connection from its opening to its clean close."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias, TypeVar

from sqlalchemy.engine import Connection, Engine

from monitor.store.engine import CHECKPOINT_BYTES, StoreFailed, StoreFull, cut_log, rows_written, translated, writer_engine

T = TypeVar("T")
Work: TypeAlias = Callable[[Connection], Any]
_Job: TypeAlias = "tuple[Work, Future[Any]]"

MAX_GROUP = 64
"""Works that may share one commit: enough to hide the fsync, few enough that nobody waits long for another's failure."""


class Writer:
    """Runs works one after the other, each whole or not at all; works that wait together share one commit.

    A work gets the connection inside a transaction and must not commit. Its future answers after the commit. A work that
    raises takes only itself back. StoreFull: the whole group was taken back, the writer goes on. StoreFailed: the disk
    failed; the writer has ended and ``failure`` tells why.
    """

    def __init__(self, path: Path) -> None:
        self._log = path.with_name(path.name + "-wal")
        self._engine = writer_engine(path)
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self.failure: StoreFailed | None = None
        self.full: StoreFull | None = None
        """Why the last group found no room; None again as soon as something has been written."""
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Queue ``work``; its future holds what it returned once that is committed. Raises StoreFailed after the end."""
        future: Future[T] = Future()
        with self._gate:
            if self.failure or self._closed:
                raise self.failure or StoreFailed("the writer is closed")
            self._queue.put((work, future))
        return future

    def close(self) -> None:
        """Finish what is queued, bring the log into the file and let it go."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            with self._engine.connect() as connection:
                while (jobs := self._group()) is not None:
                    self._commit(connection, jobs)
                    if self.failure:
                        break
                    self._tidy(connection)
        except Exception as fault:
            self._end(fault)
        finally:
            _disposed(self._engine)
            self._refuse_rest()

    def _group(self) -> list[_Job] | None:
        """The works that wait, at least one; None is the end."""
        jobs: list[_Job] = []
        job = self._queue.get()
        while job is not None:
            # A future that was cancelled while it waited is passed over; from here on it can't be cancelled any more.
            if job[1].set_running_or_notify_cancel():
                jobs.append(job)
            if len(jobs) == MAX_GROUP:
                return jobs
            try:
                job = self._queue.get_nowait()
            except Empty:
                return jobs
        if jobs:
            self._queue.put(None)
        return jobs or None

    def _commit(self, connection: Connection, jobs: list[_Job]) -> None:
        if not jobs:
            return
        before = rows_written(connection)
        try:
            with connection.begin():
                answers = [(future, *_attempt(connection, work, alone=len(jobs) == 1)) for work, future in jobs]
        except Exception as fault:
            ours = translated(fault)
            if isinstance(ours, StoreFailed):
                self._end(ours)
            if isinstance(ours, StoreFull):
                self.full = ours
            for _, future in jobs:
                future.set_exception(ours)
            return
        if rows_written(connection) > before:
            self.full = None
        for future, answer, refused in answers:
            if refused is None:
                future.set_result(answer)
            else:
                future.set_exception(refused)

    def _tidy(self, connection: Connection) -> None:
        if self._log.exists() and self._log.stat().st_size > CHECKPOINT_BYTES:
            try:
                cut_log(connection)
            except Exception as fault:
                if isinstance(ours := translated(fault), StoreFailed):
                    self._end(ours)

    def _end(self, fault: Exception) -> None:
        with self._gate:
            self.failure = fault if isinstance(fault, StoreFailed) else StoreFailed(str(fault))

    def _refuse_rest(self) -> None:
        with self._gate:
            self._closed = True
        while not self._queue.empty():
            job = self._queue.get()
            if job is not None and job[1].set_running_or_notify_cancel():
                job[1].set_exception(self.failure or StoreFailed("the writer is closed"))


def _attempt(connection: Connection, work: Work, alone: bool) -> tuple[Any, Exception | None]:
    """What ``work`` returned, or what it raised with its own rows taken back; the ground's faults go through."""
    if alone:
        return work(connection), None
    try:
        with connection.begin_nested():
            return work(connection), None
    except Exception as fault:
        # A full or failed disk may have rolled back the whole transaction: then nobody in it may be told "kept".
        if isinstance(translated(fault), StoreFull | StoreFailed):
            raise
        return None, fault


def _disposed(engine: Engine) -> None:
    """Close the file; after a failed disk this may raise, and there is nothing left to save."""
    try:
        engine.dispose()
    except Exception as fault:
        if not isinstance(translated(fault), StoreFull | StoreFailed):
            raise
