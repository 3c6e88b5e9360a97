"""A request as its customer reads it."""

from __future__ import annotations

import pytest
from page_examples import customer_page, public_page

from reports.languages import CATALOGUES
from reports.request import Requested, Seen, kind_name, seen_lines
from reports.status_page import render
from sla.request import Kind, Status
from sla.state import State


@pytest.mark.parametrize("language", ["en", "de"])
def test_what_was_seen_is_said_a_line_each_in_every_state(language: str) -> None:
    seen = tuple(Seen(f"part {state.word}", state, "slow" if state is State.DEGRADED else None, 3.6) for state in State)
    one = Requested("REQ-1", Kind.VALIDATE, Status.ANSWERED, 0, "Berlin", seen=seen)
    lines = list(seen_lines(one, CATALOGUES[language]))
    assert len(lines) == len(State) + 1 and all(f"part {state.word}" in " ".join(lines) for state in State)
    assert "4\u00a0ms" in lines[State.UP] or "4 ms" in lines[State.UP]
    assert list(seen_lines(Requested("REQ-1", Kind.OTHER, Status.ASKED, 0, "Berlin"), CATALOGUES[language])) == []


def test_every_kind_has_a_short_name() -> None:
    for words in CATALOGUES.values():
        assert all(0 < len(kind_name(kind, words)) <= 60 for kind in Kind)


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_customers_page_shows_how_their_requests_stand_and_no_other_page_does(language: str) -> None:
    page = render(customer_page(), CATALOGUES[language]).decode()
    words = CATALOGUES[language]
    for status in Status:
        assert words.say(f"request.status.{status.value}") in page, status
    assert 'id="requests"' in page and "request.html" in page and "REQ-2026-0001" in page
    assert "&lt;new&gt;" not in page, "the customer's own words stand in mails only"
    assert 'id="requests"' not in render(public_page(), CATALOGUES[language]).decode()
    silent = render(customer_page(requests=(), asks=False), CATALOGUES[language]).decode()
    assert 'id="requests"' not in silent
