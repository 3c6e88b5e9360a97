from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from monitor.config.configuration import Check, Component, Configuration, Customer, Listener, Provider, Site, Vantage
from monitor.store import catalogue, heartbeats
from monitor.store.database import Database
from probes.kinds.tcp import Tcp
from sla.agreement import Agreement
from sla.composition import Leaf
from sla.responsibility import Party


def configuration(data: Path, sites: tuple[str, ...], every_ms: int = 60_000) -> Configuration:
    check = Check("web", "web", Tcp(host="127.0.0.1", port=80), every_ms, 10_000)
    part = Component("web", "Web", "web_application", Party.PROVIDER)
    made = tuple(Site(key, key, Customer("c", "C"), Agreement(), (part,), Leaf("web"), (check,)) for key in sites)
    return Configuration(Provider("P"), data, Listener("127.0.0.1", 0), None, {"main": Vantage("main")}, made, (), "digest")


def test_numbers_stay_and_versions_are_kept(tmp_path: Path) -> None:
    database = Database(tmp_path, 0)
    both, one = configuration(tmp_path, ("b", "a")), configuration(tmp_path, ("b",), every_ms=30_000)
    first = database.writer.submit(lambda c: catalogue.enlist(c, both, 5)).result(10)
    assert database.writer.submit(lambda c: catalogue.enlist(c, replace(both, digest="x"), 6)).result(10) == first
    assert database.writer.submit(lambda c: catalogue.enlist(c, one, 7)).result(10) == first
    versions = database.look(lambda c: catalogue.versions(c, first.checks["b", "web"]))
    assert [version.since for version in versions] == [5, 7]
    assert '"every_ms":30000' in versions[1].config
    assert '"kind":"tcp"' in versions[1].config
    assert sorted(first.sites.values()) == [1, 2]
    database.close()


def test_the_last_beat_says_when_we_were_last_here(tmp_path: Path) -> None:
    database = Database(tmp_path, 0)
    assert database.look(heartbeats.last) is None
    for at in (10, 20, 30, 90, 100, 100):
        database.writer.submit(lambda c, at=at: heartbeats.beat(c, at)).result(10)
    assert database.look(heartbeats.last) == 100
    database.close()
