"""A site as the desk finds it in a real store: two nodes of which one is enough, and the customer's directory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy.engine import Connection

from monitor.config.configuration import Configuration
from monitor.config.load import load
from monitor.desk.deed import Installation
from monitor.desk.records import enlisted
from monitor.store import changes
from monitor.store.catalogue import Catalogue
from monitor.store.database import Database
from sla.span import MINUTE, Instant
from sla.state import Cause, State
from sla.texts import instant, instant_text
from sla.timeline import Change, Doubt

T = TypeVar("T")
MAIN = 'provider: {name: P}\noperator: {bind: "127.0.0.1:8490"}\n'
SITE = """\
id: acme
name: Acme
customer: {id: acme, name: Acme GmbH}
contacts: [{name: Ada, email: ada@acme.example}]
agreement: {zone: Europe/Berlin}
components:
  - {id: node-1, kind: instance}
  - {id: node-2, kind: instance}
  - {id: directory, kind: ldap}
composition: {all: [{at_least: 1, of: [node-1, node-2]}, directory]}
checks:
  - {id: node-1, component: node-1, kind: tcp, host: 192.0.2.1, port: 443}
  - {id: node-2, component: node-2, kind: tcp, host: 192.0.2.2, port: 443}
  - {id: directory, component: directory, kind: tcp, host: 192.0.2.3, port: 636}
"""
BEGUN = instant("2026-05-01T00:00:00+02:00")
NOW = instant("2026-07-01T06:00:00Z")


@dataclass
class Store:
    """A database with the site's facts in it."""

    database: Database
    configuration: Configuration
    numbers: Catalogue
    folder: Path

    def do(self, work: Callable[[Connection], T]) -> T:
        return self.database.writer.submit(work).result(30)

    def look(self, work: Callable[[Connection], T]) -> T:
        return self.database.look(work)

    def say(self, check: str, *facts: Change | Doubt, recorded_at: Instant = BEGUN) -> None:
        stream = (self.numbers.checks["acme", check], self.numbers.locations["main"])
        said = tuple(fact for fact in facts if isinstance(fact, Change))
        doubts = tuple(fact for fact in facts if isinstance(fact, Doubt))
        self.do(lambda c: changes.append(c, recorded_at, [changes.Addition(stream, said, doubts)]))

    def down(self, check: str, start: str, end: str) -> None:
        begun, over = instant(start), instant(end)
        changes_ = (Change(begun, State.DOWN, Cause.TCP_REFUSED), Change(over, State.UP))
        self.say(check, *changes_, recorded_at=over)


def configured(folder: Path, site: str = SITE) -> Configuration:
    (folder / "sites").mkdir(exist_ok=True)
    (folder / "threenines.yaml").write_text(MAIN)
    (folder / "sites" / "acme.yaml").write_text(site)
    return load(folder / "threenines.yaml", {})


def filled(folder: Path, outage: str = "2026-06-18T14:00:00Z", minutes: int = 66, site: str = SITE) -> Store:
    """The site's store: all up since 1 May but node 1 for 30 min on 10 June, and the directory in the ``outage``."""
    configuration = configured(folder, site)
    database = Database(configuration.data, BEGUN)
    numbers = database.writer.submit(lambda c: enlisted(c, configuration, BEGUN)).result(10)
    made = Store(database, configuration, numbers, folder)
    looked_at(made, outage, minutes)
    return made


def looked_at(store: Store, outage: str = "2026-06-18T14:00:00Z", minutes: int = 66) -> None:
    """What ``filled`` says of the site."""
    for check in (check.key for check in store.configuration.sites[0].checks):
        store.say(check, Change(BEGUN, State.UP))
    store.down("node-1", "2026-06-10T08:00:00Z", "2026-06-10T08:30:00Z")
    store.down("directory", outage, instant_text(instant(outage) + minutes * MINUTE))


def ground(store: Store) -> Installation:
    """What deeds know of the installation."""
    return Installation(store.configuration, b"k" * 32)
