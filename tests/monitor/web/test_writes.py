"""What people do over the API: once however often it is sent, and only on what they have seen."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from desk_world import NOW, Store, ground
from jsonschema import Draft202012Validator

from monitor.desk.deed import Reply
from monitor.desk.once import Posted, act_once
from monitor.desk.people import host, new_token
from monitor.store import tables
from monitor.store.answers import KEPT_MS
from monitor.store.engine import StoreError
from monitor.web.api import BASE, Api
from monitor.web.openapi import document
from monitor.web.operator import Health, operator_app
from monitor.web.pages import Pages
from monitor.web.writes import HOST_ONLY, OFFERED, ROOT, Writes
from sla.span import HOUR

OPENING = {"title": "Slow", "components": ["acme/directory"], "body": "We are looking."}
DESCRIBED = document("v1")


class Desk:
    """The operator's application over a store, with a clock moved by hand; ``fault`` is what the store says to writes."""

    def __init__(self, store: Store) -> None:
        self.store, self.now, self.fault = store, NOW, None
        self.fault: Exception | None
        api = Api(store.database.read, lambda: store.configuration, lambda: self.now)
        healthy = lambda: Health(True, True)  # noqa: E731
        self.app = operator_app(Pages(), Pages(), lambda: self.now, healthy, lambda wanted: [], api, Writes(api, self._post))

    async def _post(self, posted: Posted) -> Reply:
        if self.fault:
            raise self.fault
        return self.store.do(lambda c: act_once(c, posted, self.now, ground(self.store)))

    def token(self, name: str, *scopes: str) -> str:
        return self.store.do(lambda c: new_token(c, host("root"), name, scopes, NOW - HOUR)).secret  # type: ignore[union-attr]

    def audited(self) -> list[str]:
        return list(self.store.look(lambda c: c.execute(sa.select(tables.audit.c.action)).scalars().all()))


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


@pytest.fixture
async def ada(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {desk.token('Ada', 'read', 'operate')}"}
    transport = httpx.ASGITransport(desk.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://operator", headers=headers) as client:
        yield client


async def post(client: httpx.AsyncClient, deed: str, body: Any, key: str = "k1", **more: str) -> httpx.Response:
    headers = {"Idempotency-Key": key, "Content-Type": "application/json", **more}
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    answer = await client.post(ROOT + deed, content=content, headers=headers)
    described = DESCRIBED["paths"][ROOT + deed]["post"]["responses"]
    assert str(answer.status_code) in described, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        Draft202012Validator(DESCRIBED["components"]["schemas"]["problem"]).validate(answer.json())
    return answer


async def test_what_is_sent_twice_is_done_once_and_answered_alike(desk: Desk, ada: httpx.AsyncClient) -> None:
    first, again = [await post(ada, "incident.open", OPENING) for _ in range(2)]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.headers["location"] == again.headers["location"] == f"{BASE}incidents/{first.json()['incident']['id']}"
    assert (await ada.get(first.headers["location"])).json() == first.json()["incident"]
    assert desk.audited().count("incident.opened") == 1
    other = await post(ada, "incident.open", {**OPENING, "title": "Other"})
    assert (other.status_code, other.json()["type"]) == (422, "urn:threenines:problem:idempotency-key")
    assert other.json()["errors"][0]["pointer"] == "/header/Idempotency-Key"
    desk.now += KEPT_MS
    assert (await post(ada, "incident.open", {**OPENING, "title": "Other"})).status_code == 201
    assert desk.audited().count("incident.opened") == 2


async def test_a_key_is_its_persons_own_and_a_refused_deed_holds_none(desk: Desk, ada: httpx.AsyncClient) -> None:
    assert (await post(ada, "incident.open", OPENING)).status_code == 201
    eve = {"Authorization": f"Bearer {desk.token('Eve', 'operate')}"}
    assert (await post(ada, "incident.open", {**OPENING, "title": "Hers"}, **eve)).status_code == 201
    assert (await post(ada, "incident.open", {}, "k2")).status_code == 422
    assert (await post(ada, "incident.open", OPENING, "k2")).status_code == 201


async def test_who_has_not_seen_the_newest_changes_nothing(desk: Desk, ada: httpx.AsyncClient) -> None:
    where = (await post(ada, "incident.open", OPENING)).headers["location"]
    seen = (await ada.get(where)).headers["etag"]
    further = {"id": where.rpartition("/")[2], "body": "Found.", "status": "identified"}
    assert (await post(ada, "incident.update", further, "k2", **{"If-Match": seen})).status_code == 200
    late = await post(ada, "incident.update", {**further, "body": "Late."}, "k3", **{"If-Match": seen})
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (412, "/header/If-Match")
    now = late.json()["errors"][0]["expected"]
    assert now == (await ada.get(where)).headers["etag"]
    assert (await post(ada, "incident.update", {**further, "body": "Again."}, "k3", **{"If-Match": now})).status_code == 200


@pytest.mark.parametrize(
    ("deed", "body", "more", "status", "slug", "pointers"),
    [
        ("incident.open", OPENING, {"Authorization": ""}, 401, "token", []),
        ("incident.open", OPENING, {"Authorization": "Bearer tn_none"}, 401, "token", []),
        ("incident.open", OPENING, {"Idempotency-Key": ""}, 400, "idempotency-key", ["/header/Idempotency-Key"]),
        ("incident.open", OPENING, {"Idempotency-Key": "a b"}, 400, "idempotency-key", ["/header/Idempotency-Key"]),
        ("incident.open", OPENING, {"Content-Type": "text/plain"}, 415, "media-type", []),
        ("incident.open", b"{", {}, 400, "not-json", []),
        ("incident.open", b'{"title": NaN}', {}, 400, "not-json", []),
        ("incident.open", b"\xff", {}, 400, "not-json", []),
        ("incident.open", b"[" * 17 + b"]" * 17, {}, 422, "too-deep", []),
        ("incident.open", b"[" * 100_000, {}, 400, "not-json", []),
        ("incident.open", b" " * 1_048_577, {}, 413, "too-large", []),
        ("incident.open", [], {}, 422, "type", [""]),
        ("incident.open", {"title": 1, "x": 2}, {}, 422, "missing", ["/body", "/components", "/title", "/x"]),
        ("incident.update", {"id": "I-9", "body": "So."}, {}, 404, "unknown-incident", ["/id"]),
        ("exclusion.approve", {"id": "X-9"}, {}, 403, "scope", ["/token", "/id"]),
        ("incident.update", {"id": 7, "body": "So."}, {"If-Match": '"x"'}, 412, "if-match", ["/header/If-Match"]),
    ],
)
async def test_each_mistake_has_its_status_its_name_and_its_place(
    ada: httpx.AsyncClient, deed: str, body: Any, more: dict[str, str], status: int, slug: str, pointers: list[str]
) -> None:
    answer = await post(ada, deed, body, **more)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:threenines:problem:{slug}"), answer.text
    assert [one["pointer"] for one in answer.json()["errors"]] == pointers
    assert ("www-authenticate" in answer.headers) == (status == 401)


async def test_a_store_that_takes_nothing_is_503_and_says_when_to_come_again(desk: Desk, ada: httpx.AsyncClient) -> None:
    desk.fault = StoreError("disk full")
    answer = await post(ada, "incident.open", OPENING)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_secrets_are_made_on_the_host_alone(ada: httpx.AsyncClient) -> None:
    for deed in HOST_ONLY:
        assert (await ada.post(ROOT + deed, json={}, headers={"Idempotency-Key": "k"})).status_code in (404, 405)
    assert not HOST_ONLY & set(OFFERED)
