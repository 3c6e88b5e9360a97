from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from xml.etree import ElementTree

import pytest
from page_examples import customer_page, figures, public_page

from reports.badge import availability, endpoint, status, svg
from reports.snapshot import stale_twin


def test_a_badge_says_the_state_or_that_nobody_knows() -> None:
    page = customer_page()
    assert [status(entry, page)[1:] for entry in page.entries[:5]] == [
        ("Operational", "up"),
        ("Down", "down"),
        ("Under maintenance", "unknown"),
        ("Unknown", "unknown"),
        ("Operational", "up"),
    ]
    stale = stale_twin(page)
    assert {status(entry, stale)[1] for entry in stale.entries} == {"Unknown"}


def test_a_share_is_said_only_where_enough_was_measured() -> None:
    page = public_page()
    assert availability(page.entries[1], page)[1] == "100.000 %"
    hardly = replace(page.entries[1], figures=replace(figures(0), coverage=Fraction(98, 100)))
    assert availability(hardly, page)[1] == "Not measured"
    assert availability(stale_twin(page).entries[1], stale_twin(page))[1] == "Unknown"


def test_a_customers_badge_is_contractual_the_public_one_observed() -> None:
    page = customer_page()
    left_out = replace(page.entries[0], figures=figures(0, excluded=2_592_000))
    assert availability(left_out, page)[1] == "100.000 %"
    assert availability(left_out, public_page())[1] == "99.900 %"


@pytest.mark.parametrize("name", ["Web", '"><script>alert(1)</script>&', "ü" * 600, "\x07\u202e"])
def test_the_image_is_sound_small_and_says_itself(name: str) -> None:
    page = public_page()
    drawn = svg(status(replace(page.entries[0], name=name), page))
    root = ElementTree.fromstring(drawn)
    assert (root.get("role"), len(drawn) <= 2_000) == ("img", True)
    assert root.get("aria-label") == (root[0].text or "")
    assert b"<script" not in drawn


def test_the_endpoint_has_exactly_the_keys_of_its_schema() -> None:
    page = customer_page()
    told = json.loads(endpoint(status(page.entries[1], page)))
    assert told == {"schemaVersion": 1, "label": "Database", "message": "Down", "color": "#b3261e", "isError": True}
