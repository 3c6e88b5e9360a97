"""Every document of every page, from a real store: by the published schemas, and with nothing in it of anybody else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from published import NOW, PARTS, Desk, days_ago, site

from monitor.config.configuration import Component, Customer, Mailing, PublicEntry
from monitor.store.exclusions import Filed
from monitor.store.releases import Edition, Release, SiteDate
from monitor.store.told import Told
from probes.kinds.tcp import Tcp
from reports.maintenance_calendar import uid
from reports.release_note import ReleaseNote, read
from sla.exclusion import Decision, Exclusion, Step
from sla.incident import Impact, Incident, Status, Update
from sla.maintenance import Announcement, Maintenance
from sla.maintenance import Impact as Level
from sla.maintenance import Status as Stage
from sla.responsibility import Party
from sla.span import DAY, HOUR, Span
from sla.state import Cause, State
from sla.timeline import Change

SCHEMAS = Path(__file__).resolve().parents[2] / "docs" / "schemas"
V2 = json.loads((SCHEMAS / "statuspage-v2.schema.json").read_text())
SNAPSHOT = json.loads((SCHEMAS / "snapshot.schema.json").read_text())
INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
CANARY = "zyzzyva"
"""A word that stands in every field of B, and in nothing of anybody else."""


def said(by: str = "service", status: Status = Status.INVESTIGATING, at: int = NOW - HOUR, **more: Any) -> Update:
    return Update(at, status, by, more.pop("components", ("a/web",)), **more)


def maintained(status: Stage, level: Level, *components: str, key: str = "m-1") -> Maintenance:
    span = Span(NOW - HOUR, NOW + HOUR)
    first = Announcement(NOW - 5 * DAY, span, Stage.CONFIRMED, level)
    return Maintenance(key, (first, Announcement(NOW - HOUR, span, status, level)), components)


def documents(desk: Desk, customer: str | None) -> dict[str, bytes]:
    """Every document of a page, fresh and stale, by its path."""
    for key in desk.board.customers():
        desk.board.take(desk.board.customer(key))
    pages = desk.board.public() if customer is None else desk.board.customer(customer).pages
    assert pages
    bodies = {page.path.removeprefix(page.root): page.body for page in pages}
    return bodies | {f"stale {page.path.removeprefix(page.root)}": page.stale for page in pages if page.stale is not None}


def of_kind(found: dict[str, bytes], prefix: str) -> Iterator[tuple[str, Any]]:
    """The JSON documents below ``prefix``, fresh and stale."""
    for path, body in found.items():
        name = path.removeprefix("stale ")
        if name.startswith(prefix):
            yield name.removeprefix(prefix), json.loads(body)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(
        tmp_path,
        [site("a", "acme"), hostile("b")],
        [PublicEntry("Web", ("a/web",), "Region"), PublicEntry("Both", ("a/ldap", "b/ldap"))],
    )
    for part in PARTS:
        made.append(made.stream("a", part), [Change(days_ago(40), State.UP)])
        made.append(made.stream("b", part), [Change(days_ago(40), State.UP)])
    yield made
    made.database.close()


def hostile(key: str) -> Any:
    """Another customer's site, the canary in every word of it."""
    one = site(key, CANARY)
    parts = tuple(Component(part, f"{CANARY} {part}", "ldap", Party.CUSTOMER, shared="machine") for part in PARTS)
    checks = tuple(replace(check, probe=Tcp(host=f"{CANARY}.example", port=80)) for check in one.checks)
    return replace(one, name=f"Site {CANARY}", customer=Customer(CANARY, CANARY), components=parts, checks=checks)


