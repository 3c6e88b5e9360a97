from __future__ import annotations

import json
from dataclasses import replace

import pytest
from page_examples import customer_page, empty_page, hardly_measured_page, public_page

from reports.site import renderings
from reports.snapshot import PageSnapshot, stale_twin

PAGES = {page.__name__: page for page in (customer_page, public_page, empty_page, hardly_measured_page)}


SAY_HOW_IT_IS = {"", "api/v1/snapshot", "api/v2/summary.json", "api/v2/components.json"}


@pytest.mark.parametrize("name", PAGES)
def test_every_document_is_made_fresh_and_stale_and_the_same_again(name: str) -> None:
    page: PageSnapshot = PAGES[name]()
    paths = [one.path for one in renderings(page)]
    assert len(paths) == len(set(paths))
    for one in renderings(page):
        body = one.render(page)
        assert body and body == one.render(page)
        if "json" in one.content_type:
            json.loads(body)
        if one.ages:
            assert (one.render(stale_twin(page)) == body) <= (one.path not in SAY_HOW_IT_IS or name == "empty_page")


def test_a_badge_lies_under_the_key_of_its_entry() -> None:
    paths = {one.path for one in renderings(customer_page())}
    assert {"badge/b-d/status.svg", "badge/b-d/availability-30d.json", "badge/b-c/status.json"} <= paths
    assert "badge/b-c/availability-30d.svg" not in paths


def test_what_does_not_say_how_things_are_now_never_ages() -> None:
    ageless = {one.path for one in renderings(replace(customer_page())) if not one.ages}
    assert {"history.atom", "history.rss", "maintenance.ics"} <= ageless


def test_the_first_language_is_the_operators_choice_and_the_others_lie_in_folders() -> None:
    page = customer_page(language="de")
    found = {one.path: one for one in renderings(page)}
    assert b'<html lang="de"' in found[""].render(page) and b'<html lang="en"' in found["en/"].render(page)
    assert b'href="en/index.html"' in found[""].render(page)
    assert b'href="../index.html"' in found["en/"].render(page)
    summary = json.loads(found["api/v2/summary.json"].render(page))
    assert summary["incidents"][0]["incident_updates"][0]["body"].startswith("Eine Unterbrechung")
    assert "Ausgefallen" in found["badge/b-d/status.svg"].render(page).decode()
