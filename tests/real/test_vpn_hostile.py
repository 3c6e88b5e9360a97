"""Whatever answers a knock or sits behind a control socket: no look breaks, hangs, or eats memory.

20,000 answers for each parser, and 2,000 looks at each of four liars; THREENINES_FUZZ gives another number of looks.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import psutil
import pytest
from answering import at_port, at_socket
from mutation import mutated
from servers import Serve
from test_contract import leftovers, settled
from test_tunnel import of_socket
from tunnel_words import CLIENTS, DUMP, GREETING, SECRET_KEY, STATE, STATISTICS, UAPI, VICI, ike_answer

from monitor.clock import system_clock
from monitor.watch.runner import LookOutcome, Runner
from probes import ike, openvpn, vici, wireguard
from probes.dialogue import Lines
from probes.kinds.vpn import Knock, Vpn
from probes.probe import Malformed
from sla.state import Cause, State

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]
LOOPS = ("uvloop",)
LOOKS = int(os.environ.get("THREENINES_FUZZ", "2000"))
ANSWERS = 20_000
AT_ONCE = 200
DEADLINE_S = 0.5
GROWTH = 8 << 20
DAY_S = 86_400
"""The handshake in the answers is as old as this module."""
SPI = b"our spi!"


def lie(good: bytes, chance: random.Random) -> bytes:
    """The good answer changed a little, torn, doubled, or random bytes."""
    match chance.randrange(5):
        case 0:
            return chance.randbytes(chance.randrange(200))
        case 1:
            return good[: chance.randrange(len(good) + 1)]
        case 2:
            return good * chance.randrange(1, 4)
        case _:
            return mutated((good,), chance)[0]


def of_vici(data: bytes) -> None:
    packets = vici.Packets()
    packets.feed(data)
    while (packet := packets.take()) is not None:
        if packet.kind == vici.EVENT:
            vici.associations(vici.message(packet.message))


def of_management(data: bytes) -> None:
    lines = data.split(b"\r\n")
    with contextlib.suppress(Malformed):
        openvpn.state(lines)
    openvpn.traffic(lines, "acme")


def of_lines(data: bytes) -> None:
    lines = Lines(wireguard.MAX_LINES)
    lines.feed(data)
    found = []
    while line := lines.take():
        found.append(line)
    wireguard.told(found)


PARSERS: dict[str, tuple[Callable[[bytes], object], bytes]] = {
    "ike": (lambda data: ike.answer(SPI + data[8:], SPI), ike_answer(SPI)),
    "vici": (of_vici, b"".join(VICI)),
    "management": (of_management, CLIENTS),
    "statistics": (of_management, STATISTICS),
    "uapi": (of_lines, UAPI),
    "dump": (wireguard.dumped, DUMP),
}


@pytest.mark.parametrize("name", PARSERS)
def test_a_parser_takes_an_answer_or_calls_it_malformed(name: str) -> None:
    parse, good = PARSERS[name]
    parse(good)
    chance, taken = random.Random(name), 0
    for _ in range(ANSWERS):
        try:
            parse(lie(good, chance))
            taken += 1
        except Malformed as fault:
            assert SECRET_KEY[:20] not in str(fault)
    assert 0 < taken < ANSWERS  # the lies are near enough to the truth that some are believed


def lying(answers: tuple[bytes, ...], greeting: bytes, chance: random.Random) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting if chance.randrange(2) else lie(greeting, chance))
        for good in answers:
            if not await reader.read(4096):
                return
            answer = lie(good, chance) if chance.randrange(2) else good
            for _ in range(2_000 if not chance.randrange(200) else 1):  # now and then without end
                writer.write(answer)
                await writer.drain()
        if chance.randrange(1000) == 0:
            await reader.read()

    return serve


def wire_lies(data: bytes, chance: random.Random) -> list[bytes]:
    if chance.randrange(50) == 0:
        return []
    return [lie(ike_answer(data[:8]), chance) for _ in range(40 if not chance.randrange(100) else 1)]


Liar = Callable[[Path], tuple[AbstractAsyncContextManager[object], Callable[[object], Vpn]]]


def at_control(kind: str, answers: tuple[bytes, ...], greeting: bytes = b"") -> Liar:
    def made(folder: Path) -> tuple[AbstractAsyncContextManager[object], Callable[[object], Vpn]]:
        serve = lying(answers, greeting, random.Random(kind))
        return at_socket(folder / "socket", serve), lambda path: Vpn(
            control=of_socket(str(path), kind), handshake_max_age_s=DAY_S
        )

    return made


def at_knock(folder: Path) -> tuple[AbstractAsyncContextManager[object], Callable[[object], Vpn]]:
    chance = random.Random("knock")
    return at_port(lambda data: wire_lies(data, chance)), lambda port: Vpn(knock=Knock("127.0.0.1", int(str(port))))


LIARS: dict[str, Liar] = {
    "knock": at_knock,
    "strongswan": at_control("strongswan", VICI),
    "openvpn": at_control("openvpn", (STATE, CLIENTS), GREETING),
    "wireguard": at_control("wireguard", (UAPI.replace(b"1795520485", str(system_clock() // 1000).encode()),)),
}


@pytest.mark.parametrize("name", LIARS)
async def test_a_look_at_a_liar_ends_in_time_with_a_finding_of_its_own(name: str, runner: Runner, tmp_path: Path) -> None:
    server, probe = LIARS[name](tmp_path)
    seen: set[tuple[State, Cause | None]] = set()
    async with server as where:
        made = probe(where)
        before = leftovers()
        full = None
        for number in range(LOOKS // AT_ONCE):
            for outcome in await asyncio.gather(*(runner.look(made, DEADLINE_S) for _ in range(AT_ONCE))):
                judge(outcome)
                seen.add((outcome.finding.state, outcome.finding.cause))
            if number == LOOKS // AT_ONCE // 4:
                full = psutil.Process().memory_info().rss
        assert full is not None
        assert psutil.Process().memory_info().rss - full < GROWTH
        assert await settled((before[0] + 2, before[1] + 1, before[2])), (before, leftovers())
    assert (State.UP, None) in seen
    assert len(seen) > 1


def judge(outcome: LookOutcome) -> None:
    assert outcome.ended - outcome.began < DEADLINE_S + 1
    finding = outcome.finding
    assert finding.state is not State.UNKNOWN or finding.cause is Cause.CHECK_CONFIG, outcome
    assert finding.reason.isprintable()
    assert SECRET_KEY[:20] not in repr(outcome)
