"""What every kind that connects must do: name who does not answer, leave nothing behind, never break on what it hears."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from servers import free_port, serving, silent

from monitor.watch.runner import LookOutcome, Runner
from probes.kinds.certificate import Certificate
from probes.kinds.database import Database
from probes.kinds.instance import Instance
from probes.kinds.journey import Journey
from probes.kinds.ldap import Ldap
from probes.kinds.licensing import Licensing
from probes.kinds.load_balancer import LoadBalancer, Nitro
from probes.kinds.saml import Saml
from probes.kinds.smtp import Smtp
from probes.kinds.tcp import Tcp
from probes.probe import Probe, SecretRef
from probes.request import Request
from probes.steps import Step
from sla.state import Cause

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
    "mssql": lambda port, ca: Database("mssql", "127.0.0.1", "x", "p", REF, port, ca_file=ca),
    "smtp": lambda port, ca: Smtp("127.0.0.1", port, ca_file=ca, user="p", password=REF),
    "saml": lambda port, ca: Saml("https://e.example", f"https://127.0.0.1:{port}/", ca_file=ca),
    "load_balancer": lambda port, ca: LoadBalancer(
        Request(f"https://127.0.0.1:{port}/", ca_file=ca),
        (f"127.0.0.1:{port}",),
        nitro=Nitro(f"https://127.0.0.1:{port}", "nsmon", REF, "lb", ca_file=ca),
    ),
    "licensing": lambda port, ca: Licensing(
        "http_json", url=f"https://127.0.0.1:{port}/", ca_file=ca, secret_headers={"X-Key": REF}, seats_pointer="/seats"
    ),
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
