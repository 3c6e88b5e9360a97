"""The page of a site whose history another monitor left: honest unknowns, nothing green where nobody looked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.board import Board
from monitor.config.configuration import Configuration
from monitor.config.load import load
from monitor.importers.into import write
from monitor.importers.upptime import HOLD_MS, read
from monitor.made import Page
from monitor.store import catalogue, changes
from monitor.store.database import Database
from monitor.wiring import plans_of
from sla.span import DAY, HOUR

SAMPLE = Path(__file__).with_name("sample.csv")
END = max(recorded[-1].at for recorded in read(SAMPLE).samples.values())
MAIN = 'provider: {name: Example Cloud, zone: America/Denver}\noperator: {bind: "127.0.0.1:8490"}\n'
CANARIES = 'vantages: {main: {canaries: ["192.0.2.1:53", "198.51.100.1:53"]}}\n'


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    endpoints = read(SAMPLE).endpoints
    parts = "".join(f'  - {{id: {one.key}, name: "{one.name}", kind: instance}}\n' for one in endpoints)
    checks = "".join(f"  - {{id: {one.key}, component: {one.key}, kind: tcp, host: 192.0.2.9, port: 443}}\n" for one in endpoints)
    head = "id: curc\nname: Research Computing\nagreement: {zone: America/Denver}\n"
    (tmp_path / "sites").mkdir()
    (tmp_path / "threenines.yaml").write_text(
        f"{MAIN}{CANARIES}public_entries: [{{name: Docs, members: [curc/{endpoints[0].key}]}}]\n"
    )
    (tmp_path / "sites" / "curc.yaml").write_text(f"{head}components:\n{parts}checks:\n{checks}")
    return load(tmp_path / "threenines.yaml", {})


@pytest.fixture
def database(configuration: Configuration) -> Iterator[Database]:
    kept = Database(configuration.data, END)
    history, site = read(SAMPLE), configuration.sites[0]
    kept.writer.submit(lambda db: write(db, configuration, site, history, HOLD_MS, END + HOUR, SAMPLE.name)).result()
    yield kept
    kept.close()


def published(configuration: Configuration, database: Database, at: int) -> tuple[Page, ...]:
    """All pages as the service renders them at ``at``, before its own first look."""
    board = Board(lambda streams, since: database.look(lambda db: changes.timelines(db, streams, since)), b"k" * 32, lambda: at)
    board.watch(configuration, plans_of(configuration, database.look(catalogue.read)))
    made = [board.customer(customer) for customer in board.customers()]
    for one in made:
        board.take(one)
    return (*(page for one in made for page in one.pages), *board.public())


def texts(found: tuple[Page, ...]) -> list[str]:
    """The pages that say how things are, in their first language."""
    return [page.body.decode() for page in found if page.path == page.root]


@pytest.mark.parametrize("later", [HOUR, 3 * DAY, 200 * DAY])
def test_nothing_is_green_where_nobody_looked(configuration: Configuration, database: Database, later: int) -> None:
    for page in texts(published(configuration, database, END + later)):
        content = page.partition('<section class="legend"')[0]
        assert "Status unknown" in content
        assert "Operational" not in content and "Goal met" not in content
        drawn = set(re.findall(r'<rect class="(\w+)" x=', content))
        assert drawn and drawn <= {"unknown", "before", "down"}


def test_it_says_how_much_was_measured_and_never_one_share_for_the_rest(configuration: Configuration, database: Database) -> None:
    customer = next(page for page in texts(published(configuration, database, END + DAY)) if "Research Computing" in page)
    lines = re.findall(r'<p class="figures">(.*?)</p>', customer, re.S)
    assert len(lines) == len(configuration.sites[0].checks)
    for line in lines:
        assert "between" in line and "of the time measured" in line
        assert "left" not in line
    assert "No interruption<" not in customer
    assert "not fully measured" in customer


def test_long_after_the_last_result_nothing_is_measured_and_the_last_result_has_its_date(
    configuration: Configuration, database: Database
) -> None:
    found = published(configuration, database, END + 200 * DAY)
    customer = next(page for page in texts(found) if "Research Computing" in page)
    assert re.search(r"Measured up to <time[^>]*>\d+ \w+ 2026, ", customer)
    assert "<strong>Not measured</strong>" in customer
    assert "%</strong>" not in customer
    document = next(json.loads(page.body) for page in found if page.path.startswith("/p/") and page.path.endswith("snapshot"))
    assert document["status"] == "unknown"
    assert {entry["figures"]["coverage"]["percent"] for entry in document["groups"][0]["entries"]} == {"0.000"}
