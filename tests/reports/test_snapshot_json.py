from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

from page_examples import customer_page, public_page

from reports.snapshot import stale_twin
from reports.snapshot_json import document


def test_states_instants_and_shares_are_exact() -> None:
    page = json.loads(document(customer_page()))
    assert page["evidence_at"] == "2026-11-24T13:37:05.000Z"
    assert page["status"] == "partial_outage"
    trailing = page["groups"][0]["trailing"]["figures"]
    assert trailing["availability"] == {"numerator": 1439, "denominator": 1440, "percent": "99.930"}
    assert trailing["verdict"] == "undetermined"


def test_a_weighted_duration_is_a_fraction_never_a_float() -> None:
    page = public_page()
    figures = page.entries[0].figures
    assert figures is not None
    entry = replace(page.entries[0], figures=replace(figures, downtime_ms=Fraction(1, 3)))
    said = json.loads(document(replace(page, groups=(replace(page.groups[0], entries=(entry,)),))))
    assert said["groups"][0]["entries"][0]["figures"]["downtime_ms"] == {"numerator": 1, "denominator": 3}


def test_the_stale_twin_knows_no_state() -> None:
    page = json.loads(document(stale_twin(customer_page())))
    assert page["status"] == "unknown" and page["stale"] is True
    assert {entry["state"] for group in page["groups"] for entry in group["entries"]} == {"unknown"}
