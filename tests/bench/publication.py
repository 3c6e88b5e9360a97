"""`python tests/bench/publication.py [customers]`: how long `threenines publish --private` takes, beside the service at work.

Every customer has a site of ten checks of one minute with 13 months of history, as in ``start.py``. The pages are written once
where nothing was, as files and their stale twins, and once more over those. Seconds are of the wall: the command waits for the
service and for the disk. The service has one core; the command shares the other with what is looked at.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import ours
import psutil
import start
import targets
from processes import cpu_seconds, started

from monitor.config.load import load
from monitor.shelf import CURRENT

CUSTOMERS, GOAL_S = 500, 30.0
A_SITE = 10
RAW_MINUTES = 2
PUBLISH = (".venv/bin/threenines", "publish", "--private", "--config")


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one publication: its files and their bytes, seconds until the command was done, CPU seconds of it and of the service."""

    files: int
    size: int
    took_s: float
    command_cpu_s: float
    service_cpu_s: float

    def __str__(self) -> str:
        return (
            f"{self.files} files, {self.size / 1e6:.0f} MB in {self.took_s:.1f} s "
            f"({self.service_cpu_s:.1f} s of CPU of the service, {self.command_cpu_s:.1f} s of the command)"
        )


@contextmanager
def service(folder: Path, customers: int, at: targets.Targets, core: int) -> Iterator[tuple[Path, psutil.Process]]:
    """A service with so many customers' pages, all of them published; its configuration and its process."""
    urls = [f"{at.url('http')}?check={number}" for number in range(customers * A_SITE)]
    command = ours.command(start.COMMAND, folder, urls, start.EVERY_S, at, A_SITE)
    main = folder / "threenines.yaml"
    configuration = load(main, os.environ)
    start.written(configuration, time.time_ns() // 1_000_000, RAW_MINUTES)
    base = f"http://{configuration.operator.host}:{configuration.operator.port}"
    with started([command], core, folder / "log") as (process,):
        start.until(lambda: start.answers(f"{base}/readyz"))
        start.until(lambda: start.answers(base + start.last_page(configuration)))
        yield main, process


def published(main: Path, shelf: Path, process: psutil.Process) -> Cost:
    """The cost of putting all pages of the service on ``shelf``."""
    spent, served, began = _children_s(), cpu_seconds([process]), time.monotonic()
    subprocess.run([*PUBLISH, str(main), str(shelf)], check=True, stderr=subprocess.DEVNULL)
    took = time.monotonic() - began
    sizes = [path.stat().st_size for path in (shelf / CURRENT).resolve().rglob("*") if path.is_file()]
    return Cost(len(sizes), sum(sizes), took, _children_s() - spent, cpu_seconds([process]) - served)


def _children_s() -> float:
    """User and system seconds of all children that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def verdict(customers: int, cost: Cost) -> str:
    """The goal is one of 500 customers; of fewer or more it says nothing."""
    if customers != CUSTOMERS:
        return f"no verdict: the goal is one of {CUSTOMERS}"
    return f"goal {GOAL_S:.0f} s: {'met' if cost.took_s <= GOAL_S else 'missed'}"


def main() -> None:
    """Measure and print."""
    customers = int(sys.argv[1]) if sys.argv[1:] else CUSTOMERS
    cores = sorted(os.sched_getaffinity(0))
    with (
        tempfile.TemporaryDirectory() as name,
        targets.running(Path(name), cores[-1]) as at,
        service(Path(name) / "run", customers, at, cores[0]) as (configuration, process),
    ):
        for said in ("first", "again"):
            cost = published(configuration, Path(name) / "shelf", process)
            print(f"publish {customers} customers' pages, {said}: {cost}; {verdict(customers, cost)}", flush=True)


if __name__ == "__main__":
    main()
