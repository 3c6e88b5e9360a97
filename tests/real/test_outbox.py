"""The outbox in a running loop against a real mail server: order, grey-listing, refusals, a full disk, a stop."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from mail_sink import Sink, sinking

from monitor.clock import system_clock
from monitor.post import outbox as module
from monitor.post.mail import Hop, Reply, deliver
from monitor.post.outbox import Outbox
from monitor.store import letters
from monitor.store.database import Database
from monitor.store.letters import Key, Letter, State

pytestmark = pytest.mark.real
LOOPS = ("uvloop",)


class Box:
    """An outbox at work; ``ahead_ms`` is how far its clock is ahead of ours."""

    def __init__(self, database: Database, hop: Hop) -> None:
        self.database, self.ahead_ms = database, 0

        async def handed(sender: str, recipient: str, body: bytes) -> Reply:
            return await deliver(hop, sender, recipient, body)

        self.outbox = Outbox(database, handed, self.now)

    def now(self) -> int:
        return system_clock() + self.ahead_ms

    async def put(self, contact: str, sequence: int = 0, expires_at: int | None = None) -> None:
        body = f"Message-ID: <{contact}.{sequence}>\r\n\r\n{sequence}\r\n".encode()
        letter = Letter(Key("MNT-1", contact, "changed", sequence), "bounce@p.example", "s", body, expires_at)
        await self.database.write(lambda db: letters.put(db, letter, self.now()))
        self.outbox.poke()

    async def counts(self) -> dict[State, int]:
        return dict(await self.database.read(letters.counted))

    async def until(self, good: Callable[[dict[State, int]], bool]) -> None:
        async with asyncio.timeout(20):
            while not good(await self.counts()):  # noqa: ASYNC110
                await asyncio.sleep(0.02)


@asynccontextmanager
async def box(tmp_path: Path, pki: Path, sink: Sink) -> AsyncIterator[Box]:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pki / "good.pem")
    database = Database(tmp_path / "data", system_clock())
    async with sinking(sink, tls) as port:
        one = Box(database, Hop("localhost", port, ca_file=str(pki / "ca.pem")))
        running = asyncio.create_task(one.outbox.run())
        try:
            yield one
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            database.close()


async def test_a_grey_list_delays_its_thread_and_nobody_else(tmp_path: Path, pki: Path) -> None:
    sink = Sink()
    async with box(tmp_path, pki, sink) as one:
        await one.put("grey@acme.example", 0)
        await one.put("grey@acme.example", 1)
        await one.put("ok@acme.example")
        await one.until(lambda counts: counts[State.SENT] == 1 and counts[State.SENDING] == 0)
        assert [recipient for _, recipient, *_ in sink.taken] == ["ok@acme.example"]
        one.ahead_ms = 61_000
        one.outbox.poke()
        await one.until(lambda counts: counts[State.SENT] == 3)
    assert [body.split()[-1] for _, recipient, body, _ in sink.taken if recipient.startswith("grey")] == [b"0", b"1"]


async def test_a_refused_letter_is_dead_with_the_servers_word(tmp_path: Path, pki: Path) -> None:
    async with box(tmp_path, pki, Sink()) as one:
        await one.put("nobody@acme.example")
        await one.until(lambda counts: counts[State.DEAD] == 1)
        (kept,) = await one.database.read(lambda db: letters.listed(db, [State.DEAD], 9))
    assert kept.reply == "550 5.1.1 no such user" and kept.tries == 1


async def test_the_way_is_troubled_until_a_letter_is_taken(tmp_path: Path, pki: Path) -> None:
    async with box(tmp_path, pki, Sink()) as one:
        await one.put("full@acme.example")
        await one.until(lambda counts: counts[State.NEW] == 1 and one.outbox.trouble is not None)
        assert one.outbox.trouble == "452 4.2.2 mailbox full"
        await one.put("ok@acme.example")
        await one.until(lambda counts: counts[State.SENT] == 1)
        assert one.outbox.trouble is None


async def test_an_hour_late_is_never_sent(tmp_path: Path, pki: Path) -> None:
    sink = Sink()
    async with box(tmp_path, pki, sink) as one:
        one.ahead_ms = 3_600_000
        await one.put("ok@acme.example", expires_at=system_clock())
        await one.until(lambda counts: counts[State.EXPIRED] == 1)
    assert sink.taken == []


async def test_a_stop_lets_what_is_being_handed_over_end(tmp_path: Path, pki: Path) -> None:
    sink = Sink()
    async with box(tmp_path, pki, sink) as one:
        await one.put("slow@acme.example")
        await one.until(lambda counts: counts[State.SENDING] == 1)
        data = one.database
    assert [recipient for _, recipient, *_ in sink.taken] == ["slow@acme.example"]
    reopened = Database(data.path.parent, system_clock())
    assert reopened.look(letters.counted)[State.SENT] == 1
    reopened.close()


async def test_nothing_is_asked_while_nothing_waits(tmp_path: Path, pki: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IDLE_S", 60.0)
    async with box(tmp_path, pki, Sink()) as one:
        asked = 0
        read = one.database.read

        async def counting(work: object) -> object:
            nonlocal asked
            asked += 1
            return await read(work)  # type: ignore[arg-type]

        monkeypatch.setattr(one.database, "read", counting)
        await asyncio.sleep(0.5)
        assert asked <= 2
