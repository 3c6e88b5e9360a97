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
from monitor.store.changes import Addition
from monitor.store.database import Database
from monitor.store.reading import Reading
from monitor.watch.schedule import Plan
from monitor.web.pages import Pages
from monitor.wiring import plans_of
from probes.kinds.tcp import Tcp
from sla.agreement import Agreement
from sla.composition import All, Leaf
from sla.responsibility import Party
from sla.state import State
from sla.timeline import Change

A_SITE = 10
PUBLIC_SITES = 10
NOW = 1_764_000_000_000


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU milliseconds with so many sites."""

    sites: int
    customer: float
    renewed: float
    documents: float
    public: float
    index: float
    scrape: float

    def __str__(self) -> str:
        return (
            f"{self.sites:5} sites: customer's page {self.customer:5.1f} ms after a change, "
            f"{self.renewed:5.1f} ms renewed, {self.documents:5.1f} ms all its documents, public page {self.public:6.1f} ms, "
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


def least_ms(work: Callable[[], object], before: Callable[[], object], times: int = 20) -> float:
    """The least CPU milliseconds of some goes of ``work``, each after ``before``, which is not counted."""
    spent = []
    for _ in range(times):
        before()
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return min(spent) * 1_000


class World:
    """A filled store and the board over it, as they stand in the service, with a clock that is moved by hand."""

    def __init__(self, folder: Path, sites: int) -> None:
        self.now, self._database = NOW, Database(folder, NOW)
        self.configuration = configuration(folder, sites)
        numbers = self._database.writer.submit(lambda db: catalogue.enlist(db, self.configuration, NOW)).result()
        self.plans, chance = plans_of(self.configuration, numbers), random.Random(1)
        for first in range(0, len(self.plans), 500):
            past = [start.past(plan, NOW, chance) for plan in self.plans[first : first + 500]]
            self._database.writer.submit(lambda db, past=past: changes.append(db, NOW, past)).result()
        self.board = Board(Reading(self._database).timelines, b"k" * 32, lambda: self.now)
        self.board.watch(self.configuration, self.plans)
        for plan in self.plans:
            self._saw(plan)
        for customer in self.board.customers():
            self.board.take(self.board.customer(customer))
        self.pages = Pages()

    def _saw(self, plan: Plan) -> None:
        at = self.now - 10_000
        self.board.saw(plan, Result(at, *plan.stream, at + 1_000, 20.0, State.UP, phases=(("connect", 1.0),)))

    def later(self) -> None:
        """Half a minute passes, in which every component of the first site was seen and nothing changed."""
        self.now += 30_000
        for plan in self.plans[:A_SITE]:
            self._saw(plan)

    def changed(self) -> None:
        """And a component of the first site went away or came back."""
        self.later()
        turn = self.now // 30_000
        plan, state = self.plans[turn // 2 % A_SITE], (State.DOWN, State.UP)[turn % 2]
        change = Addition(plan.stream, (Change(self.now - 5_000, state),), ())
        self._database.writer.submit(lambda db: changes.append(db, self.now, [change])).result()

    def publish(self) -> None:
        """Make the first customer's page and place it."""
        made = self.board.customer("c-0")
        self.board.take(made)
        for root, documents in published(self.pages, made.pages).items():
            self.pages.place(root, documents)

    def close(self) -> None:
        """Close the store."""
        self._database.close()


def measured(sites: int, folder: Path) -> Cost:
    """Fill a store, make every page once, then measure one of each."""
    world = World(folder, sites)
    board, pages = world.board, world.pages
    cost = Cost(
        sites,
        least_ms(world.publish, world.changed),
        least_ms(world.publish, world.later),
        least_ms(lambda: [(page.body, page.stale) for page in board.customer("c-0").pages], world.changed, 5),
        least_ms(lambda: published(pages, board.public()), world.changed),
        least_ms(lambda: board.index().body, world.later),
        least_ms(board.series, world.later),
    )
    world.close()
    return cost


def main() -> None:
    """Measure and print, one line a number of sites."""
    for sites in [int(word) for word in sys.argv[1:]] or [10, 100, 1_000]:
        with tempfile.TemporaryDirectory() as name:
            print(measured(sites, Path(name)), flush=True)


if __name__ == "__main__":
    main()
