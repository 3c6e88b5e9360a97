"""No answer, however hostile, breaks a kind, holds it beyond its deadline, costs memory or gets a control into a text."""

from __future__ import annotations

import asyncio
import ctypes
import gc
import logging
import os
import random
import resource
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hostile import VICTIMS, Victim
from memory import PEER, MemoryEgress, MemoryLoop, Peer

from monitor.clock import system_clock
from monitor.watch.resolver import Resolver
from monitor.watch.runner import LookOutcome, Runner
from monitor.watch.stall import Stall
from probes.probe import MAX_FACTS, MAX_REASON, Secret
from probes.target import MAX_SHOWN
from sla.state import Cause, State

CANARY = "canary-secret"
ANSWERS = int(os.environ.get("THREENINES_FUZZ", "20000"))
AT_ONCE = 100
WARM = 2_000
"""Looks before memory is measured: caches, of the interpreter's and of OpenSSL's, fill first."""
DEADLINE_S = 5.0
GROWTH_KIB = 8 * 1024
OUR_MISTAKES = {Cause.CHECK_CONFIG, Cause.PAUSED}
"""A credential that the peer refuses has never worked here, and is rested."""


cpu = time.process_time
"""The stopwatch here: nobody waits, so what counts is our own work, also where others keep the machine busy."""
BEGAN = system_clock()


def clock() -> int:
    return BEGAN + round(cpu() * 1000)


def judged(outcome: LookOutcome, deadline_s: float) -> None:
    """What every outcome must be, whatever the peer did."""
    finding = outcome.finding
    texts = [finding.reason, *(notice.text for notice in finding.notices), *map(str, finding.facts.values())]
    assert finding.state is not State.UNKNOWN or finding.cause in OUR_MISTAKES, outcome
    assert all(text.isprintable() for text in texts), outcome
    assert CANARY not in repr(outcome), outcome
    assert len(finding.reason) <= MAX_REASON, outcome
    assert len(finding.facts) <= MAX_FACTS, outcome
    assert all(isinstance(fact, int | float | bool | str) and len(str(fact)) <= MAX_SHOWN for fact in finding.facts.values()), (
        outcome
    )
    assert outcome.ended - outcome.began < deadline_s + 1, outcome


def resident_kib() -> int:
    """What is really held: what is free is given back first, or a hole in the heap would look like a leak."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() // 1024


async def looks(victim: Victim, pki: Path, peers: Iterator[Peer], faults: list[Any]) -> Counter[str]:
    """Look at each peer; how many looks ended in which state."""
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: faults.append(context))
    egress = MemoryEgress(Resolver([("127.0.0.1", 9)]), cpu, connects_per_s=1_000_000)
    probe = victim.make(4444, pki)
    states: Counter[str] = Counter()

    async def one(peer: Peer) -> None:
        # A runner of its own: what it learns of a credential must not rest the next look.
        runner = Runner(egress, clock, cpu, Stall(cpu), lambda ref: Secret(CANARY))
        PEER.set(peer)
        outcome = await runner.look(probe, DEADLINE_S)
        judged(outcome, DEADLINE_S)
        word = outcome.finding.cause.word if outcome.finding.cause else "up"
        states[word] += 1

    while batch := list(islice(peers, AT_ONCE)):
        await asyncio.gather(*(one(peer) for peer in batch))
    egress.close()
    return states


def run(victim: Victim, pki: Path, peers: Iterator[Peer]) -> Counter[str]:
    faults: list[Any] = []
    with asyncio.Runner(loop_factory=MemoryLoop) as loop:
        states = loop.run(looks(victim, pki, peers, faults))
    assert not faults, faults[:3]
    return states


pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of cryptography, for certificates that are nearly ones
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),  # asyncpg's, for a session that never was
]
APART = True


@pytest.fixture(autouse=True)
def unlogged() -> Iterator[None]:
    """What thousands of looks log would be kept by pytest."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("name", VICTIMS)
def test_the_recording_itself_is_a_good_conversation(name: str, pki: Path) -> None:
    victim = VICTIMS[name]
    states = run(victim, pki, iter([victim.good(pki, piece) for piece in (1 << 20, 1)]))
    assert states == {"up": 2}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", VICTIMS)
def test_spoilt_answers_by_the_thousand_break_nothing(name: str, pki: Path) -> None:
    """Seeded. THREENINES_FUZZ gives another number of answers, THREENINES_SEED another seed."""
    victim = VICTIMS[name]
    chance = random.Random(os.environ.get("THREENINES_SEED", name))
    peers = victim.bad(pki, chance)
    began = time.process_time()
    states = run(victim, pki, islice(peers, WARM))
    before = resident_kib()
    states += run(victim, pki, islice(peers, max(0, ANSWERS - WARM)))
    grown = resident_kib() - before
    print(f"{name}: {time.process_time() - began:.1f} s CPU, {grown} KiB, {dict(states)}")
    assert states.total() >= ANSWERS
    assert len(states) > 2, "the peers must be hostile in more than one way"
    assert grown < GROWTH_KIB
