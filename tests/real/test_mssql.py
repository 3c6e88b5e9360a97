"""The database kind against a SQL Server of our own; FreeTDS's programs are the witnesses of both sides."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from servers import free_port, needed, serving
from tds_server import DATABASE, PASSWORD, USER, Rows, SqlServer, greeting, packets, prelogin, sql_server, well

from monitor.clock import monotonic, system_clock
from monitor.watch.egress import Egress
from monitor.watch.runner import LookOutcome, Runner
from monitor.watch.stall import Stall
from probes.kinds.database import Database
from probes.mssql import NEEDS_STATE, REPLICAS, SERVER, TOO_OLD
from probes.probe import Secret, SecretRef
from sla.state import Cause, State

pytestmark = pytest.mark.real
LOOPS = ("uvloop",)

REF = SecretRef("env:PASSWORD")
Look = Callable[..., "asyncio.Future[LookOutcome]"]


def context(pki: Path, variant: str = "good") -> ssl.SSLContext:
    """A server's TLS; one that would take 1.3 has to make do with what its clients offer."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(pki / f"{variant}.pem")
    return made


@pytest.fixture
def server(pki: Path) -> SqlServer:
    """A server that is well and belongs to no group."""
    return SqlServer({SERVER: well(), REPLICAS: []}, context(pki))


@pytest.fixture
def probe(pki: Path) -> Database:
    return Database("mssql", "localhost", DATABASE, USER, REF, ca_file=str(pki / "ca.pem"))


async def looked(runner: Runner, probe: Database, server: SqlServer, deadline_s: float = 5) -> LookOutcome:
    async with sql_server(server) as port:
        outcome = await runner.look(replace(probe, port=port), deadline_s)
    assert PASSWORD not in repr(outcome)
    assert "\x1b" not in outcome.finding.reason
    return outcome


async def test_a_server_that_answers_is_up_and_says_what_it_is(runner: Runner, probe: Database, server: SqlServer) -> None:
    outcome = await looked(runner, probe, server)
    facts = dict(outcome.finding.facts)
    assert outcome.finding.state is State.UP, outcome
    assert facts.pop("ssl_earliest_cert_expiry") and facts.pop("tls_cipher")
    assert facts == {
        "ip_protocol": 4,
        "tls_version": "TLSv1.2",
        "db_role": "primary",
        "db_version": "16.0.4135.4 Developer Edition (64-bit)",
        "db_connections_used": 7,
        "db_connections_max": 32767,
        "db_replicas_streaming": 0,
    }
    assert [name for name, _ in outcome.phases][-3:] == ["connect", "auth", "query"]
    login = server.logins[0]
    assert (login.texts["server"], login.texts["database"], login.texts["host"]) == ("localhost", DATABASE, "threenines")
    assert server.heard == [SERVER, REPLICAS], "nothing else is ever asked"


async def test_answers_in_many_packets_and_sparse_rows_are_the_same(runner: Runner, probe: Database, server: SqlServer) -> None:
    server.cut, server.sparse = 33, True
    whole = await looked(runner, probe, replace(server, cut=None, sparse=False))
    assert (await looked(runner, probe, server)).finding == whole.finding


def member(
    local: bool, primary: bool, state: str = "SYNCHRONIZED", suspended: bool = False, lag: str | None = "0"
) -> list[str | None]:
    """A row of the view of replicas, with 3 KiB in its queues."""
    return [str(int(local)), str(int(primary)), state, str(int(suspended)), lag, "3"]


PRIMARY = member(True, True, lag=None)
GROUPS = [
    ("primary", "READ_WRITE", [PRIMARY, member(False, False), member(False, False, lag="4")], None, ""),
    ("primary", "READ_WRITE", [PRIMARY, member(False, False), member(False, False, lag="31")], Cause.LAGGING, "31 s behind"),
    ("primary", "READ_WRITE", [PRIMARY, member(False, False)], Cause.MEMBERS_MISSING, "1 replicas streaming, wanted at least 2"),
    (
        "primary",
        "READ_WRITE",
        [PRIMARY, member(False, False), member(False, False, "NOT SYNCHRONIZING")],
        Cause.MEMBERS_MISSING,
        "1 replicas streaming",
    ),
    ("primary", "READ_ONLY", [member(True, False)], Cause.ASSERT_FAILED, "expected primary, is a replica"),
    ("replica", "READ_ONLY", [member(True, False, lag="2")], None, ""),
    ("replica", "READ_ONLY", [member(True, False, lag="40")], Cause.LAGGING, "40 s behind"),
    ("replica", "READ_ONLY", [member(True, False, suspended=True)], Cause.LAGGING, "data movement is suspended"),
    ("replica", "READ_ONLY", [member(True, False, "NOT SYNCHRONIZING")], Cause.LAGGING, "data movement is NOT SYNCHRONIZING"),
    ("replica", "READ_WRITE", [PRIMARY], Cause.ASSERT_FAILED, "expected replica, is a primary"),
]


