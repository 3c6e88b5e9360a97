"""The API's page says all that its description says, and takes nothing in it for markup."""

from __future__ import annotations

from html.parser import HTMLParser

from monitor.web.openapi import document
from monitor.web.reference import html


class Words(HTMLParser):
    """The ids and the text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.ids, self.text = set[str](), ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids |= {value for name, value in attrs if name == "id" and value}

    def handle_data(self, data: str) -> None:
        self.text += data


def test_every_route_parameter_member_and_status_is_on_the_page() -> None:
    described = document("v1")
    page = Words(html(described))
    for path, verbs in described["paths"].items():
        for verb, one in verbs.items():
            assert one["operationId"] in page.ids
            assert f"{verb.upper()} {path}" in page.text
            assert all(said["description"] in page.text for said in one["responses"].values())
            assert all(row.get("description", "") in page.text for row in one["parameters"])
    for name, schema in described["components"]["schemas"].items():
        for member, one in schema["properties"].items() if name == "incident-update" else ():
            assert member in page.text and one["description"] in page.text


def test_what_is_described_stays_text() -> None:
    described = document("v1")
    described["info"]["description"] = "<script>"
    assert "<script>" not in html(described)
