from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.store import tables
from monitor.store.database import Database
from monitor.store.engine import StoreFailed, StoreFull, translated


def named(key: str) -> sa.Insert:
    return sa.insert(tables.site).values(key=key)


def keys(database: Database) -> list[str]:
    return database.look(lambda c: list(c.execute(sa.select(tables.site.c.key).order_by(tables.site.c.key)).scalars()))


def test_an_answer_means_committed_and_a_failure_takes_only_itself_back(tmp_path: Path) -> None:
    database = Database(tmp_path, 0)

    def fails(connection: Connection) -> None:
        connection.execute(named("never"))
        raise ZeroDivisionError

    futures = [database.writer.submit(lambda c, key=f"s{i:02}": c.execute(named(key)).rowcount) for i in range(20)]
    bad = database.writer.submit(fails)
    after = database.writer.submit(lambda c: c.execute(named("t")).rowcount)
    assert [future.result(10) for future in futures] == [1] * 20
    with pytest.raises(ZeroDivisionError):
        bad.result(10)
    assert after.result(10) == 1
    assert keys(database) == [*(f"s{i:02}" for i in range(20)), "t"]
    database.close()


def test_a_full_disk_keeps_nothing_and_the_writer_goes_on(tmp_path: Path) -> None:
    database = Database(tmp_path, 0)
    pages = database.writer.submit(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar()).result(10)
    database.writer.submit(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count={pages}").scalar()).result(10)
    with pytest.raises(StoreFull):
        database.writer.submit(lambda c: c.execute(named("x" * 100_000)).rowcount).result(10)
    database.writer.submit(lambda c: c.exec_driver_sql("PRAGMA max_page_count=1000000").scalar()).result(10)
    assert database.writer.submit(lambda c: c.execute(named("y")).rowcount).result(10) == 1
    assert keys(database) == ["y"]
    database.close()


@pytest.mark.parametrize(
    ("code", "meaning"),
    [(sqlite3.SQLITE_FULL, StoreFull), (sqlite3.SQLITE_IOERR_SHMSIZE, StoreFull), (sqlite3.SQLITE_IOERR_FSYNC, StoreFailed)],
)
def test_no_room_for_the_index_of_the_log_is_no_failed_disk(code: int, meaning: type[Exception]) -> None:
    fault = sqlite3.OperationalError("disk I/O error")
    fault.sqlite_errorcode = code
    assert type(translated(fault)) is meaning


def test_a_closed_writer_has_done_all_and_takes_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path, 0)
    last = database.writer.submit(lambda c: c.execute(named("last")).rowcount)
    database.close()
    assert last.result(0) == 1
    assert not (tmp_path / "threenines.db-wal").exists()
    with pytest.raises(StoreFailed):
        database.writer.submit(lambda c: None)
    database.close()
