from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from page_examples import customer_page, empty_page, public_page

from reports import webhook
from reports.snapshot import PageSnapshot, stale_twin
from reports.statuspage_v2 import document
from reports.webhook import Envelope

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schemas"
BODY = json.loads((SCHEMAS / "webhook.schema.json").read_text())
V2 = json.loads((SCHEMAS / "statuspage-v2.schema.json").read_text())
PAGES = [customer_page(), stale_twin(customer_page()), public_page(), empty_page()]


def read(path: str, page: PageSnapshot) -> dict[str, Any]:
    return json.loads(document(path, page))  # type: ignore[no-any-return]


def bodies(page: PageSnapshot) -> list[bytes]:
    """A body of everything that the page has."""
    envelope = Envelope("https://p.example/leave?s=1.x", "https://p.example/", read("status.json", page))
    things = read("incidents.json", page)["incidents"] + read("scheduled-maintenances.json", page)["scheduled_maintenances"]
    parts = [one for one in read("components.json", page)["components"] if not one["group"]]
    change = "a" * 26
    return [webhook.incident(envelope, one) for one in things] + [
        webhook.component(envelope, one, "operational", change) for one in parts
    ]


@pytest.mark.parametrize("page", PAGES, ids=["customer", "stale", "public", "empty"])
def test_every_body_is_what_the_schema_says(page: PageSnapshot) -> None:
    named = {**BODY["$defs"], "id": {"type": "string", "minLength": 1}}  # those of the example pages are short, to be read
    judge = Draft202012Validator({**BODY, "$defs": named})
    for body in bodies(page):
        assert [fault.message for fault in judge.iter_errors(json.loads(body))] == []


def test_incidents_maintenance_and_components_are_all_among_them() -> None:
    found = [json.loads(body) for page in PAGES for body in bodies(page)]
    assert {("incident" in one, bool(one.get("incident", {}).get("scheduled_for"))) for one in found} == {
        (True, False),
        (True, True),
        (False, False),
    }


def test_its_objects_are_those_of_the_documents() -> None:
    for name in ("id", "instant", "component", "affected", "incident_update", "maintenance_update"):
        assert BODY["$defs"][name] == V2["$defs"][name]
    for own, theirs in (("incident", "incident"), ("maintenance", "scheduled_maintenance")):
        shared = {key: one for key, one in V2["$defs"][theirs]["properties"].items() if not key.startswith("scheduled_")}
        assert shared.items() <= BODY["$defs"][own]["properties"].items()
