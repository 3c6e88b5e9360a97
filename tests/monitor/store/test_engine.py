"""The facts that the storage rules stand on, held against the SQLite we run on."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from monitor.store.database import Database
from monitor.store.engine import FILE, StoreCorrupt, StoreLocked, StoreTooNew, WriterLock, cut_log, reader_engine, writer_engine


def pragma(engine: sa.Engine, name: str) -> object:
    with engine.connect() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_a_commit_is_on_the_disk(tmp_path: Path) -> None:
    engine = writer_engine(tmp_path / FILE)
    wanted = {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
        "trusted_schema": 0,
        "cell_size_check": 1,
    }
    assert {name: pragma(engine, name) for name in wanted} == wanted
    engine.dispose()


def test_a_rolled_back_schema_change_leaves_nothing(tmp_path: Path) -> None:
    engine = writer_engine(tmp_path / FILE)
    with pytest.raises(ZeroDivisionError), engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE t (x INTEGER)"))
        raise ZeroDivisionError
    with engine.connect() as connection:
        assert sa.inspect(connection).get_table_names() == []
    engine.dispose()


def test_a_reader_cannot_write_nor_checkpoint(tmp_path: Path) -> None:
    database = Database(tmp_path, 0)
    with pytest.raises(sa.exc.OperationalError), database.readers.begin() as connection:
        connection.execute(sa.text("INSERT INTO site (key) VALUES ('x')"))
    assert pragma(database.readers, "wal_autocheckpoint") == 0
    database.close()


def test_a_reader_sees_one_moment(tmp_path: Path) -> None:
    database = Database(tmp_path, 0)
    count = sa.text("SELECT count(*) FROM site")
    with database.readers.begin() as connection:
        assert connection.execute(count).scalar() == 0
        database.writer.submit(lambda c: c.execute(sa.text("INSERT INTO site (key) VALUES ('x')")).rowcount).result(10)
        assert connection.execute(count).scalar() == 0
    with database.readers.begin() as connection:
        assert connection.execute(count).scalar() == 1
    database.close()


def test_the_log_is_cut(tmp_path: Path) -> None:
    engine = writer_engine(tmp_path / FILE)
    with engine.connect() as connection:
        with connection.begin():
            connection.execute(sa.text("CREATE TABLE t (x INTEGER)"))
        assert (tmp_path / f"{FILE}-wal").stat().st_size > 0
        cut_log(connection)
        assert (tmp_path / f"{FILE}-wal").stat().st_size == 0
    engine.dispose()


def test_a_second_writer_leaves_with_69_and_names_the_first(tmp_path: Path) -> None:
    holder = (
        "import sys, pathlib; from monitor.store.engine import WriterLock\n"
        "WriterLock(pathlib.Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", holder, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout and child.stdin and child.stdout.readline() == b"held\n"
        with pytest.raises(StoreLocked, match=f"pid {child.pid}") as raised:
            Database(tmp_path, 0)
        assert raised.value.exit_code == 69
        child.stdin.close()
    WriterLock(tmp_path).release()


def test_a_newer_schema_is_refused_and_not_touched(tmp_path: Path) -> None:
    Database(tmp_path, 0).close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
    connection.close()
    before = (tmp_path / FILE).read_bytes()
    with pytest.raises(StoreTooNew, match=r"database schema 999 is newer than this program \(\d+\); nothing changed") as raised:
        Database(tmp_path, 0)
    assert raised.value.exit_code == 78
    assert (tmp_path / FILE).read_bytes() == before


@pytest.mark.parametrize("damage", [b"this is no database" * 300, b""])
def test_a_corrupt_file_is_refused_with_74(tmp_path: Path, damage: bytes) -> None:
    Database(tmp_path, 0).close()
    whole = bytearray((tmp_path / FILE).read_bytes())
    if damage:
        whole[: len(damage)] = damage
    else:
        whole[4096 * 2 : 4096 * 6] = b"\xa5" * 4096 * 4
    (tmp_path / FILE).write_bytes(whole)
    with pytest.raises(StoreCorrupt) as raised:
        Database(tmp_path, 0)
    assert raised.value.exit_code == 74
    assert "\n" not in str(raised.value)


def test_a_reader_needs_the_file(tmp_path: Path) -> None:
    with pytest.raises(sa.exc.OperationalError):
        reader_engine(tmp_path / FILE).connect()
