"""A foreign history written into a site: whole, once, and never over our own looks."""

from pathlib import Path

import pytest

from monitor.config.configuration import Configuration
from monitor.config.load import load
from monitor.importers.history import ImportErrors
from monitor.importers.into import Written, write
from monitor.importers.upptime import HOLD_MS, read, timeline
from monitor.store import catalogue, changes
from monitor.store.database import Database
from sla.state import State
from sla.timeline import Change

SAMPLE = Path(__file__).with_name("sample.csv")
NOW = 1_800_000_000_000
MAIN = (
    'provider: {name: P}\noperator: {bind: "127.0.0.1:8490"}\nvantages: {main: {canaries: ["192.0.2.1:53", "198.51.100.1:53"]}}\n'
)
HEAD = "id: curc\nname: CURC\ncomponents:\n  - {id: part, name: Part, kind: instance}\nchecks:\n"


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    checks = "".join(
        f"  - {{id: {one.key}, component: part, kind: tcp, host: 192.0.2.9, port: 443}}\n" for one in read(SAMPLE).endpoints
    )
    (tmp_path / "sites").mkdir()
    (tmp_path / "threenines.yaml").write_text(MAIN)
    (tmp_path / "sites" / "curc.yaml").write_text(HEAD + checks)
    return load(tmp_path / "threenines.yaml", {})


def put(database: Database, configuration: Configuration) -> Written:
    history, site = read(SAMPLE), configuration.sites[0]
    return database.writer.submit(lambda db: write(db, configuration, site, history, HOLD_MS, NOW, "sample.csv")).result()


def test_the_site_then_says_what_the_history_says(configuration: Configuration, tmp_path: Path) -> None:
    database, history = Database(tmp_path / "data", NOW), read(SAMPLE)
    try:
        done = put(database, configuration)
        assert done.rows == sum(map(len, history.samples.values()))
        numbers = database.look(catalogue.read)
        for one in history.endpoints:
            stream = (numbers.checks["curc", one.key], numbers.locations["main"])
            stored = database.look(lambda db, stream=stream: changes.timeline(db, stream))
            wanted = timeline(history.samples[one.key], HOLD_MS, NOW)
            assert stored.changes == wanted.changes
        assert put(database, configuration).rows == 0
    finally:
        database.close()


def test_what_the_site_saw_itself_stands(configuration: Configuration, tmp_path: Path) -> None:
    database, history = Database(tmp_path / "data", NOW), read(SAMPLE)
    first = history.endpoints[0]
    seen_at = history.samples[first.key][0].at
    try:
        numbers = database.writer.submit(lambda db: catalogue.enlist(db, configuration, NOW)).result()
        stream = (numbers.checks["curc", first.key], numbers.locations["main"])
        own = changes.Addition(stream, (Change(seen_at, State.UP),), ())
        database.writer.submit(lambda db: changes.append(db, NOW, [own])).result()
        assert put(database, configuration).left_out == len(history.samples[first.key])
    finally:
        database.close()


def test_an_endpoint_that_is_no_check_is_named_and_nothing_is_written(configuration: Configuration, tmp_path: Path) -> None:
    site = tmp_path / "sites" / "curc.yaml"
    key = read(SAMPLE).endpoints[0].key
    site.write_text(site.read_text().replace(f"id: {key},", "id: other,"))
    changed = load(tmp_path / "threenines.yaml", {})
    database = Database(tmp_path / "data", NOW)
    try:
        with pytest.raises(ImportErrors, match=f'is called "{key}"'):
            put(database, changed)
        assert database.look(changes.streams) == set()
    finally:
        database.close()
