"""Peers that mean no good at the gateway: nothing that is not a whole, plain sign of a known sender is ever kept."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from mutants import mutants

from monitor.clock import monotonic, system_clock
from monitor.hearing import Hearing
from monitor.store import beats
from monitor.store.database import Database
from monitor.web.heartbeat import gateway_app
from monitor.web.server import serving
from probes.kinds.heartbeat import Heartbeat, Source
from probes.probe import Secret, SecretRef

pytestmark = pytest.mark.real

TOKEN = "canary-secret-0123456789abcdef"
REF = SecretRef("env:BEAT")
HEAD = "HTTP/1.1\r\nHost: beats\r\nConnection: close\r\n"
GOOD = [
    f"POST /beat/{TOKEN} {HEAD}Content-Length: 0\r\n\r\n".encode(),
    f"POST /beat/{TOKEN}/3 {HEAD}Content-Length: 9\r\n\r\ndisk full".encode(),
    f"POST /beat/{TOKEN}/start {HEAD}Transfer-Encoding: chunked\r\n\r\n4\r\nnow!\r\n0\r\n\r\n".encode(),
]
PLAIN = re.compile(rb"(?i)^POST [^ ]*/beat/" + TOKEN.encode() + rb"(/(start|fail|[0-9]{1,3}))?[?# ]")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    made = Database(tmp_path, system_clock())
    yield made
    made.close()


async def said(port: int, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        async with asyncio.timeout(0.5):  # a request that is not whole is waited for: we go away in the middle of it
            return await reader.read()
    except (OSError, TimeoutError):
        return b""
    finally:
        writer.close()


@pytest.mark.timeout(300)
async def test_requests_that_are_nearly_right_are_taken_or_refused_and_never_break_the_gateway(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    hearing = Hearing(database, system_clock, lambda ref: Secret(TOKEN))
    await hearing.watch([Heartbeat(Source(REF))])
    statuses: dict[bytes, int] = {}
    async with serving(gateway_app(hearing.hear, monotonic), "127.0.0.1", 0) as (_, port):
        batch: list[bytes] = []
        for data in mutants(GOOD, "gateway", 1_000):
            batch.append(data)
            if len(batch) == 50:
                for sent, answer in zip(batch, await asyncio.gather(*(said(port, one) for one in batch)), strict=True):
                    status = answer[9:12]
                    statuses[status] = statuses.get(status, 0) + 1
                    assert TOKEN.encode() not in answer
                    assert status != b"500", sent
                    assert status != b"200" or PLAIN.match(sent.lstrip(b"\r\n")), sent
                batch = []
    assert {b"200", b"400", b"404"} <= statuses.keys(), statuses
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
    assert set(database.look(beats.every)) == {beats.digest_of(TOKEN)}