@pytest.mark.parametrize(("role", "updates", "group", "cause", "words"), GROUPS)
async def test_a_group_is_judged_by_what_its_member_sees(
    role: str, updates: str, group: Rows, cause: Cause | None, words: str, runner: Runner, probe: Database, server: SqlServer
) -> None:
    server.tables = {SERVER: well(updates), REPLICAS: group}
    wanted = replace(probe, role=role, min_replicas=2 if role == "primary" else 0)  # type: ignore[arg-type]
    finding = (await looked(runner, wanted, server)).finding
    assert finding.cause is cause, finding
    assert words in finding.reason
    assert server.logins[0].flags[2] == (0x20 if role == "replica" else 0), "only a replica is told that we only read"
    if cause is not Cause.ASSERT_FAILED:
        assert finding.facts["db_replication_lag_bytes"] == 3072


@pytest.mark.parametrize(
    ("errors", "cause", "words"),
    [
        ((4060, 18456), Cause.SERVICE_ERROR, "4060: there is no such database"),
        ((17809,), Cause.SERVICE_ERROR, "17809: too many clients"),
        ((18401,), Cause.SERVICE_ERROR, "18401: the server is starting or stopping"),
        ((976,), Cause.SERVICE_ERROR, "976: the database is not open"),
        ((18456,), Cause.CHECK_CONFIG, "18456"),
        ((18487,), Cause.CHECK_CONFIG, "18487"),
        ((99999,), Cause.SERVICE_ERROR, "99999: the server cannot serve"),
    ],
)
async def test_a_refused_login_has_its_cause(
    errors: tuple[int, ...], cause: Cause, words: str, runner: Runner, probe: Database, server: SqlServer
) -> None:
    server.at_login = errors
    finding = (await looked(runner, probe, server)).finding
    assert finding.cause is cause, finding
    assert words in finding.reason


@pytest.mark.parametrize(
    ("number", "cause", "words"),
    [
        (1205, Cause.SERVICE_ERROR, "1205: the server ended the query to end a deadlock"),
        (1222, Cause.DEADLINE, "1222: the server itself broke the query off in time"),
        (6005, Cause.SERVICE_ERROR, "6005: the server is starting or stopping"),
        (297, Cause.SERVICE_ERROR, "297: the server cannot serve"),
    ],
)
async def test_a_refused_question_has_its_cause(
    number: int, cause: Cause, words: str, runner: Runner, probe: Database, server: SqlServer
) -> None:
    server.errors = {SERVER: number}
    finding = (await looked(runner, probe, server)).finding
    assert finding.cause is cause, finding
    assert words in finding.reason


@pytest.mark.parametrize(("number", "why"), [(297, NEEDS_STATE), (371, NEEDS_STATE), (208, TOO_OLD), (207, TOO_OLD)])
async def test_what_cannot_be_seen_of_a_group_is_a_notice_and_the_database_is_up(
    number: int, why: str, runner: Runner, probe: Database, server: SqlServer
) -> None:
    server.errors = {REPLICAS: number}
    finding = (await looked(runner, probe, server)).finding
    assert finding.state is State.UP
    assert [(notice.code, why in notice.text) for notice in finding.notices] == [("control_unreadable", True)]


async def test_an_account_that_may_not_see_connections_says_so(runner: Runner, probe: Database, server: SqlServer) -> None:
    server.tables = {SERVER: well(used="1", may_see="0")}
    finding = (await looked(runner, probe, server)).finding
    assert [notice.code for notice in finding.notices] == ["control_unreadable"]
    assert "db_connections_used" not in finding.facts, "it would count itself alone"
    assert server.heard == [SERVER]


async def test_a_server_that_says_little_of_itself_is_up(runner: Runner, probe: Database, server: SqlServer) -> None:
    server.tables = {SERVER: [["15.0.2000.5", None, None, None, None, None, None]]}
    finding = (await looked(runner, probe, server)).finding
    assert (finding.state, finding.facts["db_role"], finding.facts["db_version"]) == (State.UP, "primary", "15.0.2000.5")


