"""Directories that hang harm no other: hundreds of them, some from the start and some all at once, beside healthy ones.

The reduced form runs always. THREENINES_ISOLATION=full is the promised size: 500 hanging, 50 healthy, deadlines of 10 s.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from slapd import BASE, Slapd

from monitor.stage.directory import Directory, speaks_ldap
from monitor.watch.egress import Egress
from monitor.watch.runner import LookOutcome, Runner
from probes.kinds.ldap import Ldap
from probes.probe import SecretRef
from sla.state import Cause, State

pytestmark = pytest.mark.real

REF = SecretRef("env:PASSWORD")
USER = f"cn=probe,{BASE}"
THEIRS = Directory({BASE: {"objectClass": ("domain",)}}, {USER: "canary-secret"})


@dataclass(frozen=True)
class Size:
    hanging: int
    healthy: int
    interval_s: float
    deadline_s: float
    rounds: int


REDUCED, FULL = Size(120, 12, 3, 2, 2), Size(500, 50, 20, 10, 2)
SIZE = FULL if os.environ.get("THREENINES_ISOLATION") == "full" else REDUCED


@dataclass
class Peers:
    """Directories behind one port, told apart by their loopback addresses: well until they hang, all together."""

    hang: bool = False
    drip: frozenset[str] = frozenset()
    kept: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.kept.add(writer)
        try:
            if not self.hang:
                await speaks_ldap(THEIRS)(reader, writer)
            elif writer.get_extra_info("sockname")[0] in self.drip:
                await _drip(reader, writer)
            else:
                await reader.read()
        except (OSError, EOFError):
            pass
        finally:
            self.kept.discard(writer)
            writer.close()


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Alive to a greeting, and then a byte now and then without end: these are the ones that cost a thread."""
    await reader.read(1)
    for byte in b"\x30\x84\x00\x00\x00\x40" + bytes(64):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.5)


async def rounds(runner: Runner, probes: list[Ldap], size: Size) -> list[LookOutcome]:
    """Look at each in every round at its own moment, as the schedule does."""

    async def one(number: int, probe: Ldap) -> list[LookOutcome]:
        seen, began = [], time.monotonic() + size.interval_s * number / len(probes)
        for turn in range(size.rounds):
            await asyncio.sleep(max(0.0, began + turn * size.interval_s - time.monotonic()))
            seen.append(await runner.look(probe, size.deadline_s))
        return seen

    return [outcome for seen in await asyncio.gather(*map(one, range(len(probes)), probes)) for outcome in seen]


def p99(outcomes: list[LookOutcome]) -> float:
    took = sorted(outcome.ended - outcome.began for outcome in outcomes)
    return took[min(len(took) - 1, int(len(took) * 0.99))]


@pytest.mark.timeout(400)
async def test_directories_that_hang_make_no_healthy_one_late_and_cost_no_thread(
    runner: Runner, egress: Egress, tmp_path: Path, pki: Path
) -> None:
    names = [f"127.{1 + n // 250}.{n % 250}.1" for n in range(SIZE.hanging)]
    peers = Peers(drip=frozenset(names[:: len(names) // 15]))  # a few more than half of the slow lane
    server = await asyncio.start_server(peers.serve, "0.0.0.0", 0, backlog=4096)
    slapd = Slapd(tmp_path / "slapd", pki, "0.0.0.0")
    try:
        port = server.sockets[0].getsockname()[1]
        theirs = [Ldap(name, port, "plain", True, user=USER, password=REF, base=BASE) for name in names]
        well = [Ldap(f"127.9.{n}.1", slapd.plain, "plain", True, user=USER, password=REF, base=BASE) for n in range(SIZE.healthy)]
        half = len(theirs) // 2
        await rounds(runner, theirs[:half], Size(half, 0, 2, SIZE.deadline_s, 1))  # these are known to live …
        peers.hang = True  # … and now all of them hang at once, beside as many that nobody has seen alive
        hung, healthy = await asyncio.gather(rounds(runner, theirs, SIZE), rounds(runner, well, SIZE))
    finally:
        slapd.server.stop()
        server.close()
    assert {outcome.finding.state for outcome in healthy} == {State.UP}
    assert p99(healthy) <= 1.0, sorted(outcome.ended - outcome.began for outcome in healthy)[-10:]
    assert Counter(outcome.finding.cause for outcome in hung).keys() == {Cause.DEADLINE}
    assert egress.threads.lost_in_all == 0
    await asyncio.sleep(1)
    assert not [thread for thread in threading.enumerate() if thread.name == "look"]
    print(f"{len(hung)} hung, {len(healthy)} healthy looks, p99 {p99(healthy) * 1000:.0f} ms")
