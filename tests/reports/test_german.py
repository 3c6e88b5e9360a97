from __future__ import annotations

import re

from page_examples import customer_page

from reports.catalogue import ENGLISH
from reports.german import GERMAN
from reports.site import HTML, renderings

SAME = {
    *("services", "clock", "moment", "weekday", "month", "dates", "bar.title", "bar.day", "bar.excluded_by", "percent_whole"),
    *("party.provider", "party.customer", "feed", "to_status", "site", "duty.9", "duty.10"),
    *("releases", "release.named"),
    *("kind.dns", "kind.gateway", "kind.connector", "kind.smtp", "request.took"),
}
"""Texts that are written alike in both languages."""


def test_hardly_a_text_was_left_in_english() -> None:
    alike = {key for key, text in GERMAN.texts.items() if text == ENGLISH.texts[key] and not re.match(r"month\.|weekday\.", key)}
    assert alike <= SAME, alike - SAME


def test_a_german_page_has_no_english_sentence() -> None:
    page = customer_page()
    english = [text for key, text in ENGLISH.texts.items() if " " in text and "{" not in text and text != GERMAN.texts[key]]
    for one in renderings(page):
        if one.content_type == HTML and one.path.startswith("de/"):
            told = one.render(page).decode()
            assert [text for text in english if f">{text}<" in told] == [], one.path


def test_numbers_are_written_as_germans_do() -> None:
    page = next(one for one in renderings(customer_page()) if one.path == "de/").render(customer_page()).decode()
    assert "99,930" in page and "99.930" not in page
