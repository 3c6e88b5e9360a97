"""A statement as one page: it asks nobody for anything, its numbers are the document's, and no text of others acts in it."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import pytest
from evidence_world import CASE, evidence

from reports.statement_document import document
from reports.statement_page import SHOWN, longest, render, seconds, style_source
from reports.statement_words import STATEMENTS

THIN, FIRM = "\u202f", "\xa0"


class Seen(HTMLParser):
    """The tags with their attributes, and the text."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("language", ["en", "de"])
def test_it_is_one_file_that_loads_nothing(language: str) -> None:
    page = render(document(evidence()), language, {"de": "statement.de.html", "days.csv": "days.csv"})
    seen = Seen(page)
    assert {tag for tag, _ in seen.tags} & {"script", "link", "img", "iframe", "object", "use", "image", "form"} == set()
    assert b"url(" not in page and b"@import" not in page
    addresses = [one["href"] for _, one in seen.tags if "href" in one]
    ids = {f"#{one['id']}" for _, one in seen.tags if "id" in one}
    assert set(addresses) - ids == {"statement.de.html", "days.csv"}
    assert not any("style" in one for _, one in seen.tags)


def test_what_it_shows_are_the_documents_numbers() -> None:
    made = document(evidence())
    text = Seen(render(made)).text.replace(THIN, "").replace(FIRM, " ")
    box = made["arithmetic"]
    for name in ("period", "observed", "excluded", "counted", "unknown", "allowed", "remaining"):
        assert box[f"{name}_seconds"] in text, name
    for name in ("availability", "availability_best", "availability_worst", "coverage", "observed"):
        assert f"{box[f'{name}_percent']} %" in text, name
    assert made["sha256"] in text and made["proof"]["audit_sha256"] in text


def test_texts_of_others_are_only_text() -> None:
    page = render(document(evidence()))
    assert b"fibre &lt;b&gt;cut&lt;/b&gt;" in page and b"Directory &lt;of&gt; Acme" in page
    hostile = {**CASE, "exclusions": [{**CASE["exclusions"][0], "reason": "</style><script>alert(1)</script>\u202e\x1b"}]}
    page = render(document(evidence(hostile)))
    assert b"<script" not in page and "\u202e".encode() not in page and b"\x1b" not in page


def test_the_policy_of_its_style_is_that_of_the_style_in_it() -> None:
    style = re.search(r"<style>(.*?)</style>", render(document(evidence())).decode(), re.DOTALL)
    assert style and style_source() == f"'sha256-{b64encode(sha256(style[1].encode()).digest()).decode()}'"


def test_of_many_silences_the_longest_are_written_out_in_order() -> None:
    many = [{"from": f"{number:04}", "seconds": str(number % 90)} for number in range(500)]
    found = longest(many)
    assert len(found) == SHOWN and found == sorted(found, key=lambda one: one["from"])
    assert min(int(one["seconds"]) for one in found) >= 78


def test_seconds_are_exact_and_read_well() -> None:
    assert [seconds(text, STATEMENTS["en"]) for text in ("0", "999", "1000", "-2592000.125")] == [
        "0", "999", f"1{THIN}000", f"−2{THIN}592{THIN}000.125",
    ]  # fmt: skip
    assert seconds("1000.5", STATEMENTS["de"]) == f"1{THIN}000,5"
