"""What one confirmed change costs until its pages are ready, and what a scrape costs, by the number of sites side by side.

Run as ``publish.py [SITES …]`` (10 100 1000). Every site has ten checks of one minute with 40 outages a year each over 13
months; the public page shows one component of each of ten sites. The figures are CPU milliseconds, the least of several.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import start

from monitor.board import Board
from monitor.config.configuration import (
    Check,
    Component,
    Configuration,
    Customer,
    Listener,
    Provider,
    PublicEntry,
    Site,
    Vantage,
)
from monitor.documents import published
from monitor.ports import Result
from monitor.store import catalogue, changes
from monitor.store.database import Database
from monitor.web.pages import Pages
from monitor.wiring import plans_of
from probes.kinds.tcp import Tcp
from sla.agreement import Agreement
from sla.composition import All, Leaf
from sla.responsibility import Party
from sla.state import State

A_SITE = 10
PUBLIC_SITES = 10
NOW = 1_764_000_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU milliseconds with so many sites."""

    sites: int
    customer: float
    public: float
    index: float
    scrape: float

    def __str__(self) -> str:
        return (
            f"{self.sites:5} sites: customer's page {self.customer:6.1f} ms, public page {self.public:6.1f} ms, "
            f"index {self.index:6.1f} ms, /metrics {self.scrape:6.1f} ms"
        )


def site(number: int) -> Site:
    """A site of ten components with a check each."""
    names = [f"node-{place}" for place in range(A_SITE)]
    return Site(
        f"site-{number}",
        f"Site {number}",
        Customer(f"c-{number}", f"Customer {number}"),
        Agreement(),
        tuple(Component(name, name, "instance", Party.PROVIDER) for name in names),
        All(tuple(Leaf(name) for name in names)),
        tuple(Check(name, name, Tcp(host="127.0.0.1", port=80), 60_000, 10_000) for name in names),
    )


def configuration(data: Path, sites: int) -> Configuration:
    """So many sites, the first of which are public."""
    entries = tuple(PublicEntry(f"Service {number}", (f"site-{number}/node-0",)) for number in range(min(PUBLIC_SITES, sites)))
    made = tuple(site(number) for number in range(sites))
    return Configuration(Provider("Bench"), data, Listener("127.0.0.1", 0), None, {"main": Vantage("main")}, made, entries, "")


def least_ms(work: Callable[[], object], times: int = 5) -> float:
    """The least CPU milliseconds of some goes."""
    spent = []
    for _ in range(times):
        before = time.process_time()
        work()
        spent.append(time.process_time() - before)
    return min(spent) * 1_000


def measured(sites: int, folder: Path) -> Cost:
    """Fill a store, make every page once, then measure one of each."""
    wanted, database = configuration(folder, sites), Database(folder, NOW)
    numbers = database.writer.submit(lambda db: catalogue.enlist(db, wanted, NOW)).result()
    plans, chance = plans_of(wanted, numbers), random.Random(1)
    for first in range(0, len(plans), 500):
        past = [start.past(plan, NOW, chance) for plan in plans[first : first + 500]]
        database.writer.submit(lambda db, past=past: changes.append(db, NOW, past)).result()
    board = Board(lambda streams, since: database.look(lambda db: changes.timelines(db, streams, since)), b"k" * 32, lambda: NOW)
    board.watch(wanted, plans)
    for plan in plans:
        board.saw(plan, Result(NOW - 10_000, *plan.stream, NOW - 9_000, 20.0, State.UP, phases=(("connect", 1.0),)))
    for customer in board.customers():
        board.take(board.customer(customer))
    pages = Pages()

    def publish() -> None:
        made = board.customer("c-0")
        board.take(made)
        for root, documents in published(pages, made.pages).items():
            pages.place(root, documents)

    cost = Cost(
        sites,
        least_ms(publish),
        least_ms(lambda: published(pages, board.public())),
        least_ms(lambda: board.index().body),
        least_ms(board.series),
    )
    database.close()
    return cost


def main() -> None:
    """Measure and print, one line a number of sites."""
    for sites in [int(word) for word in sys.argv[1:]] or [10, 100, 1_000]:
        with tempfile.TemporaryDirectory() as name:
            print(measured(sites, Path(name)), flush=True)


if __name__ == "__main__":
    main()