def worlds() -> dict[str, tuple[dict[str, State], Told]]:
    """States of A's parts and what was told, by name: each state, each level of maintenance, incidents, nothing, very many."""
    found: dict[str, tuple[dict[str, State], Told]] = {f"web {state.word}": ({"web": state}, Told()) for state in State}
    found["all down"] = (dict.fromkeys(PARTS, State.DOWN), Told())
    for level in Level:
        for state in (State.UP, State.DOWN):
            plan = maintained(Stage.IN_PROCESS, level, "web", "ldap")
            found[f"{level.word} {state.word}"] = ({"web": state}, Told(maintenance={"a": (plan,)}))
    for stage in Stage:
        found[stage.value] = ({}, Told(maintenance={"a": (maintained(stage, Level.OUTAGE),)}))
    told = (said(), said("Ada", Status.IDENTIFIED, NOW - HOUR + 1, body="It was *us*.", title="Away", impact=Impact.MINOR))
    for status in Status:
        updates = (*told, said("Ada", status, NOW - 1, body="So.", public=True))
        found[status.value] = ({"web": State.DOWN}, Told((Incident(1, "a/web", NOW - HOUR, updates),)))
    many = tuple(Incident(n, "a/web", n, (said(at=n + 1), said(status=Status.RESOLVED, at=n + 2))) for n in range(200))
    found["200 incidents"] = ({}, Told(many))
    return found


def test_a_customers_page_calls_maintenance_as_their_mails_do_and_the_public_one_by_its_own_name(desk: Desk) -> None:
    by_mail = Mailing("mail.p.example", 587, "start_tls", "ops@p.example", "P", "p.example")
    desk.watch(replace(desk.configuration, mailing=by_mail, public_url="https://status.p.example"))
    plan = maintained(Stage.CONFIRMED, Level.OUTAGE, "web", key="MNT-2026-0007")
    desk.told = Told(maintenance={"a": (plan,)}, titles={plan.id: "Rolling update"})
    own, public = documents(desk, "acme")["maintenance.ics"].decode(), documents(desk, None)["maintenance.ics"].decode()
    assert f"\r\nUID:{uid('MNT-2026-0007', 'acme', 'p.example')}\r\n" in own and "SUMMARY:Rolling update\r\n" in own
    assert re.search(r"\r\nUID:[0-9a-z]{26}@status\.p\.example\r\n", public)
    assert not {"Rolling", "acme", "MNT", "mnt-"} & {word for word in ("Rolling", "acme", "MNT", "mnt-") if word in public}


def noted(version: str, public: bool, body: str) -> Release:
    text = f"---\nversion: {version}\ndate: 2026-11-01\ntitle: T\npublic: {public}\n---\n## New features\n{body}\n".lower()
    note = read(text)
    assert isinstance(note, ReleaseNote)
    return Release(note.version, (Edition(NOW - DAY, text, "Ada", note),))


def test_a_release_stands_on_the_pages_of_those_who_get_it_and_on_the_public_one_if_it_may(desk: Desk) -> None:
    window = SiteDate(2, Span(NOW + DAY, NOW + DAY + HOUR))
    desk.told = Told(
        releases=(
            (noted("1.0", True, "for *everybody*"), {"a": window, "b": window}),
            (noted("1.1", False, f"only {CANARY}"), {"b": window}),
            (noted("1.2", False, "for all customers"), None),
        )
    )
    own, public = documents(desk, "acme"), documents(desk, None)

    def articles(found: dict[str, bytes]) -> list[str]:
        return [body.decode() for path, body in found.items() if path.startswith("releases/")]

    assert len(articles(own)) == 2 and len(articles(public)) == 1
    (everybody,) = articles(public)
    assert "<em>everybody</em>" in everybody and "Your date" not in everybody and "Site" not in everybody
    dated = next(text for text in articles(own) if "everybody" in text)
    assert "Site a: wave 2, " in dated and "None" in dated
    assert "your update is transparent; date follows" in next(text for text in articles(own) if "all customers" in text)
    assert b"Release 1.2: t" in own["history.atom"] and b"Release 1.2" not in public["history.atom"]
    assert b"Release 1.0: t" in public[""] and b"1.1" not in b"".join(one for path, one in own.items() if path.endswith("html"))


@pytest.mark.parametrize("name", worlds())
def test_all_documents_keep_to_the_published_schemas(desk: Desk, name: str) -> None:
    states, desk.told = worlds()[name]
    for part, state in states.items():
        cause = Cause.TCP_REFUSED if state is State.DOWN else None
        desk.append(desk.stream("a", part), [Change(days_ago(0.1), state, cause)])
    for customer in ("acme", None):
        found = documents(desk, customer)
        for path, document in of_kind(found, "api/v2/"):
            schema = {"$schema": V2["$schema"], "$defs": V2["$defs"], "$ref": f"#/$defs/{path.replace('/', '~1')}"}
            assert [error.message for error in Draft202012Validator(schema).iter_errors(document)] == [], path
            read_strictly(document)
        summary = json.loads(found["api/v2/summary.json"])
        assert_union(summary, {path: json.loads(body) for path, body in found.items() if path.startswith("api/v2/")})
        for _, document in of_kind(found, "api/v1/snapshot"):
            assert [error.message for error in Draft202012Validator(SNAPSHOT).iter_errors(document)] == []


