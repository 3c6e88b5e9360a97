"""`python tests/bench/serve.py`: what it costs to send a published page, beside nginx, and how long readers wait for it.

Each round asks the service's public listener and an nginx that sends the same compressed bytes from a file, in an order that
rotates; wrk (Debian package) asks from the other core. A cost is CPU of the serving process a request. Then readers come at
200 a second while changes are published, over a store of 13 months.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path
from shutil import which
from statistics import median, quantiles
from time import monotonic

import psutil
import uvloop
from processes import cpu_seconds, ended, started
from publish import World

from monitor.documents import published
from monitor.metrics import Metrics
from monitor.web.measured import measured
from monitor.web.pages import PRIVATE
from monitor.web.public import public_app
from monitor.web.ready import Ready
from monitor.web.server import Limits, serving

GOAL_A_CORE, GOAL_OF_NGINX, GOAL_P99_MS = 20_000, 0.2, 20.0
ASKED = "GET {} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n"
PACE, READERS, CONNECTIONS = 200, 20, 32
CHANGED_EVERY_S = 0.5
NGINX = """
user {user}; worker_processes 1; daemon off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off; keepalive_requests 1000000000; default_type text/html; client_body_temp_path {folder};
  proxy_temp_path {folder}; fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port}; root {folder}/files; add_header Content-Encoding gzip; open_file_cache max=8; }}
}}
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of a saturated server: CPU microseconds a request, and the requests a second that it answered."""

    cpu_us: float
    per_s: float

    @property
    def a_core(self) -> float:
        """The requests a second that a whole core would answer."""
        return 1e6 / self.cpu_us


async def serve(folder: Path, sites: int) -> None:
    """Be the service: publish all pages, tell where, and publish a change twice a second until the input ends."""
    world, metrics = World(folder, sites), Metrics("bench")
    for customer in world.board.customers():
        for root, documents in published(world.pages, world.board.customer(customer).pages).items():
            world.pages.place(root, documents)
    root = next(root for root in world.pages.roots() if root.startswith(PRIVATE))
    (folder / "files").mkdir()
    (folder / "files" / "index.html").write_bytes(world.pages.page(root)[root].fresh.gzipped)
    told = metrics.answered, monotonic
    app, ready = measured(public_app(world.pages, lambda: world.now), *told), Ready(world.pages, lambda: world.now, *told)
    async with serving(app, "127.0.0.1", 0, limits=Limits(per_address=None), ready=ready) as (_, port):
        print(json.dumps({"port": port, "path": root}), flush=True)
        asked = asyncio.create_task(asyncio.to_thread(lambda: list(sys.stdin)))
        while not asked.done():
            await asyncio.sleep(CHANGED_EVERY_S)
            await asyncio.to_thread(lambda: (world.changed(), world.publish()))
    world.close()


@asynccontextmanager
async def service(folder: Path, sites: int, core: int) -> AsyncIterator[tuple[psutil.Popen, str]]:
    """The service in a process on ``core``, and the address of a customer's page."""
    command = [sys.executable, __file__, "--serve", str(folder), "--sites", str(sites)]
    process = psutil.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        process.cpu_affinity([core])
        where = json.loads(await asyncio.to_thread(process.stdout.readline))
        yield process, f"http://127.0.0.1:{where['port']}{where['path']}"
    finally:
        process.stdin.close()
        process.wait(30)


