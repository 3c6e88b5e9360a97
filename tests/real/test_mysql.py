"""The database kind against MariaDB: a source and its replica, well and ill."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from mariadb import PASSWORD, USER, MariaDb

from monitor.clock import monotonic, system_clock
from monitor.watch.egress import Egress
from monitor.watch.runner import LookOutcome, Runner
from monitor.watch.stall import Stall
from probes.kinds.database import Database
from probes.mysql import REPLICA, REPLICA_OF_OLD, _replica_words
from probes.probe import Secret, SecretRef
from sla.state import Cause, State

pytestmark = pytest.mark.real
LOOPS = ("uvloop",)


REF = SecretRef("env:PASSWORD")


@pytest.fixture(scope="module")
def mariadb(pki: Path) -> Iterator[MariaDb]:
    running = MariaDb(pki)
    yield running
    running.stop()


@pytest.fixture
def probe(mariadb: MariaDb, pki: Path) -> Database:
    return Database("mariadb", "localhost", "mdm", USER, REF, mariadb.source_port, ca_file=str(pki / "ca.pem"))


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


async def test_a_source_is_a_primary_and_a_replica_one_that_follows(runner: Runner, probe: Database, mariadb: MariaDb) -> None:
    outcome = await seen(runner, probe, None)
    facts = outcome.finding.facts
    assert (facts["db_role"], facts["db_connections_max"], facts["tls_version"]) == ("primary", 20, "TLSv1.3")
    assert "MariaDB" in str(facts["db_version"])
    assert [name for name, _ in outcome.phases][-3:] == ["connect", "auth", "query"]
    replica = replace(probe, port=mariadb.replica_port, role="replica")
    assert (await seen(runner, replica, None)).finding.facts["db_replication_lag_seconds"] == 0
    assert "expected primary, is a replica" in (
        (await seen(runner, replace(replica, role="primary"), Cause.ASSERT_FAILED)).finding.reason
    )
    mariadb.do("source", "SET GLOBAL read_only=1")
    try:
        await seen(runner, probe, Cause.ASSERT_FAILED)
    finally:
        mariadb.do("source", "SET GLOBAL read_only=0")


async def test_a_thread_that_was_stopped_is_lagging_and_named(runner: Runner, probe: Database, mariadb: MariaDb) -> None:
    replica = replace(probe, port=mariadb.replica_port, role="replica")
    mariadb.do("replica", "STOP REPLICA SQL_THREAD")
    try:
        stopped = await seen(runner, replica, Cause.LAGGING)
        assert stopped.finding.state is State.DEGRADED
        assert "Slave_SQL_Running is No" in stopped.finding.reason
    finally:
        mariadb.do("replica", "START REPLICA")
    await seen(runner, replica, None)


async def test_a_full_server_says_so_before_tls_and_our_own_limit_is_ours(
    runner: Runner, probe: Database, mariadb: MariaDb
) -> None:
    held = mariadb.fill(17)
    try:
        await seen(runner, replace(probe, connections_degraded_percent=85), Cause.SATURATED)
        held += mariadb.fill(4)
        full = await seen(runner, probe, Cause.SERVICE_ERROR)
        assert "1040: too many clients" in full.finding.reason
    finally:
        for one in held:
            one.kill()
            one.communicate()
    await asyncio.sleep(0.3)
    mariadb.do("source", f"ALTER USER {USER}@'127.0.0.1' WITH MAX_QUERIES_PER_HOUR 1")
    try:
        ours = await seen(runner, probe, Cause.CHECK_CONFIG)
        assert "1226" in ours.finding.reason
    finally:
        mariadb.do("source", f"ALTER USER {USER}@'127.0.0.1' WITH MAX_QUERIES_PER_HOUR 0; FLUSH PRIVILEGES")
    await seen(runner, probe, None)


async def test_a_frozen_server_is_a_deadline_and_leaves_nothing_behind(runner: Runner, probe: Database, mariadb: MariaDb) -> None:
    await seen(runner, probe, None)
    before, tasks = len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())
    mariadb.source.freeze()
    try:
        for how in (probe, replace(probe, insecure_plaintext=True)):
            began = time.monotonic()
            assert (await runner.look(how, 1)).finding.cause is Cause.DEADLINE
            assert time.monotonic() - began < 2  # the deadline and a second
    finally:
        mariadb.source.thaw()
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
    variant: str, cause: Cause, runner: Runner, probe: Database, mariadb: MariaDb
) -> None:
    mariadb.show(variant)
    try:
        await seen(runner, probe, cause)
    finally:
        # In a thread: the server would wait for the connection that this loop has not yet closed.
        await asyncio.to_thread(mariadb.show, "good")
    await seen(runner, replace(probe, server_name="other.example"), Cause.CERT_NAME)


async def test_what_the_server_refuses_has_its_cause(egress: Egress, probe: Database) -> None:
    word = PASSWORD
    runner = Runner(egress, system_clock, monotonic, Stall(monotonic), lambda ref: Secret(word))
    await seen(runner, probe, None)
    await seen(runner, replace(probe, insecure_plaintext=True), None)
    assert "1044" in (await seen(runner, replace(probe, database="nowhere"), Cause.AUTH_FAILED)).finding.reason
    word = "wrong-" + PASSWORD
    assert "1045" in (await seen(runner, probe, Cause.CHECK_CONFIG)).finding.reason


async def test_an_account_that_may_not_see_replication_says_so_and_the_database_is_up(runner: Runner, probe: Database) -> None:
    outcome = await seen(runner, replace(probe, user="blind"), None)
    assert [notice.code for notice in outcome.finding.notices] == ["control_unreadable"]


@pytest.mark.parametrize(
    ("version", "words"),
    [
        ("10.11.19-MariaDB-0+deb12u1", REPLICA),
        ("5.5.5-10.3.39-MariaDB", REPLICA_OF_OLD),
        ("10.5.0-MariaDB", REPLICA_OF_OLD),
        ("8.0.21", REPLICA_OF_OLD),
        ("8.0.22", REPLICA),
        ("8.4.3-0ubuntu1", REPLICA),
        ("5.7.44-log", REPLICA_OF_OLD),
        ("nonsense", REPLICA_OF_OLD),
    ],
)
def test_each_server_is_asked_in_words_that_it_knows(version: str, words: str) -> None:
    assert _replica_words(version) == words
