"""A statement is the same to the byte whichever database its facts lie in: bundle, data, pages and tables."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from deeds import PERIODS, History
from desk_world import BEGUN, Store, configured, filled, looked_at
from postgres import SUPERSECRET, SUPERUSER, Postgres
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from monitor.desk.bundle import bundle, sealed
from monitor.desk.records import enlisted
from monitor.store import statements
from monitor.store.schema import stepped_up
from reports.statement_document import document
from reports.statement_forms import forms

pytestmark = pytest.mark.real
T = TypeVar("T")


@dataclass
class OnPostgres(Store):
    """The same site in a PostgreSQL; a deed is a transaction, as it is with the service's one writer."""

    engine: AsyncEngine
    runner: asyncio.Runner

    def do(self, work: Callable[[Connection], T]) -> T:
        async def done() -> T:
            async with self.engine.begin() as connection:
                return await connection.run_sync(work)

        return self.runner.run(done())

    look = do


@pytest.fixture(scope="module")
def postgres(pki: Path) -> Iterator[Postgres]:
    running = Postgres(pki, replicated=False)
    yield running
    running.stop()


def forms_of(store: Store) -> dict[str, bytes]:
    """Every file of every version of every period."""

    def made(connection: Connection) -> dict[str, bytes]:
        files: dict[str, bytes] = {}
        for period in PERIODS:
            published = statements.versions(connection, "acme", period)
            for number in range(1, len(published) + 1):
                evidence: dict[str, Any] = bundle(connection, published[:number])
                whole = {"evidence.json": sealed(evidence, None), **forms(document(evidence))}
                files |= {f"{period}/v{number}/{name}": data for name, data in whole.items()}
        return files

    return store.look(made)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_form_of_every_version_is_the_same_on_both(postgres: Postgres, tmp_path: Path, seed: int) -> None:
    store = filled(tmp_path)
    History(store, Random(seed)).lived()
    wanted = forms_of(store)
    store.database.close()
    assert len(wanted) >= 3 * 8 * len(PERIODS)

    url = sa.URL.create("postgresql+asyncpg", SUPERUSER, SUPERSECRET, "127.0.0.1", postgres.primary_port, f"world_{seed}")
    asyncio.run(postgres.do(postgres.primary_port, f"CREATE DATABASE world_{seed}"))
    with asyncio.Runner() as runner:
        engine = create_async_engine(url, connect_args={"ssl": False})
        configuration = configured(tmp_path)
        there = OnPostgres(store.database, configuration, store.numbers, tmp_path, engine, runner)
        there.do(stepped_up)
        there.numbers = there.do(lambda c: enlisted(c, configuration, BEGUN))
        looked_at(there)
        History(there, Random(seed)).lived()
        found = forms_of(there)
        runner.run(engine.dispose())
    assert sorted(found) == sorted(wanted)
    assert [name for name in wanted if found[name] != wanted[name]] == []
