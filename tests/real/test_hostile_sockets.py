"""The same peers over real sockets, and those that only time can tell: silence, a drip, a flood, a reset."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import time
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hostile import VICTIMS, Victim
from memory import Peer, Script
from servers import Serve, banner, bye, flood, garbage, reset, serving, silent
from test_contract import leftovers, settled
from test_hostile import judged, resident_kib

from monitor.watch.runner import LookOutcome, Runner
from sla.state import Cause

pytestmark = pytest.mark.real
LOOPS = ("uvloop",)
APART = True

DEADLINE_S = 1.5
PEERS = int(os.environ.get("THREENINES_FUZZ", "100"))
GROWTH_KIB = 16 * 1024
"""Of the peak: nine peers at once, of which two send all that is taken."""
STREAMS = [name for name, victim in VICTIMS.items() if not victim.datagrams]
DATAGRAMS = [name for name, victim in VICTIMS.items() if victim.datagrams]


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What every protocol here would wait for more of, a byte at a time."""
    while True:
        writer.write(b"\x30" if random.random() < 0.5 else b" ")
        await writer.drain()
        await asyncio.sleep(0.2)


async def zeros(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(bytes(65536))
        await writer.drain()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(4096):
        writer.write(data)
        await writer.drain()


NONSENSE = {Cause.PROTO_MALFORMED, Cause.ASSERT_FAILED, Cause.TLS_HANDSHAKE, Cause.BODY_TOO_LARGE, Cause.SERVICE_ERROR}
CUT = {Cause.TCP_RESET, Cause.TLS_HANDSHAKE, Cause.ASSERT_FAILED}
BEHAVIOURS: dict[Any, set[Cause]] = {
    silent: {Cause.DEADLINE},
    drip: {Cause.DEADLINE} | NONSENSE,
    flood: NONSENSE,
    zeros: NONSENSE,
    echo: NONSENSE | CUT | {Cause.DEADLINE},
    reset: CUT | {Cause.DEADLINE},
    bye: CUT | {Cause.DEADLINE},
    garbage: NONSENSE | CUT | {Cause.DEADLINE},
    banner: NONSENSE | {Cause.DEADLINE},
}
"""What each may be called. A peer that waits to be spoken to and a client that does so too end at the deadline."""


async def looked(victim: Victim, port: int, pki: Path, runner: Runner) -> LookOutcome:
    began = time.monotonic()
    outcome = await runner.look(victim.make(port, pki), DEADLINE_S)
    assert time.monotonic() - began < DEADLINE_S + 1, outcome
    judged(outcome, DEADLINE_S)
    return outcome


@pytest.mark.parametrize("name", STREAMS)
async def test_a_peer_that_misbehaves_is_named_in_time_and_costs_nothing(name: str, pki: Path, runner: Runner) -> None:
    victim = VICTIMS[name]

    async def one(serve: Serve) -> LookOutcome:
        async with serving(serve) as port:
            return await looked(victim, port, pki, runner)

    await one(bye)
    before, peak = leftovers(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    resident = resident_kib()
    outcomes = await asyncio.gather(*(one(serve) for serve in BEHAVIOURS))
    for (serve, causes), outcome in zip(BEHAVIOURS.items(), outcomes, strict=True):
        assert outcome.finding.cause in causes | {Cause.CHECK_CONFIG, Cause.PAUSED}, (serve.__name__, outcome)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - max(peak, resident) < GROWTH_KIB
    assert await settled((before[0] + 2, before[1] + 2, before[2])), (before, leftovers())


@asynccontextmanager
async def played(peer: Peer) -> AsyncIterator[int]:
    """A scripted peer on a real port, for streams and datagrams."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        script, query = Script(peer), b""
        while (answer := script.answer(query)) is not None:
            for piece in script.pieces(answer)[:64]:
                writer.write(piece)
                await writer.drain()
            if not (query := await reader.read(1 << 16)):
                return

    class Datagrams(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self._transport, self._script = transport, Script(peer)
            self._script.answer(b"")

        def datagram_received(self, data: bytes, address: Any) -> None:
            if answer := self._script.answer(data):
                self._transport.sendto(answer[:60_000], address)

    async with serving(serve) as port:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Datagrams, ("127.0.0.1", port))
        try:
            yield port
        finally:
            transport.close()


@pytest.mark.parametrize("name", VICTIMS)
async def test_spoilt_answers_over_real_sockets_break_nothing(name: str, pki: Path, runner: Runner) -> None:
    victim, faults = VICTIMS[name], []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: faults.append(context))
    peers = victim.bad(pki, random.Random(f"{name} over sockets"))

    async def one(peer: Peer) -> None:
        async with played(peer) as port:
            await looked(victim, port, pki, runner)

    before = leftovers()
    for _ in range(PEERS // 25):
        await asyncio.gather(*(one(peer) for peer in islice(peers, 25)))
    assert await settled((before[0] + 2, before[1] + 2, before[2])), (before, leftovers())
    strange = [context for context in faults if "data_received" not in str(context.get("message"))]
    assert not strange, [context.get("exception") and traceback.format_exception(context["exception"]) for context in strange[:3]]
