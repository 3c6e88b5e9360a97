"""A provider with a site of its own and two customers', whose releases are carried in waves; a store in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from monitor.config.configuration import Configuration, Mailing
from monitor.config.load import load
from monitor.desk import rollout_keeping
from monitor.desk.deed import Installation, Reply
from monitor.desk.deeds import Request, act, preview
from monitor.desk.people import Made, host, new_token
from monitor.desk.records import enlisted
from monitor.store import changes, letters, maintenance, rollouts
from monitor.store.catalogue import Catalogue
from monitor.store.letters import Kept, State
from monitor.store.rollout_tables import metadata
from sla.span import DAY, HOUR, Instant
from sla.state import Cause
from sla.state import State as Seen
from sla.texts import instant, instant_text
from sla.timeline import Change

ALONE = 'provider: {name: P}\noperator: {bind: "127.0.0.1:8490"}\n'
MAIN = ALONE + "rollouts: {train: {first: 2026-07-07, every: 21}}\n"
SITE = """\
id: %s
name: Site %s
ring: %s
agreement: {zone: Europe/Berlin}
components: [{id: node, kind: instance}]
checks: [{id: node, component: node, kind: tcp, host: 192.0.2.1, port: 443}]
%s
"""
CUSTOMER = "customer: {id: %s, name: Customer %s}\ncontacts: [{name: Ada, email: ada@%s.example}]\n"
RINGS = {"own": "internal", "acme": "early", "globex": "general"}
MAIL = Mailing("mail.p.example", 587, "start_tls", "notices@p.example", "P", "p.example", "ops@p.example")
BEGUN = instant("2026-05-01T00:00:00+02:00")
NOW = instant("2026-07-01T06:00:00Z")
FIRST = instant("2026-07-06T20:00:00Z")
"""When the first wave begins: in five days."""


def configured(folder: Path, main: str = MAIN) -> Configuration:
    (folder / "sites").mkdir()
    (folder / "threenines.yaml").write_text(main)
    for key, ring in RINGS.items():
        (folder / "sites" / f"{key}.yaml").write_text(SITE % (key, key, ring, "" if key == "own" else CUSTOMER % (key, key, key)))
    return replace(load(folder / "threenines.yaml", {}), mailing=MAIL)


@dataclass
class World:
    """Deeds and time; everything stands in one connection."""

    db: Connection
    ground: Installation
    numbers: Catalogue
    now: Instant
    secrets: dict[str, str]

    def do(self, deed: str, who: str = "anna", **body: Any) -> Reply:
        return act(self.db, self._asked(deed, who, body), self.now, self.ground)

    def show(self, deed: str, who: str = "anna", **body: Any) -> Reply:
        return preview(self.db, self._asked(deed, who, body), self.now, self.ground)

    def _asked(self, deed: str, who: str, body: dict[str, Any]) -> Request:
        return Request(deed, body, "root", self.secrets.get(who))

    def good(self, deed: str, who: str = "anna", **body: Any) -> dict[str, Any]:
        reply = self.do(deed, who, **body)
        assert reply.faults == (), reply.faults
        return dict(reply.body or {})

    def drafted(self, **more: Any) -> str:
        return str(self.good("release.draft", **{"version": "10.18.3", "from": instant_text(FIRST), **more})["rollout"]["id"])

    def announced(self, waves: int = 3) -> str:
        key = self.drafted()
        for number in range(1, waves + 1):
            self.good("release.announce", "ben", id=key, wave=number)
        return key

    def window(self, key: str, site: str) -> maintenance.Plan:
        found = rollouts.find(self.db, key)
        assert found is not None
        ids = next(ids for wave in found.plan.waves for name, ids in wave.windows if name == site)
        plan = maintenance.find(self.db, ids[-1])
        assert plan is not None
        return plan

    def carried(self, key: str, site: str, outcome: str = "done") -> None:
        """The window of a site, begun and completed at its times."""
        plan = self.window(key, site)
        self.now = plan.last.span.start
        self.good("maintenance.start", id=plan.id)
        self.now += HOUR
        self.good("maintenance.complete", id=plan.id, outcome=outcome)

    def down(self, site: str, start: Instant, end: Instant, state: Seen = Seen.DOWN) -> None:
        """What was measured of a site: ``state`` from ``start`` to ``end``, then up again."""
        cause = Cause.TCP_REFUSED if state is Seen.DOWN else None
        self.measured(site, Change(start, state, cause), Change(end, Seen.UP))

    def measured(self, site: str, *facts: Change) -> None:
        stream = (self.numbers.checks[site, "node"], self.numbers.locations["main"])
        changes.append(self.db, facts[-1].at, [changes.Addition(stream, facts, ())])

    def tend(self) -> tuple[rollout_keeping.Move, ...]:
        """One round of what happens by itself."""
        due = rollout_keeping.moves(self.db, self.ground, self.now)
        rollout_keeping.tend(self.db, self.ground, due, self.now)
        return due

    def state(self, key: str) -> str:
        found = rollouts.find(self.db, key)
        assert found is not None
        return found.state

    def letters(self) -> list[Kept]:
        return list(letters.listed(self.db, list(State), 99))

    def sent(self) -> None:
        """The next hop takes everything that waits."""
        for one in self.letters():
            if letters.begun(self.db, one.no):
                letters.sent(self.db, one.no, "250 ok", self.now)


_COMPILED: dict[Any, Any] = {}
"""Statements are compiled once for all worlds: there are hundreds of them."""


@contextmanager
def world(configuration: Configuration) -> Iterator[World]:
    engine = sa.create_engine("sqlite://").execution_options(compiled_cache=_COMPILED)
    with engine.connect() as db:
        metadata.create_all(db)
        numbers = enlisted(db, configuration, BEGUN)
        secrets = {}
        for name in ("Anna", "Ben", "Cleo"):
            made = new_token(db, host("root"), name, ["read", "operate", "approve"], NOW - DAY)
            assert isinstance(made, Made)
            secrets[name.lower()] = made.secret
        there = World(db, Installation(configuration, b"k" * 32), numbers, NOW, secrets)
        for site in RINGS:
            there.measured(site, Change(BEGUN, Seen.UP))
        yield there
    engine.dispose()