@pytest.mark.parametrize(("used", "cause"), [("79", None), ("80", None), ("95", Cause.SATURATED)])
async def test_room_for_connections(used: str, cause: Cause | None, runner: Runner, probe: Database, server: SqlServer) -> None:
    server.tables = {SERVER: well(used=used, limit="100"), REPLICAS: []}
    finding = (await looked(runner, probe, server)).finding
    assert finding.cause is cause
    assert [notice.code for notice in finding.notices] == ([] if used == "79" else ["connections_notice"])


@pytest.mark.parametrize(
    ("rows", "cause", "words"),
    [
        (well(status="RESTORING"), Cause.SERVICE_ERROR, "database is RESTORING, wanted ONLINE"),
        (well(used="many"), Cause.PROTO_MALFORMED, 'count is "many", wanted digits'),
        (well(used="-1"), Cause.PROTO_MALFORMED, 'count is "-1", wanted digits'),
        ([["16.0"]], Cause.PROTO_MALFORMED, "other than the 7 columns"),
        ([*well(), *well()], Cause.PROTO_MALFORMED, "2 rows, wanted one"),
    ],
)
async def test_what_a_server_says_of_itself_must_add_up(
    rows: Rows, cause: Cause, words: str, runner: Runner, probe: Database, server: SqlServer
) -> None:
    server.tables = {SERVER: rows, REPLICAS: []}
    finding = (await looked(runner, probe, server)).finding
    assert finding.cause is cause, finding
    assert words in finding.reason


async def test_a_password_that_worked_and_is_refused_now_is_down_and_one_that_never_did_is_ours(
    egress: Egress, probe: Database, server: SqlServer
) -> None:
    word = "wrong"
    runner = Runner(egress, system_clock, monotonic, Stall(monotonic), lambda ref: Secret(word))
    assert (await looked(runner, probe, server)).finding.cause is Cause.CHECK_CONFIG
    word = PASSWORD
    assert (await looked(runner, probe, server)).finding.cause is None
    server.at_login = (18456,)
    assert (await looked(runner, probe, server)).finding.cause is Cause.AUTH_FAILED


@pytest.mark.parametrize(
    ("variant", "cause"), [("expired", Cause.CERT_EXPIRED), ("wronghost", Cause.CERT_NAME), ("stranger", Cause.CERT_CHAIN)]
)
async def test_a_certificate_is_judged_before_the_password_is_said(
    variant: str, cause: Cause, runner: Runner, probe: Database, server: SqlServer, pki: Path
) -> None:
    server.context = context(pki, variant)
    assert (await looked(runner, probe, server)).finding.cause is cause
    assert not server.logins


async def test_tls_is_wanted_by_both_or_by_none(runner: Runner, probe: Database, server: SqlServer) -> None:
    plain = replace(probe, insecure_plaintext=True)
    demanded = (await looked(runner, plain, server)).finding
    assert (demanded.cause, "leave out insecure_plaintext" in demanded.reason) == (Cause.CHECK_CONFIG, True)
    server.demands_tls = False
    assert (await looked(runner, probe, server)).finding.state is State.UP
    server.context = None
    assert (await looked(runner, plain, server)).finding.state is State.UP
    none = (await looked(runner, probe, server)).finding
    assert (none.cause, none.reason) == (Cause.TLS_HANDSHAKE, "server offers no TLS, wanted TLS")
    assert [login.texts["database"] for login in server.logins] == [DATABASE] * 2


async def test_what_is_said_in_clear_behind_the_handshake_does_not_pass_for_encrypted(
    runner: Runner, probe: Database, server: SqlServer
) -> None:
    server.speaks_on = WELCOME
    finding = (await looked(runner, probe, server)).finding
    assert (finding.cause, finding.reason) == (Cause.PROTO_MALFORMED, "peer spoke on before TLS began, wanted silence")
    assert not server.logins, "nor is a password said to such a peer"


async def test_a_server_that_sends_us_elsewhere_is_not_followed(runner: Runner, probe: Database, server: SqlServer) -> None:
    finding = (await looked(runner, probe, replace(server, route=True))).finding
    assert (finding.cause, finding.reason) == (Cause.SERVICE_ERROR, "server sends us on to another one, wanted a session here")


