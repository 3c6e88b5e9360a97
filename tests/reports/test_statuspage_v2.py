from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from page_examples import AT, customer_page, empty_page, public_page

from reports.snapshot import PageSnapshot, stale_twin
from reports.statuspage_v2 import PATHS, document, documents, overall
from sla.state import State


def read(path: str, page: PageSnapshot) -> dict[str, Any]:
    return json.loads(document(path, page))  # type: ignore[no-any-return]


def with_states(page: PageSnapshot, state: State) -> PageSnapshot:
    groups = tuple(
        replace(
            group,
            state=None if group.state is None else state,
            entries=tuple(replace(entry, state=state) for entry in group.entries),
        )
        for group in page.groups
    )
    return replace(page, groups=groups, maintenances=())


def test_keys_stand_in_their_order() -> None:
    summary = read("summary.json", customer_page())
    assert list(summary) == ["page", "components", "incidents", "scheduled_maintenances", "status"]
    assert list(summary["page"]) == ["id", "name", "url", "time_zone", "updated_at"]
    incident = summary["incidents"][0]
    assert list(incident)[:4] == ["id", "name", "status", "created_at"]
    assert list(incident)[-3:] == ["incident_updates", "components", "reminder_intervals"]
    maintenance = summary["scheduled_maintenances"][0]
    assert list(maintenance)[-2:] == ["scheduled_for", "scheduled_until"] and "reminder_intervals" not in maintenance


def test_the_time_of_the_page_is_that_of_its_evidence() -> None:
    assert read("status.json", customer_page())["page"]["updated_at"] == "2026-11-24T13:37:05.000Z"
    assert read("status.json", customer_page(evidence_at=None))["page"]["updated_at"] < "2026"


def test_unknown_is_never_operational_and_says_since_when() -> None:
    shown = {one["name"]: one for one in read("components.json", customer_page())["components"]}
    assert shown["Office tunnel"]["status"] == "major_outage"
    assert shown["Office tunnel"]["description"] == "No measurement since 2026-11-24 12:37 UTC."
    assert shown["Certificate"]["description"].startswith("Expires 17 Dec 2026")
    stale = read("components.json", stale_twin(customer_page()))["components"]
    assert "operational" not in {one["status"] for one in stale}


@pytest.mark.parametrize(
    ("state", "customer", "public"),
    [
        (State.UP, ("none", "All Systems Operational"), ("none", "All Systems Operational")),
        (State.DOWN, ("critical", "Major System Outage"), ("critical", "Major System Outage")),
        (State.UNKNOWN, ("minor", "Degraded System Service"), ("minor", "Degraded System Service")),
        (State.DEGRADED, ("minor", "Degraded System Service"), ("minor", "Degraded System Service")),
    ],
)
def test_the_whole_is_the_first_line_that_fits(state: State, customer: tuple[str, str], public: tuple[str, str]) -> None:
    without = tuple(
        replace(group, entries=tuple(replace(entry, last_seen_down=None) for entry in group.entries))
        for group in customer_page().groups
    )
    assert overall(with_states(customer_page(groups=without), state)) == customer
    assert overall(with_states(public_page(), state)) == public


def test_a_part_of_a_site_that_is_up_is_a_minor_outage() -> None:
    page = with_states(customer_page(), State.UP)
    entries = (replace(page.groups[0].entries[0], state=State.DOWN), *page.groups[0].entries[1:])
    page = replace(page, groups=(replace(page.groups[0], entries=entries), *page.groups[1:]))
    assert overall(page) == ("minor", "Minor Service Outage")


def test_an_empty_page_knows_nothing() -> None:
    assert overall(empty_page()) == ("minor", "Degraded System Service")
    assert all(json.loads(body) for body in documents(empty_page()).values())


def test_updates_tell_what_changed_of_what() -> None:
    over = read("incidents.json", customer_page())["incidents"][1]
    statuses = [
        (u["affected_components"][0]["old_status"], u["affected_components"][0]["new_status"]) for u in over["incident_updates"]
    ]
    assert statuses == [
        ("operational", "operational"),
        ("major_outage", "operational"),
        ("operational", "major_outage"),
    ]
    assert over["incident_updates"][0]["affected_components"][0]["name"] == "Contoso Dublin - Dublin web"
    assert over["incident_updates"][2]["body"].count("\n") == 3
    assert (over["resolved_at"], over["started_at"] < over["created_at"]) == (over["updated_at"], True)


def test_what_was_cancelled_is_neither_coming_nor_going_on() -> None:
    page = customer_page()
    assert [one["id"] for one in read("scheduled-maintenances/upcoming.json", page)["scheduled_maintenances"]] == ["mnt2"]
    assert [one["id"] for one in read("scheduled-maintenances/active.json", page)["scheduled_maintenances"]] == ["mnt1"]
    cancelled = next(one for one in read("scheduled-maintenances.json", page)["scheduled_maintenances"] if one["id"] == "mnt3")
    assert cancelled["status"] == "completed" and cancelled["incident_updates"][0]["body"].startswith("Cancelled: ")


def test_a_list_holds_the_fifty_newest() -> None:
    first = customer_page().incidents[1]
    many = tuple(replace(first, id=f"i{number}") for number in range(60))
    assert len(read("incidents.json", customer_page(incidents=many))["incidents"]) == 50
    assert len(PATHS) == 8 and AT
