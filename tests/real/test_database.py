"""The database kind against peers that mean no good, and its fields."""

from __future__ import annotations

import asyncio
import os
import ssl
import time
from pathlib import Path

import pytest
from servers import Serve, banner, bye, garbage, reset, serving, silent

from monitor.watch.runner import Runner
from probes.kinds.database import Database
from probes.probe import SecretRef
from probes.sql import View
from sla.state import Cause, State

pytestmark = pytest.mark.real
LOOPS = ("uvloop",)


REF = SecretRef("env:PASSWORD")


def saying(answer: bytes, first: bytes = b"") -> Serve:
    """A peer that greets with ``first`` and says ``answer`` to whatever it hears."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(first)
        while await reader.read(4096):
            writer.write(answer)
            await writer.drain()

    return serve


async def gone(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Closes at once."""


def packet(body: bytes, number: int = 0) -> bytes:
    return len(body).to_bytes(3, "little") + bytes([number]) + body


GREETING = packet(b"\x0a" + b"8.0.30\0" + bytes(4) + b"saltsalt\0" + b"\xff\xff\x08\x02\x00\xff\xc7\x15" + bytes(10) + b"a" * 13)
TOO_MANY = packet(b"\xff" + (1040).to_bytes(2, "little") + b"#08004Too many connections")
PEERS = [
    ("postgresql", silent, Cause.DEADLINE, Cause.DEADLINE),
    ("postgresql", bye, Cause.TCP_RESET, Cause.TCP_RESET),
    ("postgresql", reset, Cause.TCP_RESET, Cause.TCP_RESET),
    ("postgresql", garbage, Cause.PROTO_MALFORMED, None),
    ("postgresql", banner, Cause.PROTO_MALFORMED, None),
    ("postgresql", saying(b"N"), Cause.TLS_HANDSHAKE, None),
    ("postgresql", saying(b"S"), Cause.DEADLINE, None),
    ("postgresql", saying(b"Sno TLS at all"), Cause.PROTO_MALFORMED, None),
    ("postgresql", saying(b"R\0\0\0\x08\0\0\0\x63"), Cause.PROTO_MALFORMED, Cause.PROTO_MALFORMED),
    ("postgresql", saying(b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I" + b"D\0\0\0\x06\xff\xff"), Cause.PROTO_MALFORMED, None),
    ("mysql", silent, Cause.DEADLINE, Cause.DEADLINE),
    ("mysql", gone, Cause.TCP_RESET, Cause.TCP_RESET),
    ("mysql", garbage, Cause.PROTO_MALFORMED, Cause.PROTO_MALFORMED),
    ("mysql", banner, Cause.PROTO_MALFORMED, Cause.PROTO_MALFORMED),
    ("mysql", saying(b"", TOO_MANY), Cause.SERVICE_ERROR, Cause.SERVICE_ERROR),
    ("mysql", saying(b"not TLS", GREETING), Cause.TLS_HANDSHAKE, None),
    ("mysql", saying(b"", packet(b"\x0a")), Cause.PROTO_MALFORMED, Cause.PROTO_MALFORMED),
]


@pytest.mark.parametrize(
    ("engine", "serve", "secure", "plain"), PEERS, ids=[f"{row[0]}-{number}" for number, row in enumerate(PEERS)]
)
async def test_a_hostile_peer_is_judged_in_time_and_leaves_nothing_behind(
    engine: str, serve: Serve, secure: Cause, plain: Cause | None, runner: Runner, pki: Path
) -> None:
    for cause, clear in ((secure, False), (plain, True)):
        if cause is None:
            continue
        async with serving(serve) as port:
            before = len(os.listdir("/proc/self/fd"))
            probe = Database(engine, "localhost", "mdm", "probe", REF, port, clear, ca_file=str(pki / "ca.pem"))  # type: ignore[arg-type]
            began = time.monotonic()
            outcome = await runner.look(probe, 1.5)
            assert time.monotonic() - began < 2.5
            assert await settled(before)
        assert outcome.finding.cause is cause, (clear, outcome)
        assert "canary-secret" not in repr(outcome)
        assert outcome.finding.reason.isprintable()


async def settled(before: int) -> bool:
    """Whether no more files are open than before, soon."""
    for _ in range(40):
        if len(os.listdir("/proc/self/fd")) <= before:
            return True
        await asyncio.sleep(0.05)
    return False


async def test_rows_without_end_are_cut_at_the_cap(runner: Runner) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        version = b"server_version\0" + b"15.1\0"
        writer.write(b"R\0\0\0\x08\0\0\0\0S" + (len(version) + 4).to_bytes(4, "big") + version + b"Z\0\0\0\x05I")
        await reader.read(4096)
        fields = b"SNOTICE\0C00000\0M" + b"x" * 60_000 + b"\0\0"
        notice = b"N" + (len(fields) + 4).to_bytes(4, "big") + fields
        while True:
            writer.write(notice)
            await writer.drain()

    async with serving(serve) as port:
        outcome = await runner.look(Database("postgresql", "127.0.0.1", "mdm", "probe", REF, port, True), 5)
    assert outcome.finding.cause is Cause.BODY_TOO_LARGE, outcome


@pytest.mark.parametrize("poison", [b"\0\xb1\r\xbbP", b"\0\0\0\0\x04", b"Z\xff\xff\xff\xff", b"S\0\0\0\0", b"D\x7f\xff\xff\xff"])
@pytest.mark.parametrize("secure", [False, True])
async def test_bytes_that_would_stall_the_driver_never_reach_it(poison: bytes, secure: bool, runner: Runner, pki: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pki / "good.pem")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        if secure:
            writer.write(b"S")
            await writer.start_tls(context)
            await reader.read(1)
        writer.write(poison + b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I")
        await reader.read(4096)

    async with serving(serve) as port:
        probe = Database("postgresql", "localhost", "mdm", "probe", REF, port, not secure, ca_file=str(pki / "ca.pem"))
        outcome = await asyncio.wait_for(runner.look(probe, 3), 4)
    assert outcome.finding.cause is Cause.PROTO_MALFORMED, outcome
    assert "wanted one of PostgreSQL's" in outcome.finding.reason


async def test_a_connection_that_ends_within_the_handshake_is_no_handshake(runner: Runner, pki: Path) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        writer.write(b"S")
        await reader.read(1)

    async with serving(serve) as port:
        probe = Database("postgresql", "localhost", "mdm", "probe", REF, port, ca_file=str(pki / "ca.pem"))
        outcome = await runner.look(probe, 5)
    assert outcome.finding.cause is Cause.TLS_HANDSHAKE, outcome


@pytest.mark.parametrize(
    ("view", "state", "words"),
    [
        (View("primary", "15", 3, 17, 1, 0.0, 0), State.UP, ""),
        (View("primary", "15", 3, 17, 1, 31.0, 0), State.DEGRADED, "31 s behind, wanted at most 30 s"),
        (View("primary", "15", 3, 17, 0, None, None), State.DEGRADED, "0 replicas streaming"),
        (View("primary", "15", 17, 17, 0, 40.0, None), State.DEGRADED, "40 s behind"),
        (View("primary", "15", None, 17, unreadable="no right"), State.UP, ""),
        (View("primary", "15", 3, 0, 1), State.DEGRADED, "3 of 0 connections"),
        (View("replica", "15", 3, 17), State.DOWN, "expected primary, is in recovery"),
    ],
)
def test_what_a_server_says_of_itself_is_judged(view: View, state: State, words: str) -> None:
    probe = Database("postgresql", "localhost", "mdm", "probe", min_replicas=1)
    finding = probe._judged(view, {})
    assert finding.state is state
    assert words in finding.reason


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"host": "127.1"}, "host: must be"),
        ({"port": 70000}, "port: must be 1 to 65535"),
        ({"database": ""}, "database: must be 1 to 128"),
        ({"user": "a\nb"}, "user: must be 1 to 128"),
        ({"min_replicas": 1, "engine": "mysql"}, "min_replicas: mysql does not tell"),
        ({"engine": "mssql"}, "password: is missing, SQL Server"),
        ({"min_replicas": 1, "role": "replica"}, "min_replicas: only a primary"),
        ({"lag_degraded_s": 0}, "lag_degraded_s: must be 1 to"),
        ({"connections_degraded_percent": 101}, "connections_degraded_percent: must be 1 to 100"),
    ],
)
def test_a_wrong_field_is_said_with_its_name(fields: dict[str, object], complaint: str) -> None:
    good = {"engine": "postgresql", "host": "localhost", "database": "mdm", "user": "probe"}
    with pytest.raises(ValueError, match=complaint):
        Database(**(good | fields))  # type: ignore[arg-type]