AGREED, TLS_NEXT, WELCOME = packets(prelogin(2)), packets(prelogin(1)), packets(greeting())
SILENCE = [
    ("the offer", True, (), Cause.DEADLINE),
    ("TLS", False, (TLS_NEXT,), Cause.DEADLINE),
    ("the login", True, (AGREED,), Cause.DEADLINE),
    ("the question", True, (AGREED, WELCOME), Cause.DEADLINE),
]


@pytest.mark.parametrize("ends", [False, True], ids=["falls silent", "closes"])
@pytest.mark.parametrize(("after", "plain", "said", "cause"), SILENCE, ids=[row[0] for row in SILENCE])
async def test_who_stops_within_the_conversation_is_named_in_time_and_leaves_nothing_behind(
    after: str, plain: bool, said: tuple[bytes, ...], cause: Cause, ends: bool, runner: Runner, probe: Database
) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in said:
            await reader.read(4096)
            writer.write(answer)
        await reader.read(4096)
        if not ends:
            await reader.read()

    async with serving(serve) as port:
        before = len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())
        began = time.monotonic()
        outcome = await runner.look(replace(probe, port=port, insecure_plaintext=plain), 0.5)
        assert time.monotonic() - began < 1.5  # the deadline and a second
        for _ in range(40):
            if (len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())) <= before:
                break
            await asyncio.sleep(0.05)
        assert (len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks())) <= before
    closed = Cause.TCP_RESET if plain else Cause.TLS_HANDSHAKE
    assert outcome.finding.cause is (closed if ends else cause), outcome


FREETDS = "[global]\ntds version = 7.4\nencryption = {encryption}\nca file = {ca}\n[server]\nhost = localhost\nport = {port}\n"


@asynccontextmanager
async def witness(folder: Path, pki: Path, port: int, encryption: str, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A program of FreeTDS that knows our server."""
    (folder / "freetds.conf").write_text(FREETDS.format(encryption=encryption, ca=pki / "ca.pem", port=port))
    environment = os.environ | {"FREETDSCONF": str(folder / "freetds.conf")}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        needed(words[0]), *words[1:], env=environment, cwd=folder, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.parametrize("encryption", ["off", "require"])
async def test_freetds_reads_what_our_server_says(encryption: str, server: SqlServer, pki: Path, tmp_path: Path) -> None:
    """So the server is a fair one: what our client makes of it is no agreement between two mistakes."""
    server.context = context(pki) if encryption == "require" else None
    if server.context is not None:
        server.context.maximum_version = ssl.TLSVersion.TLSv1_2  # as SQL Server's own within TDS 7
    who = ("-S", "server", "-U", USER, "-P", PASSWORD, "-D", DATABASE)
    async with sql_server(server) as port, witness(tmp_path, pki, port, encryption, "tsql", *who) as tsql:
        said, _ = await tsql.communicate(f"{SERVER}\ngo\nexit\n".encode())
    assert "\t".join(map(str, well()[0])) in said.decode(), said.decode()
    assert (server.logins[0].texts["user"], server.logins[0].version) == (USER, 0x74000004)


async def test_freetds_as_a_server_lets_our_client_in(runner: Runner, server: SqlServer, probe: Database, tmp_path: Path) -> None:
    """Its pool speaks to clients as a server does: what it reads of our login is what we meant."""
    pool, server.context = free_port(), None
    (tmp_path / "pool.conf").write_text(
        "[global]\nmin pool conn = 1\nmax pool conn = 2\nmax member age = 120\n"
        f"[pool]\nuser = {USER}\npassword = {PASSWORD}\nserver = server\ndatabase = {DATABASE}\nport = {pool}\n"
    )
    ca = Path(str(probe.ca_file)).parent
    async with sql_server(server) as port, witness(tmp_path, ca, port, "off", "tdspool", "-c", "pool.conf", "pool") as process:
        look = replace(probe, port=pool, insecure_plaintext=True)
        for _ in range(100):
            outcome = await runner.look(look, 5)
            if outcome.finding.cause is not Cause.TCP_REFUSED:
                break
            await asyncio.sleep(0.05)
        wrong = await runner.look(replace(look, user="somebody"), 5)
        process.terminate()
        said = (await process.communicate())[0].decode()
    assert outcome.finding.state is State.UP, outcome
    assert wrong.finding.state is not State.UP, "it does look at who logs in"
    for line in (f"user {USER}", f"pass {PASSWORD}", "srvr localhost", "vers 7.4", "host threenines"):
        assert line in said.splitlines(), said