def read_strictly(document: dict[str, Any]) -> None:
    """As strict readers do: every id resolves, updates are there and newest first, places count from one."""
    components = {one["id"]: one for one in document.get("components", ())}
    by_group: dict[str | None, list[int]] = {}
    for one in components.values():
        assert one["group_id"] is None or one["id"] in components[one["group_id"]]["components"]
        by_group.setdefault(one["group_id"], []).append(one["position"])
    assert all(places == list(range(1, len(places) + 1)) for places in by_group.values())
    for one in (*document.get("incidents", ()), *document.get("scheduled_maintenances", ())):
        shown = [update["display_at"] for update in one["incident_updates"]]
        assert one["incident_updates"][0]["status"] == one["status"] and shown == sorted(shown, reverse=True)
        assert all(INSTANT.match(at) for at in shown)
        if components:
            assert {part["id"] for part in one["components"]} <= set(components)
        for update in one["incident_updates"]:
            codes = [affected["code"] for affected in update["affected_components"] or ()]
            assert set(codes) <= {part["id"] for part in one["components"]}


def assert_union(summary: dict[str, Any], others: dict[str, dict[str, Any]]) -> None:
    """The summary says what the other documents say, no more and no less."""
    v2 = {path.removeprefix("api/v2/"): document for path, document in others.items()}
    assert summary["components"] == v2["components.json"]["components"]
    assert summary["status"] == v2["status.json"]["status"]
    assert summary["incidents"] == v2["incidents/unresolved.json"]["incidents"]
    coming = [
        one for path in ("upcoming", "active") for one in v2[f"scheduled-maintenances/{path}.json"]["scheduled_maintenances"]
    ]
    assert sorted(one["id"] for one in summary["scheduled_maintenances"]) == sorted(one["id"] for one in coming)


@pytest.mark.parametrize(
    ("level", "state", "wanted"),
    [
        (Level.NO_IMPACT, State.UP, "operational"),
        (Level.REDUCED_REDUNDANCY, State.UP, "under_maintenance"),
        (Level.REDUCED_REDUNDANCY, State.DEGRADED, "degraded_performance"),
        (Level.DEGRADED, State.DEGRADED, "under_maintenance"),
        (Level.DEGRADED, State.DOWN, "major_outage"),
        (Level.OUTAGE, State.DOWN, "under_maintenance"),
    ],
)
def test_maintenance_hides_nothing_worse_than_announced(desk: Desk, level: Level, state: State, wanted: str) -> None:
    desk.append(desk.stream("a", "web"), [Change(days_ago(0.01), state)])
    desk.told = Told(maintenance={"a": (maintained(Stage.IN_PROCESS, level, "web"),)})
    found = documents(desk, "acme")
    shown = {one["name"]: one["status"] for one in json.loads(found["api/v2/components.json"])["components"]}
    assert shown["web"] == wanted
    stale = {one["name"]: one["status"] for one in json.loads(found["stale api/v2/components.json"])["components"]}
    assert stale["web"] in ("degraded_performance", "major_outage")


