from __future__ import annotations

from page_examples import public_page

from reports.accessibility_page import render
from reports.german import GERMAN


def test_readers_are_told_what_to_expect_and_whom_to_tell() -> None:
    assert "Where they fall short for you, tell Northwind Cloud." in render(public_page()).decode()
    assert "<h1>Barrierefreiheit</h1>" in render(public_page(), GERMAN, "de/").decode()
