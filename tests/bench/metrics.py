"""`python tests/bench/metrics.py`: what a scrape of 10,000 checks costs, over HTTP, and how long the event loop stands still.

Every check has a new result before each scrape. The floor sends as many bytes that lie ready, through a bare asyncio server.
CPU is that of the serving process, its loop on one thread; the reader is another process.
"""

from __future__ import annotations

import argparse
import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time
from types import SimpleNamespace
from typing import Any, cast

import uvloop

from monitor.config.configuration import Check, Customer, Site
from monitor.gauges import Gauges
from monitor.metrics import Metrics
from monitor.ports import Result
from monitor.watch.schedule import Plan
from monitor.web.operator import Health, operator_app
from monitor.web.pages import Pages
from monitor.web.server import serving
from probes.kinds.instance import Instance
from sla.state import State

GOAL_MS, GOAL_STILL_MS = 25.0, 50.0
TICK_S = 0.001
BEGIN = 1_764_000_000_000
PHASES = tuple((phase, 1.25) for phase in ("resolve", "connect", "processing", "transfer"))
FACTS = {"http_status_code": 200, "http_version": "1.1", "http_ssl": False, "http_content_length": 300, "ip_protocol": 4}
READER = """
import socket, sys
for line in sys.stdin:
    with socket.create_connection(("127.0.0.1", int(line))) as peer:
        peer.sendall(b"GET /metrics HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n")
        many = 0
        while data := peer.recv(1 << 20):
            many += len(data)
    print(many, flush=True)
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one scrape: CPU, the longest the loop stood still, bytes sent."""

    cpu_ms: float
    still_ms: float
    bytes: int


class Watched:
    """Gauges of many checks, each with a result."""

    def __init__(self, checks: int, max_series: int) -> None:
        check = Check("web", "web", Instance(url="http://127.0.0.1/"), 10_000, 2_000)
        sites = {f"site-{n}": SimpleNamespace(customer=Customer(f"customer-{n}", "C")) for n in range(checks)}
        self._plans = [Plan(site, check, "main", number, 1, 0) for number, site in enumerate(sites)]
        self.gauges, self.now = Gauges(max_series), BEGIN
        self.gauges.watch(self._plans, cast(dict[str, Site], sites), {})

    def look(self) -> None:
        """One more result of each."""
        self.now += 1
        for plan in self._plans:
            result = Result(self.now, *plan.stream, self.now, 20 + self.now % 7 / 10, State.UP, phases=PHASES, facts=FACTS)
            self.gauges.saw(plan, result)


class Reader:
    """A process that reads one answer whenever it is told a port."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", READER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def __call__(self, port: int) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{port}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


async def cost(read: Callable[[int], int], port: int) -> Cost:
    """One scrape."""
    ticks = asyncio.create_task(_ticks())
    await asyncio.sleep(0.05)
    began = process_time()
    many = await asyncio.to_thread(read, port)
    spent = process_time() - began
    ticks.cancel()
    return Cost(spent * 1000, await ticks * 1000, many)


async def _ticks() -> float:
    """The longest pause between two ticks, until cancelled."""
    worst, last = 0.0, perf_counter()
    try:
        while True:
            await asyncio.sleep(TICK_S)
            now = perf_counter()
            worst, last = max(worst, now - last - TICK_S), now
    except asyncio.CancelledError:
        return worst


@asynccontextmanager
async def bare(body: Callable[[], bytes]) -> AsyncIterator[int]:
    """A server that only writes bytes that lie ready."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(body())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, family=socket.AF_INET)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def measured(checks: int, rounds: int, max_series: int) -> tuple[list[Cost], list[Cost]]:
    """Costs of ours and of the floor, by turns."""
    watched, metrics, ready = Watched(checks, max_series), Metrics("bench"), b""

    def scrape(wanted: Collection[str] = ()) -> list[bytes]:
        return [metrics.render(), *watched.gauges.parts(watched.now)]

    app = operator_app(Pages(), Pages(), lambda: watched.now, lambda: Health(True, True), scrape)
    ours: list[Cost] = []
    floor: list[Cost] = []
    reader = Reader()
    try:
        async with serving(app, "127.0.0.1", 0) as (_, port), bare(lambda: ready) as bare_port:
            for _ in range(rounds):
                watched.look()
                ours.append(await cost(reader, port))
                ready = b"".join(scrape())
                floor.append(await cost(reader, bare_port))
    finally:
        reader.close()
    return ours, floor


def line(name: str, ours: list[Cost], floor: list[Cost]) -> str:
    """The median of a scrape in one line, and its ratio to the floor."""
    ratios = sorted(one.cpu_ms / base.cpu_ms for one, base in zip(ours, floor, strict=True) if base.cpu_ms)
    cpu, still = median(one.cpu_ms for one in ours), median(one.still_ms for one in ours)
    return (
        f"{name}: {ours[-1].bytes / 1e6:.1f} MB, CPU {cpu:.1f} ms (floor {median(one.cpu_ms for one in floor):.1f} ms), "
        f"ratio {median(ratios):.1f} ({ratios[0]:.1f}..{ratios[-1]:.1f}), loop still {still:.1f} ms; "
        f"goals {GOAL_MS:g} and {GOAL_STILL_MS:g} ms: {'met' if cpu <= GOAL_MS and still <= GOAL_STILL_MS else 'missed'}"
    )


def main() -> None:
    """With the limit of series, and without."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=9)
    asked = parser.parse_args()
    for name, limit in (("all series", 10**9), ("100,000 series", 100_000)):
        work: Callable[[], Awaitable[Any]] = lambda limit=limit: measured(asked.checks, asked.rounds, limit)  # noqa: E731
        ours, floor = uvloop.run(cast(Any, work()))
        print(line(f"/metrics of {asked.checks} checks, {name}", ours, floor), flush=True)


if __name__ == "__main__":
    main()
