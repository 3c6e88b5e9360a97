from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import nodes
from page_examples import AT, customer_page, empty_page, figures, hardly_measured_page, public_page
from voices import MARKED

import reports
from reports.catalogue import ENGLISH
from reports.frame import environment
from reports.operator_page import SiteLine, render_index
from reports.snapshot import PageSnapshot, stale_twin
from reports.status_page import render
from sla.state import State

TEMPLATES = Path(reports.__file__).parent / "templates"
READ_ALOUD = ("title", "alt", "aria-label", "placeholder", "summary", "data-late-banner", "data-late-unknown", "data-late-down")
"""Attributes whose text a person reads or hears."""
SYMBOL = "[A-H]|UTC|s"
"""The same in every language: the lines of a statement's arithmetic, the zone, the unit."""
OF_THE_PAGE = re.compile(
    r"Northwind Cloud|Contoso (Ltd|Berlin|Dublin)|Berlin web|Dublin web|Database|Directory|Office tunnel|Certificate|Licence"
    r"|Deutsch|English|Regions|Europe/Berlin|Web in Dublin was away|Europe|United States|Asia Pacific|Portal|\b(UTC|CET|CEST)\b"
    r"|(REQ|MNT)-2026-\d{4}|On Thursday night\.|Bring coffee\.|Not part of the agreement\."
)
"""What the example pages call their own things, what languages call themselves, and the names of zones."""


class Words(HTMLParser):
    """All text of a page that people read, markup and style aside."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.texts += [value or "" for name, value in attrs if name in READ_ALOUD]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def unmarked(page: bytes) -> list[str]:
    """The texts of a page in which a letter stands that neither the catalogue nor the page's own names brought."""
    reader = Words()
    reader.feed(page.decode())
    return [
        text.strip()
        for text in reader.texts
        if re.search(r"[^\W\d_]", "".join(c for c in OF_THE_PAGE.sub("", text) if ord(c) < 0x1D400))
    ]


PAGES = [customer_page(), public_page(), empty_page(), hardly_measured_page(), replace(public_page(), evidence_at=None)]


def test_every_text_that_a_template_says_is_there() -> None:
    said = {key for file in TEMPLATES.glob("*.html") for key in re.findall(r'say\("([a-z_0-9]+)"[,)]', file.read_text())}
    assert said and said <= set(ENGLISH.texts)


def test_places_are_filled_and_a_missing_text_is_an_error() -> None:
    assert ENGLISH.say("goal", goal="99.9 %") == "goal 99.9 %"
    with pytest.raises(KeyError):
        ENGLISH.say("no such text")


@pytest.mark.parametrize("page", PAGES)
def test_every_word_on_a_page_is_the_catalogues(page: PageSnapshot) -> None:
    assert unmarked(render(page, MARKED)) == []
    assert unmarked(render(stale_twin(page), MARKED)) == []


def test_every_word_on_the_operators_page_is_the_catalogues() -> None:
    lines = [SiteLine("Portal", "Contoso Ltd", state, AT, figures(60_000, 60_000), "p/a/") for state in State]
    for stale in (False, True):
        assert unmarked(render_index("Northwind Cloud", "UTC", AT, lines, stale, MARKED)) == []
    assert unmarked(render_index("Northwind Cloud", "UTC", AT, (), catalogue=MARKED)) == []


@pytest.mark.parametrize("file", sorted([*TEMPLATES.glob("*.html"), *TEMPLATES.glob("*.svg")]), ids=lambda file: file.name)
def test_no_template_holds_a_word_of_its_own(file: Path) -> None:
    """Also in branches that no example page takes."""
    tree = environment().parse(file.read_text())
    markup = "".join(
        part.data if isinstance(part, nodes.TemplateData) else " " for out in tree.find_all(nodes.Output) for part in out.nodes
    )
    written = re.sub(r"(?s)<style>.*?</style>|<!(?:DOCTYPE|doctype) html>|<[^<>]*>|&[a-z]+;", " ", markup)
    assert [word for word in re.findall(r"[^\W\d_]+", written) if not re.fullmatch(SYMBOL, word)] == []
    spoken = [part.value for out in tree.find_all(nodes.Output) for part in out.nodes if isinstance(part, nodes.Const)]
    assert spoken == []
