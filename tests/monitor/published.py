"""A store, a board and two customers for the tests of what is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

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
from monitor.ports import Result
from monitor.statement_shelf import Shelf
from monitor.store import catalogue, changes
from monitor.store.database import Database
from monitor.store.results import Stream
from monitor.store.told import NOTHING
from monitor.wiring import plans_of
from probes.kinds.tcp import Tcp
from sla.agreement import Agreement
from sla.composition import All, Degrading, Leaf
from sla.responsibility import Party
from sla.span import DAY
from sla.state import State
from sla.timeline import Change, Doubt

NOW = 1_764_000_000_000
PARTS = ("web", "ldap", "spare")


def site(key: str, customer: str) -> Site:
    """Three components, one of which only slows the site."""
    return Site(
        key,
        f"Site {key}",
        Customer(customer, customer.title()),
        Agreement(),
        tuple(Component(name, name, "instance", Party.PROVIDER) for name in PARTS),
        All((Leaf("web"), Leaf("ldap"), Degrading(Leaf("spare")))),
        tuple(Check(name, name, Tcp(host="127.0.0.1", port=80), 60_000, 10_000) for name in PARTS),
    )


def configuration(data: Path, sites: Sequence[Site], entries: Sequence[PublicEntry] = ()) -> Configuration:
    """Only what the board needs to know."""
    vantages = {"main": Vantage("main")}
    return Configuration(Provider("P"), data, Listener("127.0.0.1", 0), None, vantages, tuple(sites), tuple(entries), "")


class Desk:
    """A board over a real store, and what the tests do to them."""

    def __init__(self, data: Path, sites: Sequence[Site], entries: Sequence[PublicEntry] = ()) -> None:
        self.database, self.now, self.reads = Database(data, NOW), NOW, list[tuple[int, int]]()
        self.told = NOTHING
        self.board = Board(self._timelines, b"k" * 32, lambda: self.now, told=lambda sites: self.told, shelf=Shelf(data))
        self.watch(configuration(data, sites, entries))

    def watch(self, wanted: Configuration) -> None:
        """Watch ``wanted`` from now on."""
        self.configuration = wanted
        numbers = self.database.writer.submit(lambda db: catalogue.enlist(db, wanted, NOW)).result(10)
        self.plans = plans_of(wanted, numbers)
        self.board.watch(wanted, self.plans)

    def stream(self, site: str, check: str) -> Stream:
        """The stream of a check."""
        return next(plan.stream for plan in self.plans if (plan.site, plan.check.key) == (site, check))

    def append(self, stream: Stream, made: Sequence[Change], doubts: Sequence[Doubt] = ()) -> None:
        """Rows of one stream."""
        rows = [changes.Addition(stream, tuple(made), tuple(doubts))]
        self.database.writer.submit(lambda db: changes.append(db, NOW, rows)).result(10)

    def saw(self, site: str, check: str, state: State = State.UP) -> None:
        """A result of just now."""
        plan = next(plan for plan in self.plans if (plan.site, plan.check.key) == (site, check))
        self.board.saw(plan, Result(self.now - 1_000, *plan.stream, self.now - 1_000, 12.0, state, phases=(("connect", 1.0),)))

    def _timelines(self, streams, since):  # type: ignore[no-untyped-def]
        self.reads.append((len(streams), since))
        return self.database.look(lambda db: changes.timelines(db, streams, since))


def days_ago(days: float) -> int:
    """So many days before NOW."""
    return NOW - round(days * DAY)


def renamed(one: Site, name: str) -> Site:
    """The same site under another name."""
    return replace(one, name=name)
