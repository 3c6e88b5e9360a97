"""Statements on a customer's page: every form of every version, byte for byte, for that customer and for nobody else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from evidence_world import evidence
from published import PARTS, Desk, days_ago, site
from starlette.testclient import TestClient

from monitor.desk.bundle import sealed
from monitor.documents import published
from monitor.statement_shelf import Shelf
from monitor.web.pages import Pages
from monitor.web.public import public_app
from reports.statement_document import document
from reports.statement_forms import EVIDENCE, SUMS, forms, sums
from reports.statement_page import style_source
from sla.state import State
from sla.timeline import Change

SECRET = "Acme Portal"


@pytest.fixture
def desk(tmp_path: Path):  # type: ignore[no-untyped-def]
    made = Desk(tmp_path, [site("a", "acme"), site("b", "globex")])
    for key in "ab":
        for part in PARTS:
            made.append(made.stream(key, part), [Change(days_ago(3), State.UP)])
    yield made
    made.database.close()


def shelved(data: Path, version: int = 1) -> dict[str, bytes]:
    """The forms of a statement, put on the shelf as one of site a."""
    whole = evidence()
    whole["versions"][-1]["version"] = version
    files = {**forms(document(whole)), EVIDENCE: sealed(whole, None)}
    files[SUMS] = sums(files)
    folder = Shelf(data).folder("a", "2026-06", version)
    folder.mkdir(parents=True)
    for name, body in files.items():
        (folder / name).write_bytes(body)
    return files


def test_a_customer_finds_every_form_and_nobody_else_finds_any(desk: Desk, tmp_path: Path) -> None:
    files, pages = shelved(tmp_path), Pages()
    for documents in (desk.board.customer("acme").pages, desk.board.customer("globex").pages, desk.board.public()):
        for root, found in published(pages, documents).items():
            pages.place(root, found)
    client = TestClient(public_app(pages, lambda: desk.now))
    acme, globex = desk.board.customer_path("acme"), desk.board.customer_path("globex")
    for name, body in files.items():
        answer = client.get(f"{acme}statements/a/2026-06/v1/{name}")
        assert (answer.status_code, answer.content) == (200, body), name
        assert answer.headers["cache-control"] == "private, no-store" and answer.headers["x-content-type-options"] == "nosniff"
        for other in (globex, "/"):
            assert client.get(f"{other}statements/a/2026-06/v1/{name}").status_code == 404
    assert style_source() in client.get(f"{acme}statements/a/2026-06/v1/statement.html").headers["content-security-policy"]
    listed = client.get(f"{acme}statements/index.html").text
    assert SECRET in listed and 'href="../statements/a/2026-06/v1/statement.html"' in listed
    assert "Nachweise" in client.get(f"{acme}de/statements/").text
    assert json.loads(client.get(f"{acme}statements/index.json").content)["statements"][0]["percent"] == "99.942"
    assert 'href="statements/index.html"' in client.get(acme).text
    for root in (globex, "/"):
        told = b"".join(one.fresh.plain for one in pages.page(root).values())
        assert SECRET.encode() not in told and b"statements/index" not in told


def test_the_newest_version_is_known_and_a_page_without_any_says_nothing_of_them(desk: Desk, tmp_path: Path) -> None:
    assert Shelf(tmp_path).of(["a"]) == () and not any("statements" in one.path for one in desk.board.customer("acme").pages)
    for version in (1, 2, 10):
        shelved(tmp_path, version)
    lines = Shelf(tmp_path).of(["a", "b"])
    assert [(line.version, line.newest) for line in lines] == [(1, False), (2, False), (10, True)]
