"""The database kind against PostgreSQL: a primary and its replica, well and ill."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from postgres import PASSWORD, USER, Postgres

from monitor.clock import monotonic, system_clock
from monitor.watch.egress import Egress
from monitor.watch.runner import LookOutcome, Runner
from monitor.watch.stall import Stall
from probes.kinds.database import Database
from probes.probe import Secret, SecretRef
from sla.state import Cause, State

pytestmark = pytest.mark.real
LOOPS = ("uvloop",)


REF = SecretRef("env:PASSWORD")


@pytest.fixture(scope="module")
def postgres(pki: Path) -> Iterator[Postgres]:
    running = Postgres(pki)
    asyncio.run(
        running.do(
            running.primary_port,
            f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}' CONNECTION LIMIT 3",
            f"GRANT pg_monitor TO {USER}",
            f"CREATE ROLE blind LOGIN PASSWORD '{PASSWORD}'",
        )
    )
    yield running
    running.stop()


@pytest.fixture
def probe(postgres: Postgres, pki: Path) -> Database:
    ca = str(pki / "ca.pem")
    return Database("postgresql", "localhost", "postgres", USER, REF, postgres.primary_port, ca_file=ca, min_replicas=1)


def replica_of(probe: Database, postgres: Postgres) -> Database:
    return replace(probe, port=postgres.replica_port, role="replica", min_replicas=0)


async def seen(runner: Runner, probe: Database, cause: Cause | None, seconds: float = 10) -> LookOutcome:
    """Look until ``cause`` is found: a server notices what happened to another in its own time."""
    until = time.monotonic() + seconds
    while True:
        outcome = await runner.look(probe, 10)
        assert PASSWORD not in repr(outcome)
        if outcome.finding.cause is cause or time.monotonic() > until:
            assert outcome.finding.cause is cause, outcome
            return outcome
        await asyncio.sleep(0.2)


async def test_a_primary_is_up_with_its_role_replicas_and_connections(runner: Runner, probe: Database) -> None:
    outcome = await seen(runner, probe, None)
    facts = outcome.finding.facts
    assert (facts["db_role"], facts["db_replicas_streaming"], facts["db_connections_max"]) == ("primary", 1, 17)
    assert str(facts["db_version"]).startswith("1")
    assert facts["tls_version"] == "TLSv1.3"
    assert [name for name, _ in outcome.phases][-3:] == ["connect", "auth", "query"]
    assert outcome.finding.notices == ()


async def test_a_replica_is_up_where_one_is_wanted_and_only_there(runner: Runner, probe: Database, postgres: Postgres) -> None:
    replica = replica_of(probe, postgres)
    outcome = await seen(runner, replica, None)
    assert outcome.finding.facts["db_role"] == "replica"
    assert outcome.finding.facts["db_replication_lag_bytes"] == 0
    wrong = await seen(runner, replace(replica, role="primary"), Cause.ASSERT_FAILED)
    assert wrong.finding.reason == "expected primary, is in recovery"
    await seen(runner, replace(replica, role="any"), None)


async def test_a_quiet_replica_that_has_everything_is_not_behind(runner: Runner, probe: Database, postgres: Postgres) -> None:
    await postgres.do(postgres.primary_port, "CREATE TABLE IF NOT EXISTS quiet AS SELECT 1")
    await asyncio.sleep(2.2)
    outcome = await seen(runner, replace(replica_of(probe, postgres), lag_degraded_s=1), None)
    assert outcome.finding.facts["db_replication_lag_seconds"] == 0, "the time since the last change is no lag"


async def test_a_replica_that_does_not_replay_lags_in_both_views(runner: Runner, probe: Database, postgres: Postgres) -> None:
    await postgres.do(postgres.replica_port, "SELECT pg_wal_replay_pause()")
    try:
        noise = "CREATE TABLE noise AS SELECT generate_series(1, 20000)"
        await postgres.do(postgres.primary_port, "DROP TABLE IF EXISTS noise", noise)
        at_primary = await seen(runner, replace(probe, lag_degraded_bytes=1000), Cause.LAGGING)
        assert "bytes behind, wanted at most 1000" in at_primary.finding.reason
        await seen(runner, replace(replica_of(probe, postgres), lag_degraded_bytes=1000), Cause.LAGGING)
    finally:
        await postgres.do(postgres.replica_port, "SELECT pg_wal_replay_resume()")
    await seen(runner, replace(probe, lag_degraded_bytes=1000), None)


async def test_a_replica_that_is_gone_is_missing_and_a_primary_that_is_gone_stops_its_replica(
    runner: Runner, probe: Database, postgres: Postgres
) -> None:
    postgres.replica.stop()
    try:
        outcome = await seen(runner, probe, Cause.MEMBERS_MISSING)
        assert "0 replicas streaming, wanted at least 1" in outcome.finding.reason
        await seen(runner, replace(probe, min_replicas=0), None)
        await seen(runner, replica_of(probe, postgres), Cause.TCP_REFUSED)
    finally:
        postgres.replica = postgres.start(postgres.folder / "replica", postgres.replica_port)
    await seen(runner, probe, None)
    postgres.primary.stop()
    try:
        await seen(runner, probe, Cause.TCP_REFUSED)
        stopped = await seen(runner, replica_of(probe, postgres), Cause.LAGGING)
        assert "replication has stopped: WAL receiver is not running" in stopped.finding.reason
        assert stopped.finding.state is State.DEGRADED, "it answers: replication never makes it down"
    finally:
        postgres.primary = postgres.start(postgres.folder / "primary", postgres.primary_port)
    await seen(runner, probe, None)


@asynccontextmanager
async def filled(postgres: Postgres, count: int, user: str | None = None) -> AsyncIterator[None]:
    import asyncpg

    async with AsyncExitStack() as stack:
        for _ in range(count):
            session = await (
                postgres.superuser(postgres.primary_port)
                if user is None
                else asyncpg.connect(
                    host="127.0.0.1", port=postgres.primary_port, user=user, password=PASSWORD, database="postgres", ssl=False
                )
            )
            stack.push_async_callback(session.close)
        yield


async def test_room_that_runs_out_is_a_notice_then_degraded_then_an_error(
    runner: Runner, probe: Database, postgres: Postgres
) -> None:
    async with filled(postgres, 14):
        nearly = await seen(runner, probe, None)
        assert [notice.code for notice in nearly.finding.notices] == ["connections_notice"]
    async with filled(postgres, 16):
        full = await seen(runner, probe, Cause.SATURATED)
        assert full.finding.reason == "17 of 17 connections in use"
    async with filled(postgres, 17):
        none_left = await seen(runner, probe, Cause.SERVICE_ERROR)
        assert "53300" in none_left.finding.reason
        assert "too many clients" in none_left.finding.reason
    async with filled(postgres, 3, USER):
        ours = await seen(runner, probe, Cause.CHECK_CONFIG)
        assert "our account's own limit" in ours.finding.reason


async def test_a_frozen_postmaster_is_a_deadline_and_leaves_nothing_behind(
    runner: Runner, probe: Database, postgres: Postgres
) -> None:
    await seen(runner, probe, None)
    before, tasks = len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())
    postgres.primary.freeze()
    try:
        for how in (probe, replace(probe, insecure_plaintext=True)):
            began = time.monotonic()
            outcome = await runner.look(how, 1)
            assert outcome.finding.cause is Cause.DEADLINE, outcome
            assert time.monotonic() - began < 2  # the deadline and a second
    finally:
        postgres.primary.thaw()
    for _ in range(40):
        await asyncio.sleep(0.05)
        if len(os.listdir("/proc/self/fd")) <= before and len(asyncio.all_tasks()) <= tasks:
            break
    assert len(os.listdir("/proc/self/fd")) <= before
    assert len(asyncio.all_tasks()) <= tasks


@pytest.mark.parametrize(
    ("variant", "cause"), [("expired", Cause.CERT_EXPIRED), ("wronghost", Cause.CERT_NAME), ("stranger", Cause.CERT_CHAIN)]
)
async def test_the_certificate_is_judged_through_the_relay_by_the_servers_own_name(
    variant: str, cause: Cause, runner: Runner, probe: Database, postgres: Postgres
) -> None:
    postgres.show(variant)
    try:
        await seen(runner, probe, cause)
    finally:
        postgres.show("good")
    await seen(runner, replace(probe, server_name="other.example"), Cause.CERT_NAME)
    await seen(runner, replace(probe, host="127.0.0.1"), None)


async def test_what_the_server_refuses_has_its_cause(egress: Egress, probe: Database, postgres: Postgres) -> None:
    word = PASSWORD
    runner = Runner(egress, system_clock, monotonic, Stall(monotonic), lambda ref: Secret(word))
    assert "3D000" in (await seen(runner, replace(probe, database="nowhere"), Cause.SERVICE_ERROR)).finding.reason
    await seen(runner, probe, None)
    await seen(runner, replace(probe, user="nobody"), Cause.AUTH_FAILED)
    word = "wrong-" + PASSWORD
    wrong = await seen(runner, probe, Cause.CHECK_CONFIG)
    assert "28P01" in wrong.finding.reason
    await seen(runner, replace(probe, password=None), Cause.CHECK_CONFIG)


async def test_an_account_that_may_not_see_replication_says_so_and_the_database_is_up(runner: Runner, probe: Database) -> None:
    outcome = await seen(runner, replace(probe, user="blind"), None)
    assert [notice.code for notice in outcome.finding.notices] == ["control_unreadable"]
    assert "db_replicas_streaming" not in outcome.finding.facts


async def test_a_session_can_change_nothing_and_the_server_ends_long_queries(postgres: Postgres, egress: Egress) -> None:
    from probes import postgresql
    from probes.sql import Login

    flight = egress.flight()
    try:
        relay = await flight.relay("127.0.0.1", postgres.primary_port)
        session = await postgresql.connected(relay, Login(USER, PASSWORD, "postgres", 300))
        with pytest.raises(Exception, match="read-only transaction"):
            await session.execute("CREATE TABLE stolen (id int)")
        with pytest.raises(Exception, match="statement timeout"):
            await session.execute("SELECT pg_sleep(5)")
    finally:
        flight.close()
