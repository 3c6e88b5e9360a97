"""A statement as one page: it asks nobody for anything, its numbers are the document's, and no text of others acts in it."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

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


def silent(since: str, until: str, **agreement: str) -> dict[str, Any]:
    """The statement of June where nobody looked from ``since`` to ``until``."""
    said = [("2026-04-30T22:00:00Z", "up"), (since, "unknown"), (until, "up")]
    part = {"changes": [{"at": at, "state": state} for at, state in said]}
    case = {**CASE, "agreement": {**CASE["agreement"], **agreement}, "components": {"node-1": part}, "composition": "node-1"}
    return document(evidence({**case, "exclusions": [], "maintenance": []}))


def shares(made: dict[str, Any], language: str = "en") -> list[str]:
    """What the daily table says of availability."""
    found = re.findall(r"<td[^>]*>([^<]*)</td></tr>", between(render(made, language).decode(), 'id="days"', 'id="worst"'))
    return [text.replace(FIRM, " ").replace(THIN, "") for text in found]


def between(text: str, start: str, end: str) -> str:
    return text.partition(start)[2].partition(end)[0]


def test_a_date_that_was_not_measured_is_never_a_plain_hundred_percent() -> None:
    """22 hours of the 9th, the whole 10th and 3 hours of the 11th (Berlin: UTC+2)."""
    made = silent("2026-06-09T00:00:00Z", "2026-06-11T01:00:00Z")
    assert shares(made) == ["8.333 % to 100.000 %", "not measured", "87.500 % to 100.000 %"]
    assert shares(made, "de") == ["8,333 % bis 100,000 %", "nicht gemessen", "87,500 % bis 100,000 %"]


def test_where_such_time_leaves_the_period_the_share_is_of_the_rest_and_says_so() -> None:
    made = silent("2026-06-09T00:00:00Z", "2026-06-11T01:00:00Z", unknown="remove-from-period")
    assert shares(made) == ["100.000 % of the rest", "not measured", "100.000 % of the rest"]


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
