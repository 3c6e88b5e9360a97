from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from monitor.store import reader_tables, rollout_tables, tables
from monitor.store.database import Database
from monitor.store.engine import FILE, copied, reader_engine
from monitor.store.schema import file_version, program_version, upgraded


def test_the_steps_lead_to_the_tables(tmp_path: Path) -> None:
    database = Database(tmp_path, 0)
    assert rollout_tables.metadata is tables.metadata, "all tables stand in one list"
    with database.readers.connect() as connection:
        assert file_version(connection) == program_version()
        assert compare_metadata(MigrationContext.configure(connection), tables.metadata) == []
        made = dict(connection.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'table'")).all())
    assert reader_tables.subscriber.name in made
    for table in tables.metadata.tables.values():
        without = table.dialect_options["sqlite"]["with_rowid"] is False
        assert ("WITHOUT ROWID" in made[table.name]) == without, table.name
    database.close()


def test_the_copy_made_before_a_step_is_whole(tmp_path: Path) -> None:
    database = Database(tmp_path, 0)
    database.writer.submit(lambda c: c.execute(sa.text("INSERT INTO site (key) VALUES ('kept')")).rowcount).result(10)
    copied(database.path, tmp_path / "backup-1-42.db")  # also of what is still in the log
    database.close()
    copy = reader_engine(tmp_path / "backup-1-42.db")
    with copy.connect() as connection:
        assert connection.execute(sa.text("SELECT key FROM site")).scalar() == "kept"
    copy.dispose()


def test_a_schema_of_today_is_left_alone(tmp_path: Path) -> None:
    Database(tmp_path, 0).close()
    upgraded(tmp_path / FILE, 42)
    assert not list(tmp_path.glob("backup-*"))
