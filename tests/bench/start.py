"""`make bench` measures looks; this measures a start: how soon a service with 13 months of history looks again.

Run as ``start.py CHECKS [RAW_MINUTES]``. It builds a database of CHECKS checks of one minute with 40 outages a year each and
raw looks of the last minutes, starts the real service on it, and prints the seconds to its first look (counted at the
target), to readiness and to the last customer's page, and its memory.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import ours
import psutil
import run
import targets

from monitor.board import Board
from monitor.config.configuration import Configuration
from monitor.config.load import load
from monitor.ports import Result
from monitor.store import catalogue, changes, results
from monitor.store.database import Database
from monitor.watch.schedule import Plan
from monitor.wiring import plans_of
from sla.span import DAY, MINUTE, SECOND
from sla.state import Cause, State
from sla.timeline import Change, Doubt

EVERY_S = 60
KEPT = 395 * DAY
OUTAGES_A_YEAR = 40
OUTAGE_MS = 4 * MINUTE
COMMAND = ".venv/bin/threenines run --config DIR/threenines.yaml"


@dataclass(frozen=True, slots=True)
class Started:
    """Seconds from the start of the process, CPU seconds up to its first look, its resident MB when ready and 30 s later."""

    checks: int
    first_look_s: float
    first_look_cpu_s: float
    ready_s: float
    pages_s: float
    ready_mb: float
    later_mb: float

    def __str__(self) -> str:
        return (
            f"start with {self.checks} checks: first look {self.first_look_s:.1f} s ({self.first_look_cpu_s:.1f} s of CPU), "
            f"ready {self.ready_s:.1f} s, all pages {self.pages_s:.1f} s; "
            f"{self.ready_mb:.0f} MB when ready, {self.later_mb:.0f} MB after 30 s"
        )


def past(plan: Plan, now: int, chance: random.Random) -> changes.Addition:
    """13 months of one check: up, with outages of four minutes and the doubts at their edges."""
    made, doubts = [Change(now - KEPT, State.UP)], []
    at = now - KEPT + chance.randrange(DAY)
    while at < now - DAY:
        made += [Change(at, State.DOWN, Cause.TCP_REFUSED), Change(at + OUTAGE_MS, State.UP)]
        doubts += [Doubt(edge - MINUTE, edge, State.DOWN, State.UP) for edge in (at, at + OUTAGE_MS)]
        at += OUTAGE_MS + round(chance.expovariate(OUTAGES_A_YEAR / (365 * DAY)))
    return changes.Addition(plan.stream, tuple(made), tuple(doubts))


def recent(plan: Plan, now: int, minutes: int) -> Iterator[Result]:
    """Good looks of the last minutes, as the schedule would have had them."""
    last = now - (now - plan.phase_ms) % (EVERY_S * SECOND)
    for back in range(minutes * 60 // EVERY_S):
        slot = last - back * EVERY_S * SECOND
        yield Result(slot, *plan.stream, slot + 4, 52.3, State.UP)


def written(configuration: Configuration, now: int, raw_minutes: int) -> None:
    """Fill the configured data directory."""
    database = Database(configuration.data, now)
    chance = random.Random(7)
    numbers = database.writer.submit(lambda db: catalogue.enlist(db, configuration, now - KEPT)).result()
    plans = plans_of(configuration, numbers)
    for first in range(0, len(plans), 200):
        some = plans[first : first + 200]
        database.writer.submit(lambda db, some=some: changes.append(db, now, [past(plan, now, chance) for plan in some])).result()
    looks = sorted((look for plan in plans for look in recent(plan, now, raw_minutes)), key=lambda look: look.name)
    for first in range(0, len(looks), 5_000):
        database.writer.submit(lambda db, part=looks[first : first + 5_000]: results.insert(db, part)).result()
    database.close()


def until(condition: Callable[[], bool], limit_s: float = 300) -> float:
    """When the condition held, by the monotonic clock."""
    end = time.monotonic() + limit_s
    while time.monotonic() < end:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            if condition():
                return time.monotonic()
        time.sleep(0.02)
    raise TimeoutError(f"it did not happen within {limit_s:g} s")


def answers(url: str) -> bool:
    """Whether ``url`` is answered with 200."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return int(answer.status) == 200


def last_page(configuration: Configuration) -> str:
    """The path of the last customer's page."""
    board = Board(lambda streams, since: {}, (configuration.data / "service.key").read_bytes(), lambda: 0)
    board.watch(configuration, ())
    return board.customer_path(board.customers()[-1])


def measured(checks: int, raw_minutes: int, folder: Path, at: targets.Targets, core: int) -> Started:
    """Build, start, watch, end."""
    urls = [f"{at.url('http')}?check={number}" for number in range(checks)]
    command = ours.command(COMMAND, folder, urls, EVERY_S, at)
    configuration = load(folder / "threenines.yaml", os.environ)
    written(configuration, time.time_ns() // 1_000_000, raw_minutes)
    base = f"http://{configuration.operator.host}:{configuration.operator.port}"
    before, began = at.count("http"), time.monotonic()
    with run.started([command], core, folder / "log") as (process,):
        looked, used = until(lambda: at.count("http") > before), run.cpu_seconds([process])
        ready = until(lambda: answers(f"{base}/readyz"))
        ready_mb = process.memory_info().rss / 1e6
        pages = until(lambda: answers(base + last_page(configuration)))
        time.sleep(30)
        later_mb = psutil.Process(process.pid).memory_info().rss / 1e6
    return Started(checks, looked - began, used, ready - began, pages - began, ready_mb, later_mb)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checks", type=int)
    parser.add_argument("raw_minutes", type=int, nargs="?", default=60)
    asked = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as name, targets.running(Path(name), cores[-1]) as at:
        print(measured(asked.checks, asked.raw_minutes, Path(name) / "run", at, cores[0]))


if __name__ == "__main__":
    main()
