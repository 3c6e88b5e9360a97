"""The API over a real store: everything served is described, every mistake is named, nothing by input is a 5xx."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from hashlib import sha256
from pathlib import Path

import httpx
import pytest
from desk_world import NOW, Store, ground
from jsonschema import Draft202012Validator

from monitor.desk.deeds import Request, act
from monitor.desk.people import host, new_token
from monitor.statement_shelf import Shelf
from monitor.web.api import BASE, NOUNS, Api
from monitor.web.openapi import document
from monitor.web.operator import Health, operator_app
from monitor.web.pages import Pages
from monitor.web.reference import html
from monitor.web.writes import OFFERED, ROOT
from sla.canonical import canonical
from sla.span import DAY, HOUR

CHECKED_IN = Path(__file__).resolve().parents[3] / "docs" / "api" / "openapi.json"
PROBLEM = document("v1")["components"]["schemas"]["problem"]


@pytest.fixture
async def client(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    api = Api(store.database.read, lambda: store.configuration, lambda: NOW)
    app = operator_app(Pages(), Pages(), lambda: NOW, lambda: Health(True, True), lambda: b"", api)
    secret = token(store, "read")
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {secret}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://operator", headers=headers) as found:
        yield found


def token(store: Store, *scopes: str) -> str:
    made = store.do(lambda c: new_token(c, host("root"), f"Ada {' '.join(scopes)}", scopes, NOW - HOUR))
    return made.secret  # type: ignore[union-attr]


def told(store: Store, count: int) -> None:
    for number in range(count):
        body = {"title": f"No. {number}", "components": ["acme/directory"], "body": "So."}
        store.do(lambda c, body=body: act(c, Request("incident.open", body, "root"), NOW - DAY, ground(store)))  # type: ignore[misc]


async def refused(answer: httpx.Response, status: int, slug: str) -> list[dict[str, str]]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    problem = answer.json()
    Draft202012Validator(PROBLEM).validate(problem)
    assert (problem["type"], problem["status"]) == (f"urn:threenines:problem:{slug}", status)
    return problem["errors"]  # type: ignore[no-any-return]


async def test_a_site_is_told_from_its_parts_to_its_figures(client: httpx.AsyncClient) -> None:
    sites = (await client.get(f"{BASE}sites")).json()
    assert [one["id"] for one in sites["items"]] == ["acme"] and sites["next_cursor"] is None
    assert (await client.get(f"{BASE}sites/acme")).json()["agreement"]["zone"] == "Europe/Berlin"
    parts = (await client.get(f"{BASE}sites/acme/components")).json()["items"]
    assert [(one["id"], one["managed_by"]) for one in parts][-1] == ("directory", "customer")
    june = (await client.get(f"{BASE}sites/acme/figures?month=2026-06")).json()
    assert june["figures"]["downtime_counted_seconds"] == "3960"
    last = (await client.get(f"{BASE}sites/acme/figures?days=7")).json()
    assert last["figures"]["downtime_counted_seconds"] == "0"
    line = (await client.get(f"{BASE}sites/acme/timeline?from=2026-06-18T00:00:00Z&to=2026-06-19T00:00:00Z")).json()["items"]
    assert [(one["component"], one["state"], one["cause"]) for one in line] == [
        ("directory", "up", None),
        ("directory", "down", "tcp_refused"),
    ]


async def test_a_list_goes_on_where_it_ended_whatever_came_in_between(client: httpx.AsyncClient, store: Store) -> None:
    told(store, 5)
    first = await client.get(f"{BASE}incidents?limit=2")
    assert [one["id"] for one in first.json()["items"]] == ["I-5", "I-4"]
    told(store, 1)
    following = await client.get(first.links["next"]["url"])
    assert [one["id"] for one in following.json()["items"]] == ["I-3", "I-2"]
    last = await client.get(f"{BASE}incidents", params={"limit": 2, "cursor": following.json()["next_cursor"]})
    assert ([one["id"] for one in last.json()["items"]], last.json()["next_cursor"]) == (["I-1"], None)
    assert "link" not in last.headers
    assert (await client.get(f"{BASE}incidents/I-1")).json()["status"] == "investigating"
    assert (await client.get(f"{BASE}incidents?site=nobody")).json()["items"] == []
    rows = (await client.get(f"{BASE}audit?limit=1")).json()["items"]
    assert rows[0]["action"] == "incident.opened"


@pytest.mark.parametrize(
    ("query", "pointer", "expected"),
    [
        ("sites/acme/figures?days=0", "/query/days", "integer 1..366"),
        ("sites/acme/figures?days=x", "/query/days", "integer 1..366"),
        ("sites/acme/figures?days=367", "/query/days", "integer 1..366"),
        ("sites/acme/figures?days=%D9%A3", "/query/days", "integer 1..366"),
        ("sites/acme/figures?month=2026-13", "/query/month", "a month like 2026-06"),
        ("sites/acme/figures?weeks=3", "/query/weeks", "one of days, month"),
        ("sites/acme?x=1", "/query/x", "one of no parameter"),
        ("incidents?limit=201", "/query/limit", "integer 1..200"),
        ("incidents?cursor=%00%ff", "/query/cursor", "a cursor of ours"),
        ("incidents?cursor=SS05OTk%3D", "/query/cursor", "a cursor of ours"),
        ("sites/acme/timeline?from=yesterday", "/query/from", "an instant in RFC 3339"),
        (
            "sites/acme/timeline?from=2026-06-02T00:00:00Z&to=2026-06-01T00:00:00Z",
            "/query/to",
            "after from, at most 92 days later",
        ),
        ("sites/acme/timeline?from=2020-06-02T00:00:00Z", "/query/to", "after from, at most 92 days later"),
    ],
)
async def test_a_bad_parameter_is_named_with_what_was_expected(
    client: httpx.AsyncClient, query: str, pointer: str, expected: str
) -> None:
    errors = await refused(await client.get(BASE + query), 400, "bad-parameter")
    assert [(one["pointer"], one["expected"]) for one in errors] == [(pointer, expected)]


async def test_all_mistakes_are_named_at_once(client: httpx.AsyncClient) -> None:
    errors = await refused(await client.get(f"{BASE}incidents?limit=0&x=1&y=2"), 400, "bad-parameter")
    assert [one["pointer"] for one in errors] == ["/query/limit", "/query/x", "/query/y"]


@pytest.mark.parametrize(
    "path",
    [
        "sites/nobody",
        "sites/nobody/figures",
        "sites/nobody/timeline",
        "incidents/I-9",
        "exclusions/X-9",
        "incidents/..",
        "exclusions/%00",
    ],
)
async def test_what_is_not_there_is_404(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(BASE + path)
    assert answer.status_code == 404


async def test_who_has_no_token_or_too_small_a_one_reads_nothing(client: httpx.AsyncClient, store: Store) -> None:
    for given in ("", "Basic x", "Bearer", "Bearer tn_wrong"):
        answer = await client.get(f"{BASE}sites", headers={"Authorization": given})
        await refused(answer, 401, "token")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "tn_wrong" not in answer.text
    await refused(await client.get(f"{BASE}sites", headers={"Authorization": f"Bearer {token(store, 'operate')}"}), 403, "scope")


async def test_everything_served_is_described_and_the_description_is_checked_in(client: httpx.AsyncClient) -> None:
    """Set GOLDEN=write to take the present ones, and then look at them."""
    served = (await client.get("/api/openapi.json")).json()
    made = document("v1")
    if os.environ.get("GOLDEN") == "write":
        CHECKED_IN.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n")
        CHECKED_IN.with_name("index.html").write_text(html(made))
    assert CHECKED_IN.with_name("index.html").read_text() == html(made)
    assert {**served, "info": {}} == {**json.loads(CHECKED_IN.read_text()), "info": {}}
    assert set(served["paths"]) == {BASE + noun.path for noun in NOUNS} | {ROOT + name for name in OFFERED}
    for noun in NOUNS:
        path = BASE + noun.path.replace("{site}", "acme").replace("{id}", "X-1").replace("{version}", "10.0")
        answer = await client.get(path)
        described = served["paths"][BASE + noun.path]["get"]["responses"]
        assert str(answer.status_code) in described
        if answer.status_code == 200:
            Draft202012Validator(described["200"]["content"]["application/json"]["schema"]).validate(answer.json())
        assert (await client.post(path)).status_code == 405


async def test_a_statement_is_listed_read_whole_and_its_files_are_downloads(client: httpx.AsyncClient, store: Store) -> None:
    asked = {"site": "acme", "period": "2026-06"}
    secret = token(store, "operate")
    reply = store.do(lambda c: act(c, Request("statement.issue", asked, "root", secret), NOW, ground(store)))
    assert reply.faults == ()
    (listed,) = (await client.get(f"{BASE}statements?site=acme")).json()["items"]
    path = f"{BASE}statements/{listed['id']}"
    whole = (await client.get(path)).json()
    assert (whole["id"], whole["version"], whole["issued_by"]) == ("acme/2026-06/1", 1, "Ada operate")
    assert whole["statement"]["result"] == listed["result"] and whole["about"]["site"] == "Acme"
    assert whole["content_sha256"] == sha256(canonical(whole["statement"]).encode()).hexdigest()
    assert whole["files"] == [] and (await client.get(f"{path}/statement.pdf")).status_code == 404
    folder = Shelf(store.configuration.data).folder("acme", "2026-06", 1)
    folder.mkdir(parents=True)
    made = {"statement.pdf": "application/pdf", "days.csv": "text/csv; charset=utf-8", "SHA256SUMS": "text/plain; charset=utf-8"}
    for name in made:
        (folder / name).write_bytes(name.encode())
    assert (await client.get(path)).json()["files"] == [{"name": name, "bytes": len(name)} for name in sorted(made)]
    for name, kind in made.items():
        answer = await client.get(f"{path}/{name}")
        assert (answer.content, answer.headers["content-type"]) == (name.encode(), kind)
        assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    for nowhere in ("statements/acme/2026-06/2", "statements/acme/2026-06/01", "statements/acme/2026-07/1"):
        await refused(await client.get(BASE + nowhere), 404, "not-found")
    for outside in ("%2e%2e", "..%2Fv1%2FSHA256SUMS", "v1", "%00"):
        assert (await client.get(f"{path}/{outside}")).status_code == 404
    for theirs in (path, f"{path}/days.csv"):
        await refused(await client.get(theirs, headers={"Authorization": f"Bearer {secret}"}), 403, "scope")


async def test_a_pipeline_asks_the_gate_and_reads_every_reason(client: httpx.AsyncClient, store: Store) -> None:
    body = {"version": "10.18.3", "from": "2026-07-09T20:00:00Z"}
    store.do(lambda c: act(c, Request("release.draft", body, "root"), NOW, ground(store)))
    (one,) = (await client.get(f"{BASE}rollouts")).json()["items"]
    assert (one["id"], one["state"], [wave["ring"] for wave in one["waves"]]) == ("RO-2026-0001", "draft", ["general"])
    asked = (await client.get(f"{BASE}rollouts/RO-2026-0001/gate")).json()
    assert (asked["wave"], asked["answer"]) == (1, "hold"), "too little of its budget is left to the site"
    budget = next(finding for finding in asked["findings"] if finding["code"] == "budget")
    assert (budget["mark"], budget["site"], budget["got"]) == ("bad", "acme", "-1368 s")
    assert (await client.get(f"{BASE}rollouts/RO-2026-0001/gate?wave=2")).status_code == 404
    await refused(await client.get(f"{BASE}rollouts/RO-2026-0001/gate?wave=0"), 400, "bad-parameter")
