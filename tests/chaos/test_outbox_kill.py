"""The outbox is killed again and again while it sends: nothing is lost, a second copy is the same letter, order stays."""

from __future__ import annotations

import asyncio
import os
import random
import ssl
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from mail_sink import Sink, sinking
from pki import make_pki

from monitor.clock import system_clock
from monitor.post.pace import AT_ONCE
from monitor.store import letters
from monitor.store.database import Database, looked
from monitor.store.letters import Key, Letter, State

KILLS = int(os.environ.get("THREENINES_KILLS", "10"))
CONTACTS, REVISIONS = 60, 20
pytestmark = [pytest.mark.real, pytest.mark.timeout(120 + 3 * KILLS)]
SENDER = Path(__file__).with_name("sender.py")


def queued(data: Path) -> int:
    """Many contacts on many domains, several letters each about one thing; the last of them to nobody and to the busy."""
    database = Database(data, system_clock())
    keys = [
        Key("MNT-1", f"ok@c{contact}.example", "changed", revision)
        for revision in range(REVISIONS)
        for contact in range(CONTACTS)
    ] + [Key("MNT-1", f"{name}@c1.example", "changed", 0) for name in ("nobody", "drop")]
    now = system_clock()

    def put(db: object) -> None:
        for key in keys:
            body = f"Message-ID: <{key.contact}.{key.sequence}>\r\n\r\n{key.contact} {key.sequence}\r\n".encode()
            letters.put(db, Letter(key, "bounce@p.example", "s", body), now)  # type: ignore[arg-type]

    database.writer.submit(put).result(30)
    database.close()
    return len(keys)


async def killed_while_sending(data: Path, port: int, ca_file: Path, kills: int, chance: random.Random) -> None:
    for _ in range(kills):
        process = await asyncio.create_subprocess_exec(sys.executable, str(SENDER), str(data), str(port), str(ca_file))
        await asyncio.sleep(0.8 + chance.random() * 0.6)
        process.kill()
        await process.wait()


async def sent_to_the_end(data: Path, port: int, ca_file: Path) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, str(SENDER), str(data), str(port), str(ca_file))
    for _ in range(300):
        await asyncio.sleep(0.2)
        counts = await asyncio.to_thread(looked, data, letters.counted)
        if counts[State.SENDING] == 0 and counts[State.NEW] == 1:  # the one whose connection is always lost
            break
    process.kill()
    await process.wait()


async def test_nothing_is_lost_and_a_second_copy_is_the_same_letter(tmp_path: Path) -> None:
    pki = make_pki(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pki / "good.pem")
    data, sink = tmp_path / "data", Sink()
    many = queued(data)
    async with sinking(sink, tls) as port:
        await killed_while_sending(data, port, pki / "ca.pem", KILLS, random.Random(KILLS))
        await sent_to_the_end(data, port, pki / "ca.pem")
    taken = [(recipient, body) for _, recipient, body, _ in sink.taken if recipient.startswith("ok@")]
    copies = Counter(taken)
    assert len(copies) == many - 2, "each letter arrived, and every copy is the same bytes"
    second = sum(copies.values()) - len(copies)
    print(f"{KILLS} kills, {len(copies)} letters, {second} second copies")
    assert second <= KILLS * AT_ONCE, "at most what was on its way at a kill went twice"
    order = defaultdict(list)
    for recipient, body in taken:
        order[recipient].append(int(body.split()[-1]))
    assert all(seen == sorted(seen) for seen in order.values()), "a thread stays in order"
    counts = looked(data, letters.counted)
    assert (counts[State.SENT], counts[State.DEAD], counts[State.NEW]) == (many - 2, 1, 1)
