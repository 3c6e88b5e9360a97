"""The schema's steps on a real PostgreSQL: the same tables as on SQLite, the same refusals, the same view of a look.

The service itself keeps its store in SQLite. What is held here is that nothing in the schema would stand in the way.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from postgres import SUPERSECRET, SUPERUSER, Postgres
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from monitor.store import asked_tables, reader_tables, rollout_tables, tables
from monitor.store.engine import FILE, writer_engine
from monitor.store.schema import file_version, program_version, stepped_up, upgraded

pytestmark = pytest.mark.real
T = TypeVar("T")
HOMES = (tables, reader_tables, rollout_tables, asked_tables)
TABLES = tables.metadata.sorted_tables
"""Of all homes, each after those that it refers to."""


@pytest.fixture(scope="module")
def postgres(pki: Path) -> Iterator[Postgres]:
    running = Postgres(pki, replicated=False)
    try:
        asyncio.run(on(running, stepped_up))
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    path = tmp_path_factory.mktemp("store") / FILE
    upgraded(path, 0)
    engine = writer_engine(path)
    yield engine
    engine.dispose()


@asynccontextmanager
async def connected(postgres: Postgres) -> AsyncIterator[Any]:
    url = sa.URL.create("postgresql+asyncpg", SUPERUSER, SUPERSECRET, "127.0.0.1", postgres.primary_port, "postgres")
    engine = create_async_engine(url, connect_args={"ssl": False})
    try:
        async with engine.connect() as connection:
            yield connection
    finally:
        await engine.dispose()


async def on(postgres: Postgres, work: Callable[[Connection], T]) -> T:
    """What ``work`` does on PostgreSQL, committed."""
    async with connected(postgres) as connection:
        done: T = await connection.run_sync(work)
        await connection.commit()
    return done


def constraints(connection: Connection) -> dict[str, dict[str, Any]]:
    """What the database itself says of every table: columns, keys, references, what is unique, indexes."""
    asked = sa.inspect(connection)
    return {
        name: {
            "columns": {column["name"]: column["nullable"] for column in asked.get_columns(name)},
            "key": asked.get_pk_constraint(name)["constrained_columns"],
            "references": {
                (*one["constrained_columns"], one["referred_table"], *one["referred_columns"])
                for one in asked.get_foreign_keys(name)
            },
            "unique": {tuple(one["column_names"]) for one in asked.get_unique_constraints(name)},
            "checks": {one["name"] for one in asked.get_check_constraints(name)},
            "indexes": {(one["name"], *one["column_names"]) for one in _indexes(asked, name)},
        }
        for name in asked.get_table_names()
        if name != "alembic_version"
    }


def _indexes(asked: sa.Inspector, table: str) -> list[Any]:
    """PostgreSQL counts the index behind a unique constraint among the table's."""
    return [index for index in asked.get_indexes(table) if "duplicates_constraint" not in index]


def guarded(connection: Connection) -> set[str]:
    """The tables that triggers keep."""
    names = {
        "sqlite": "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal",
    }[connection.dialect.name]
    return set(connection.scalars(sa.text(names)))


def filled(connection: Connection) -> None:
    """A row in every table."""
    for table in TABLES:
        connection.execute(sa.insert(table), [{column.name: value(column) for column in table.columns}])


def value(column: sa.Column[Any]) -> Any:
    return {bytes: b"1", str: "1", bool: True}.get(column.type.python_type, 1)


async def test_all_steps_lead_to_the_tables(postgres: Postgres) -> None:
    def judged(connection: Connection) -> tuple[int, list[Any]]:
        return file_version(connection), compare_metadata(MigrationContext.configure(connection), tables.metadata)

    assert await on(postgres, judged) == (program_version(), [])


async def test_columns_keys_and_indexes_are_those_of_sqlite(postgres: Postgres, sqlite: sa.Engine) -> None:
    with sqlite.connect() as connection:
        wanted = constraints(connection)
    assert set(wanted) == set(tables.metadata.tables)
    assert await on(postgres, constraints) == wanted


async def test_what_only_grows_there_only_grows_here(postgres: Postgres, sqlite: sa.Engine) -> None:
    """Each statement that would change or remove a fact is refused, the word of the table in the refusal."""
    with sqlite.connect() as connection:
        wanted = guarded(connection)
    assert await on(postgres, guarded) == wanted
    assert len(wanted) >= 10
    async with connected(postgres) as connection:
        await connection.run_sync(filled)
        for table in TABLES:
            column = next(iter(table.columns)).name
            for statement in (f"UPDATE {table.name} SET {column} = {column}", f"DELETE FROM {table.name}"):
                nested = await connection.begin_nested()
                if table.name in wanted:
                    with pytest.raises(DBAPIError, match=f"{table.name} is append-only"):
                        await connection.execute(sa.text(statement))
                elif statement.startswith("UPDATE"):
                    await connection.execute(sa.text(statement))
                await nested.rollback()
        for name in sorted(wanted):
            nested = await connection.begin_nested()
            with pytest.raises(DBAPIError, match=r"is append-only"):
                await connection.execute(sa.text(f"TRUNCATE {name} CASCADE"))
            await nested.rollback()


async def test_the_view_of_a_look_reads_rows_as_sqlite_does(postgres: Postgres, sqlite: sa.Engine) -> None:
    """A row that holds all, one whose numbers did not fit, and one of another agent."""
    rows = [
        {"slot": 1_000, "stream_no": 7, "found": (3 << 28) | (125 << 8) | 20},
        {"slot": 2_000, "stream_no": 7, "found": -1},
        {"slot": 3_000, "stream_no": 2 * (1 << 20) + 9, "found": (1 << 28) | 255},
    ]
    wide = {"slot": 2_000, "stream_no": 7, "at_offset": 70_000, "took": 123_456, "outcome": 5}

    def seen(connection: Connection) -> list[tuple[Any, ...]]:
        connection.execute(sa.insert(tables.result), rows)
        connection.execute(sa.insert(tables.result_wide), [wide])
        looks = connection.execute(sa.text("SELECT slot, check_no, location_no, at, took_ms, outcome FROM look ORDER BY slot"))
        read = [(*row[:4], row[4] if row[4] is None else float(row[4]), row[5]) for row in looks]
        connection.rollback()
        return read

    with sqlite.connect() as connection:
        wanted = seen(connection)
    assert wanted[0] == (1_000, 7, 1, 1_020, 12.4, 3)
    assert wanted[1][2:] == (1, 72_000, 12_345.6, 5)
    assert wanted[2][1:3] == (9, 3)
    async with connected(postgres) as connection:
        assert await connection.run_sync(seen) == wanted
