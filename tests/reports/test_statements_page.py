"""The list of statements: by site, the newest first, in both languages, every form linked, names of others inert."""

from __future__ import annotations

import json
from html.parser import HTMLParser

from page_examples import customer_page
from statement_examples import PAGE

from reports.site import renderings
from reports.statements_page import data, ordered, render


class Links(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attrs if name == "href"]


def test_each_version_stands_with_its_verdict_figures_and_files() -> None:
    text = render(PAGE, "en").decode()
    assert "June 2026" in text and "The goal was kept" in text and "99.942" in text and "replaced by a later version" in text
    links = Links(text).found
    for name in ("statement.html", "statement.pdf", "statement.json", "evidence.json", "SHA256SUMS", "days.csv"):
        assert f"../statements/acme/2026-06/v2/{name}" in links
    assert "&lt;b&gt;Z" in text and "<b>Z" not in text


def test_in_german_it_leads_to_the_german_page() -> None:
    text = render(PAGE, "de", "de/").decode()
    assert "Juni 2026" in text and "Nachweise" in text
    assert "../../statements/acme/2026-06/v2/statement.de.html" in Links(text).found


def test_the_newest_come_first_and_machines_read_the_same() -> None:
    assert [(one.site_name, one.period, one.version) for one in ordered(PAGE.statements)] == [
        ("<b>Z", "2026-07", 1),
        ("Acme Portal", "2026-06", 2),
        ("Acme Portal", "2026-06", 1),
    ]
    assert [one["version"] for one in json.loads(data(PAGE))["statements"]] == [1, 2, 1]


def test_a_page_without_statements_has_no_list() -> None:
    def lists(page: object) -> set[str]:
        return {one.path for one in renderings(page) if "statements" in one.path}  # type: ignore[arg-type]

    assert lists(customer_page()) == set()
    assert lists(PAGE) == {"statements/index.html", "de/statements/index.html", "statements/index.json"}