def test_nothing_of_another_customer_is_in_a_byte_of_a_page(desk: Desk) -> None:
    """Not their names, hosts, words, not even that they were concerned by the same incident."""
    shared = (
        said(components=("a/web",)),
        said(components=("a/web", "b/web"), at=NOW - HOUR + 1),
        said(components=("b/ldap", "b/web"), at=NOW - HOUR + 2),
    )
    own = Incident(2, "b/web", NOW - HOUR, (said("Ada", body=CANARY, title=CANARY, components=("b/web", "b/ldap")),))
    filed = Exclusion("X-1", Span(NOW - DAY, NOW), "isp", (), CANARY, CANARY, (CANARY,), (Decision(NOW, Step.PROPOSED, CANARY),))
    desk.told = Told(
        (Incident(1, "shared:machine", NOW - HOUR, shared), own),
        {"b": (maintained(Stage.IN_PROCESS, Level.OUTAGE, "web", "ldap", key=f"m-{CANARY}"),)},
        (Filed("b", filed, (CANARY,), NOW),),
    )
    desk.append(desk.stream("b", "web"), [Change(days_ago(0.1), State.DOWN, Cause.TCP_REFUSED)])
    for customer in ("acme", None):
        for path, body in documents(desk, customer).items():
            assert CANARY.encode() not in body.lower(), path
    assert CANARY.encode() in documents(desk, CANARY)[""].lower()
    incidents = json.loads(documents(desk, "acme")["api/v2/incidents.json"])["incidents"]
    assert [len(one["incident_updates"]) for one in incidents] == [1]


def test_ids_of_one_thing_on_two_pages_are_not_alike(desk: Desk) -> None:
    desk.told = Told((Incident(1, "a/web", NOW - HOUR, (said(),)),))
    found = [json.loads(documents(desk, customer)["api/v2/incidents.json"]) for customer in ("acme", None)]
    ids = [{page["page"]["id"], page["incidents"][0]["id"], page["incidents"][0]["incident_updates"][0]["id"]} for page in found]
    assert len(ids[0] | ids[1]) == 6
    again = json.loads(documents(desk, "acme")["api/v2/incidents.json"])
    assert again == found[0]


def test_words_that_were_not_released_are_not_on_the_public_page(desk: Desk) -> None:
    updates = (
        said(),
        said("Ada", Status.IDENTIFIED, NOW - HOUR + 1, body="Cabinet 7.", title="Cabinet 7"),
        said("Ada", Status.MONITORING, NOW - HOUR + 2, body="Mended.", public=True),
    )
    desk.told = Told((Incident(1, "a/web", NOW - HOUR, updates),))
    (one,) = json.loads(documents(desk, None)["api/v2/incidents.json"])["incidents"]
    assert [update["body"] for update in one["incident_updates"]][:2] == ["Mended.", "The cause has been found."]
    assert one["name"] == "Interruption: Region: Web"
    (own,) = json.loads(documents(desk, "acme")["api/v2/incidents.json"])["incidents"]
    assert (own["name"], own["incident_updates"][1]["body"]) == ("Cabinet 7", "Cabinet 7.")


def test_what_is_only_provisional_stands_on_no_public_page(desk: Desk) -> None:
    span = Span(NOW + DAY, NOW + 2 * DAY)
    plan = Maintenance("m-1", (Announcement(NOW - 1, span, Stage.TENTATIVE, Level.OUTAGE),), ("web",))
    desk.told = Told(maintenance={"a": (plan,)})
    for customer, count in (("acme", 1), (None, 0)):
        document = json.loads(documents(desk, customer)["api/v2/scheduled-maintenances.json"])
        assert len(document["scheduled_maintenances"]) == count


def test_an_incident_is_never_shown_less_than_measured(desk: Desk) -> None:
    updates = (said(), said("Ada", at=NOW - HOUR + 1, body="It is nothing.", impact=Impact.NONE))
    desk.told = Told((Incident(1, "a/web", NOW - HOUR, updates),))
    (one,) = json.loads(documents(desk, "acme")["api/v2/incidents.json"])["incidents"]
    assert one["impact"] == "critical"
    desk.told = Told((Incident(1, "a/web", NOW - HOUR, (said("Ada", body="Soon.", impact=Impact.NONE),)),))
    (one,) = json.loads(documents(desk, "acme")["api/v2/incidents.json"])["incidents"]
    assert one["impact"] == "none"


def test_an_entry_of_which_some_members_are_down_is_partly_out(desk: Desk) -> None:
    desk.append(desk.stream("b", "ldap"), [Change(days_ago(0.1), State.DOWN)])
    shown = {one["name"]: one["status"] for one in json.loads(documents(desk, None)["api/v2/summary.json"])["components"]}
    assert shown["Both"] == "partial_outage"
    assert json.loads(documents(desk, None)["api/v2/status.json"])["status"]["indicator"] == "major"
