"""What every kind that connects must do: name who does not answer, leave nothing behind, never break on what it hears."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from servers import Serve, free_port, serving, silent

from monitor.watch.runner import LookOutcome, Runner
from probes.kinds.certificate import Certificate
from probes.kinds.database import Database
from probes.kinds.instance import Instance
from probes.kinds.journey import Journey
from probes.kinds.ldap import Ldap
from probes.kinds.saml import Saml
from probes.kinds.smtp import Smtp
from probes.kinds.tcp import Tcp
from probes.probe import Probe, SecretRef
from probes.steps import Step
from sla.state import Cause, State

pytestmark = pytest.mark.real
LOOPS = ("uvloop",)

REF = SecretRef("env:PASSWORD")
CANARY = "canary-secret"
Make = Callable[[int, str], Probe]
KINDS: dict[str, Make] = {
    "certificate": lambda port, ca: Certificate("127.0.0.1", port, ca_file=ca),
    "certificate, starttls": lambda port, ca: Certificate("127.0.0.1", port, starttls="imap", ca_file=ca),
    "instance": lambda port, ca: Instance(f"https://127.0.0.1:{port}/", ca_file=ca),
    "journey": lambda port, ca: Journey((Step("a", f"https://127.0.0.1:{port}/", secret_form={"p": REF}),), ca_file=ca),
    "tcp": lambda port, ca: Tcp("127.0.0.1", port, matches="never"),
    "ldap": lambda port, ca: Ldap("127.0.0.1", port, ca_file=ca, user="cn=p", password=REF, base="dc=x"),
    "ldap, starttls": lambda port, ca: Ldap("127.0.0.1", port, "starttls", ca_file=ca, user="cn=p", password=REF, base="dc=x"),
    "postgresql": lambda port, ca: Database("postgresql", "127.0.0.1", "x", "p", REF, port, ca_file=ca),
    "mysql": lambda port, ca: Database("mysql", "127.0.0.1", "x", "p", REF, port, ca_file=ca),
    "smtp": lambda port, ca: Smtp("127.0.0.1", port, ca_file=ca, user="p", password=REF),
    "saml": lambda port, ca: Saml("https://e.example", f"https://127.0.0.1:{port}/", ca_file=ca),
}


@pytest.fixture(params=KINDS)
def make(request: pytest.FixtureRequest, pki: Path) -> Callable[[int], Probe]:
    return lambda port: KINDS[request.param](port, str(pki / "ca.pem"))


@pytest.fixture
def deaf() -> Iterator[int]:
    """A port whose queue is full: further connections hang as in a black hole."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        fills = [socket.socket() for _ in range(3)]
        for one in fills:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        time.sleep(0.05)
        yield listener.getsockname()[1]
        for one in fills:
            one.close()


def leftovers() -> tuple[int, int, int]:
    """Open files, tasks, look threads."""
    threads = sum(thread.name == "look" for thread in threading.enumerate())
    return len(os.listdir("/proc/self/fd")), len(asyncio.all_tasks()), threads


async def settled(before: tuple[int, int, int]) -> bool:
    for _ in range(60):
        if all(now <= then for now, then in zip(leftovers(), before, strict=True)):
            return True
        await asyncio.sleep(0.05)
    return False


async def timed(look: Awaitable[LookOutcome], deadline_s: float) -> LookOutcome:
    began = time.monotonic()
    outcome = await look
    assert time.monotonic() - began < deadline_s + 1
    assert CANARY not in repr(outcome)
    return outcome


async def test_who_does_not_answer_is_named(make: Callable[[int], Probe], runner: Runner, deaf: int) -> None:
    refused = await timed(runner.look(make(free_port()), 2), 2)
    assert refused.finding.cause is Cause.TCP_REFUSED
    black_hole = await timed(runner.look(make(deaf), 1), 1)
    assert black_hole.finding.cause is Cause.TCP_TIMEOUT
    async with serving(silent) as port:
        mute = await timed(runner.look(make(port), 1), 1)
    assert mute.finding.cause is Cause.DEADLINE