def saturated(url: str, served_by: Sequence[psutil.Process], core: int, seconds: int) -> Cost:
    """Ask as fast as it is answered, from ``core``. Raises ValueError if an answer was none."""
    wrk = ["taskset", "-c", str(core), "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "-H", "Accept-Encoding: gzip", url]
    used = cpu_seconds(served_by)
    said = subprocess.run(wrk, check=True, capture_output=True, text=True).stdout
    spent, many = cpu_seconds(served_by) - used, re.search(r"(\d+) requests in ([\d.]+)(m?s)", said)
    if many is None or "Non-2xx" in said or "Socket errors" in said or ended(served_by):
        raise ValueError(f"not every request was answered: {said}")
    return Cost(spent * 1e6 / int(many[1]), float(many[1]) / seconds)


async def waited(url: str, seconds: float) -> list[float]:
    """How long each of the readers waited who came at ``PACE`` a second, in milliseconds from when they were due."""
    port, path = int(url.split(":")[2].split("/", maxsplit=1)[0]), "/" + url.split("/", 3)[3]
    request, turns, took = ASKED.format(path).encode(), iter(range(int(PACE * seconds))), list[float]()
    began = monotonic() + 0.1

    async def reader() -> None:
        answers, asking = await asyncio.open_connection("127.0.0.1", port)
        for turn in turns:
            due = began + turn / PACE
            await asyncio.sleep(max(0.0, due - monotonic()))
            asking.write(request)
            head = await answers.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            assert head.startswith(b"HTTP/1.1 200 ") and length
            await answers.readexactly(int(length[1]))
            took.append((monotonic() - due) * 1_000)
        asking.close()

    await asyncio.gather(*(reader() for _ in range(READERS)))
    return took


def line(ours: Sequence[Cost], theirs: Sequence[Cost]) -> str:
    """What both cost, their ratio, and whether the goals are met."""
    cost, a_core = median(one.cpu_us for one in ours), median(one.a_core for one in ours)
    said = f"page: {cost:.0f} µs CPU a request, {a_core:,.0f} a second and core"
    good = a_core >= GOAL_A_CORE
    if theirs:
        shares = [one.a_core / other.a_core for one, other in zip(ours, theirs, strict=True)]
        said += f", {median(shares):.2f} of nginx ({min(shares):.2f}..{max(shares):.2f})"
        good = good and median(shares) >= GOAL_OF_NGINX
    return f"{said}; goals {GOAL_A_CORE:,} and {GOAL_OF_NGINX}: {'met' if good else 'missed'}"


def waits(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """How long readers waited, and those of nginx just after: where they waited too, the machine was busy with something else."""
    p99, floor = quantiles(ours, n=100)[98], quantiles(theirs, n=100)[98] if theirs else 0.0
    verdict = "met" if p99 <= GOAL_P99_MS else "missed" if floor <= GOAL_P99_MS / 4 else "no verdict, the machine was busy"
    beside = f" (of nginx {floor:.1f} ms)" if theirs else ""
    return f"readers at {PACE}/s: p50 {median(ours):.1f} ms, p99 {p99:.1f} ms{beside}; goal {GOAL_P99_MS:.0f} ms: {verdict}"


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


async def compared(folder: Path, sites: int, rounds: int, seconds: int) -> None:
    """Measure and print. One core is shared by turns: who is not asked does nothing."""
    core, other = sorted(os.sched_getaffinity(0))[:2]
    async with service(folder / "ours", sites, core) as (process, url):
        port = free_port()
        (folder / "nginx.conf").write_text(NGINX.format(user=getuser(), folder=folder / "ours", port=port))
        peer = [["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]] if which("nginx") else []
        with started(peer, core, folder / "nginx.log") as nginx:
            await asyncio.sleep(0.5)
            measures = [("ours", url, [process]), *([("nginx", f"http://127.0.0.1:{port}/", nginx)] if peer else [])]
            costs: dict[str, list[Cost]] = {"ours": [], "nginx": []}
            for turn in range(rounds):
                for step in range(len(measures)):
                    name, at, processes = measures[(turn + step) % len(measures)]
                    costs[name].append(await asyncio.to_thread(saturated, at, processes, other, seconds))
            print(line(costs["ours"], costs["nginx"]), flush=True)
            took = [await waited(at, 3.0 * seconds) for _, at, _ in measures]
            print(waits(took[0], took[1] if peer else []), flush=True)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--sites", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4)
    asked = parser.parse_args()
    if asked.serve:
        asked.serve.mkdir(exist_ok=True)
        uvloop.run(serve(asked.serve, asked.sites))
    elif not which("wrk"):
        print("wrk is not installed: nothing was asked", file=sys.stderr)
    else:
        with tempfile.TemporaryDirectory() as name:
            asyncio.run(compared(Path(name), asked.sites, asked.rounds, asked.seconds))


if __name__ == "__main__":
    main()