async def test_a_look_that_is_cancelled_leaves_nothing_behind(make: Callable[[int], Probe], runner: Runner) -> None:
    async with serving(silent) as port:
        before = leftovers()
        looks = [asyncio.create_task(runner.look(make(port), 30)) for _ in range(5)]
        await asyncio.sleep(0.3)
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)
        assert await settled(before), (before, leftovers())


def mutated(answers: tuple[bytes, ...], chance: random.Random) -> tuple[bytes, ...]:
    """The answers of a good server with a few bytes changed, cut or doubled."""
    made = []
    for answer in answers:
        data = bytearray(answer)
        for _ in range(chance.randrange(3)):
            place = chance.randrange(len(data)) if data else 0
            match chance.randrange(3):
                case 0:
                    data[place : place + 1] = chance.randbytes(1)
                case 1:
                    del data[place : place + chance.randrange(4)]
                case _:
                    data[place:place] = chance.randbytes(chance.randrange(8))
        made.append(bytes(data))
    return tuple(made)


def scripted(answers: tuple[bytes, ...]) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            writer.write(answer)
            await writer.drain()
            if not await reader.read(4096):
                return

    return serve


GOOD: dict[str, tuple[Make, tuple[bytes, ...]]] = {
    "ldap": (
        lambda port, ca: Ldap("127.0.0.1", port, "plain", True, level="rootdse"),
        (b"", bytes.fromhex("300c02010165070a010004000400")),
    ),
    "smtp": (
        lambda port, ca: Smtp("127.0.0.1", port, "plain", True, user="p", password=REF),
        (b"220 hi\r\n", b"250-mail\r\n250-SIZE 1000\r\n250 AUTH PLAIN LOGIN\r\n", b"235 welcome\r\n", b"221 bye\r\n"),
    ),
    "postgresql": (
        lambda port, ca: Database("postgresql", "127.0.0.1", "x", "p", REF, port, True),
        (
            b"",
            b"R\0\0\0\x08\0\0\0\0S\0\0\0\x18server_version\x0015.1\0Z\0\0\0\x05I",
            b"1\0\0\0\x04t\0\0\0\x06\0\0T\0\0\0\x1b\0\x01f\0\0\0\0\0\0\0\0\0\0\x10\0\x01\xff\xff\xff\xff\0\0Z\0\0\0\x05I",
        ),
    ),
    "mysql": (
        lambda port, ca: Database("mysql", "127.0.0.1", "x", "p", REF, port, True),
        (
            b"\x4a\0\0\0\x0a8.0.30\0\x01\0\0\0saltsalt\0\xff\xf7\x08\x02\0\xff\xc1\x15\0\0\0\0\0\0\0\0\0\0aaaaaaaaaaaa\0mysql_native_password\0",
            b"\x07\0\0\x02\0\0\0\x02\0\0\0",
            b"\x07\0\0\x01\0\0\0\x02\0\0\0",
        ),
    ),
}


@pytest.mark.parametrize("name", GOOD)
async def test_answers_that_are_nearly_right_never_break_a_kind(name: str, runner: Runner, pki: Path) -> None:
    """150 mutations, seeded; THREENINES_FUZZ gives another number."""
    make, answers = GOOD[name]
    chance = random.Random(name)
    before = leftovers()

    async def one(script: tuple[bytes, ...]) -> LookOutcome:
        async with serving(scripted(script)) as port:
            return await timed(runner.look(make(port, ""), 0.5), 0.5)

    for _ in range(int(os.environ.get("THREENINES_FUZZ", "150")) // 25):
        for outcome in await asyncio.gather(*(one(mutated(answers, chance)) for _ in range(25))):
            finding = outcome.finding
            ours = finding.state is State.UNKNOWN and finding.cause not in (Cause.CHECK_CONFIG, Cause.PAUSED)
            assert not ours, outcome
            assert finding.reason.isprintable()
    assert await settled((before[0] + 2, before[1], before[2])), (before, leftovers())
