"""Asking from a customer's page to the operators and back: one form, one request, both sides told, the connection looked at."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Collection
from dataclasses import replace
from email import message_from_bytes
from email.policy import SMTP
from typing import Any, cast

import httpx
import pytest
from desk_world import NOW, SITE, Store, filled, ground

from monitor.config.configuration import Listener, Mailing
from monitor.desk.deed import Installation
from monitor.desk.deeds import Request, act
from monitor.desk.people import Made, host, new_token
from monitor.desk.requests import MOST_OPEN
from monitor.front import Front
from monitor.store import letters, maintenance, requests
from monitor.store.letters import State as Sent
from monitor.watch.runner import LookOutcome
from monitor.watch.schedule import Plan
from monitor.web.asking import FORMS_PER_MIN, MAX_BODY, asking_routes
from monitor.web.pages import Pages
from monitor.web.public import public_app
from probes.probe import Finding
from sla.request import Found, Kind, Status
from sla.span import DAY, HOUR
from sla.state import Cause, State
from sla.texts import instant_text

MAIL = Mailing("mail.p.example", 587, "start_tls", "notices@p.example", "P", "p.example", "ops@p.example")
HOME = {"sec-fetch-site": "same-origin"}
WORDS = "We changed the LDAP base; please restart node 1."


class World:
    """A front desk on a real store; looks find what ``finding`` says, and what was told is in ``told``."""

    def __init__(self, store: Store, language: str = "en") -> None:
        self.store, self.told, self.looked = store, list[str](), list[str]()
        known = ground(store)
        (site,) = known.configuration.sites
        contacts = (replace(site.contacts[0], language=language, zone="Europe/Berlin"),)
        told = {"mailing": MAIL, "public": Listener("127.0.0.1", 0), "public_url": "https://status.p.example"}
        sites = (replace(site, contacts=contacts),)
        self.ground: Installation = replace(known, configuration=replace(known.configuration, sites=sites, **told))  # type: ignore[arg-type]
        self.finding = Finding(State.DOWN, Cause.TCP_REFUSED, "192.0.2.3 port 636: connection refused")
        self.ticks, self.now = 0.0, NOW
        self.front = Front(store.database, lambda: self.now, lambda: self.ground, self.look, self.decided)
        plans = [Plan("acme", check, "main", 1, 1, 0) for check in sites[0].checks]
        self.front.watch(self.ground.configuration, plans)
        (self.root,) = self.front._askers
        app = public_app(Pages(), lambda: self.now, asking_routes(self.front, lambda: self.ticks, behind_proxy=False))
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://status.p.example")

    async def look(self, plan: Plan) -> LookOutcome:
        self.looked.append(plan.check.key)
        return LookOutcome(self.finding, self.now, 12.4, (), 0, 0.0, 0.012)

    async def decided(self, sites: Collection[str]) -> None:
        self.told += sites

    async def page(self, folder: str = "") -> str:
        found = await self.client.get(f"{self.root}{folder}request.html")
        assert found.status_code == 200
        return found.text

    async def send(self, folder: str = "", headers: dict[str, str] = HOME, **fields: Any) -> httpx.Response:
        page = await self.page(folder)
        filled_in = {
            "form": re.findall(r'name="form" value="([^"]+)"', page)[0],
            "contact": re.findall(r'<option value="([^"]+)"', page)[0],
            "kind": "restart",
            "words": WORDS,
            **fields,
        }
        return await self.client.post(f"{self.root}{folder}request.html", data=filled_in, headers=headers)

    def part(self, page: str, name: str) -> str:
        return re.findall(rf'value="([^"]+)"> {name}<', page)[0]

    def letters(self) -> dict[str, Any]:
        kept = self.store.look(lambda db: letters.listed(db, list(Sent), 99))
        return {one.letter.key.contact: message_from_bytes(one.letter.body, policy=cast(Any, SMTP)) for one in kept}

    def asked(self) -> tuple[requests.Asked, ...]:
        return self.store.look(requests.every)


@pytest.fixture
async def world(store: Store) -> AsyncIterator[World]:
    made = World(store)
    yield made
    await made.client.aclose()


def text(message: Any) -> str:
    return " ".join(message.get_body(("plain",)).get_content().split())


async def test_a_form_becomes_a_request_and_both_sides_are_told(world: World) -> None:
    page = await world.page()
    sent = await world.send(**{"concerns[]": world.part(page, "node-1")}, wanted="2026-07-03T22:00")
    assert (sent.status_code, sent.headers["location"]) == (303, "./#requests")
    (one,) = world.asked()
    assert (one.id, one.site, one.kind, one.components, one.contact) == (
        "REQ-2026-0001",
        "acme",
        Kind.RESTART,
        ("node-1",),
        "ada@acme.example",
    )
    assert instant_text(one.wanted_from or 0) == "2026-07-03T20:00:00.000Z" and one.words == WORDS, "in the page's zone"
    assert world.told == ["acme"], "the page says it at once"
    told = world.letters()
    assert told["ada@acme.example"]["Subject"] == (
        "[Request received] REQ-2026-0001: Restart of components after a configuration change"
    )
    assert WORDS in text(told["ada@acme.example"]) and f"https://status.p.example{world.root}" in text(told["ada@acme.example"])
    assert "[Request] acme: restart, REQ-2026-0001" in told["ops@p.example"]["Subject"]
    assert WORDS in text(told["ops@p.example"]) and "threenines request accept REQ-2026-0001" in text(told["ops@p.example"])


async def test_the_same_form_twice_is_one_request(world: World) -> None:
    page = await world.page()
    token = re.findall(r'name="form" value="([^"]+)"', page)[0]
    for _ in range(2):
        assert (await world.send(form=token)).status_code == 303
    assert len(world.asked()) == 1


async def test_the_form_speaks_the_language_of_its_folder_and_no_other_path_has_one(world: World) -> None:
    assert 'lang="de"' in await world.page("de/") and "Änderung anfragen" in await world.page("de/")
    for path in (f"{world.root}en/request.html", f"{world.root}fr/request.html", "/p/guess/request.html", "/request.html"):
        assert (await world.client.get(path)).status_code == 404, path
        assert (await world.client.post(path, headers=HOME)).status_code in (404, 405), path


async def test_only_the_page_with_the_form_may_send_one(world: World) -> None:
    form = await world.client.get(f"{world.root}request.html")
    assert "form-action 'self'" in form.headers["content-security-policy"]
    assert form.headers["referrer-policy"] == "same-origin" and form.headers["cache-control"] == "private, no-store"
    for headers in (
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ):
        refused = await world.send(headers=headers)
        assert refused.status_code == 403 and "not sent from our page" in refused.text, headers
    assert (await world.send(headers={"origin": "https://status.p.example"})).status_code == 303
    assert len(world.asked()) == 1


async def test_everything_wrong_is_said_at_once_and_what_was_typed_is_kept(world: World) -> None:
    again = await world.send(
        form="1.x.forged", kind="other", words="", contact="nobody", **{"concerns[]": "guess"}, wanted="2026-10-25T02:30"
    )
    assert again.status_code == 422
    for words in ("is not ours", "choose who asks", "choose what it concerns", "happens twice", "in your own words"):
        assert words in again.text, words
    late = await world.send(wanted="2020-01-01T00:00", words="<b>bold</b> & more")
    assert "is past" in late.text and "&lt;b&gt;bold&lt;/b&gt; &amp; more" in late.text and "<b>bold" not in late.text
    assert world.asked() == () and world.letters() == {}


async def test_a_form_of_yesterday_or_of_another_page_is_given_out_anew(world: World) -> None:
    token = re.findall(r'name="form" value="([^"]+)"', await world.page())[0]
    world.now += 13 * HOUR
    assert "more than 12 hours" in (await world.send(form=token)).text
    assert world.asked() == ()


async def test_too_much_too_often_and_nonsense_are_refused(world: World) -> None:
    long = await world.send(words="x" * (MAX_BODY + 1))
    assert long.status_code == 413
    odd = await world.client.post(
        f"{world.root}request.html", content=b"{}", headers={**HOME, "content-type": "application/json"}
    )
    assert odd.status_code == 400 and "no form of ours" in odd.text
    bytes_ = await world.client.post(
        f"{world.root}request.html", content=b"kind=%ff", headers={**HOME, "content-type": "application/x-www-form-urlencoded"}
    )
    assert bytes_.status_code == 400
    codes = [(await world.send()).status_code for _ in range(FORMS_PER_MIN)]
    assert codes == [303] * (FORMS_PER_MIN - 3) + [429] * 3
    world.ticks += 61
    assert (await world.send()).status_code == 303


async def test_more_open_requests_than_people_have_are_not_taken(world: World) -> None:
    for _ in range(MOST_OPEN):
        world.ticks += 61
        assert (await world.send()).status_code == 303
    world.ticks += 61
    refused = await world.send()
    assert refused.status_code == 422 and "20 requests of yours are open" in refused.text
    assert len(world.asked()) == MOST_OPEN


@pytest.mark.parametrize("language", ["en", "de"])
async def test_a_connection_is_looked_at_once_and_told_without_our_words(store: Store, language: str) -> None:
    world = World(store, language)
    assert (await world.send(kind="validate-connection", words="")).status_code == 303
    world.told.clear()
    for _ in range(2):
        await world.front.look_where_asked()
    assert world.looked == ["directory"] and world.told == ["acme"], "once, and only what leads to the customer"
    (one,) = world.asked()
    assert one.last.status is Status.ANSWERED
    assert one.last.found == (Found("directory", State.DOWN, Cause.TCP_REFUSED, 12),)
    kept = world.store.look(lambda db: letters.listed(db, list(Sent), 99))
    (letter,) = (letter for letter in kept if letter.letter.key.sequence == 1)
    said = text(message_from_bytes(letter.letter.body, policy=cast(Any, SMTP)))
    expected = (
        "directory: does not work: no connection" if language == "en" else "directory: funktioniert nicht: keine Verbindung"
    )
    assert f"{expected} (12 ms)" in said and "192.0.2.3" not in said
    await world.client.aclose()


async def test_after_a_restart_what_nobody_answered_is_looked_at(world: World) -> None:
    await world.send(kind="validate-connection", words="")
    again = World(world.store)
    again.finding = Finding(State.UP)
    await again.front.look_where_asked()
    assert world.asked()[0].last.found == (Found("directory", State.UP, None, 12),)
    await again.client.aclose()


async def test_a_site_without_a_directory_is_not_offered_a_look(tmp_path: Any) -> None:
    made = filled(tmp_path, site=SITE.replace("kind: ldap", "kind: smtp"))
    world = World(made)
    assert "validate-connection" not in await world.page()
    assert "no directory and no VPN" in (await world.send(kind="validate-connection")).text
    await world.client.aclose()
    made.database.close()


def deed(world: World, name: str, body: dict[str, Any], secret: str | None = None) -> Any:
    return world.store.do(lambda db: act(db, Request(f"request.{name}", body, "root", secret), NOW + HOUR, world.ground))


async def test_an_accepted_request_is_an_announced_maintenance_that_the_customer_agreed_to(world: World) -> None:
    await world.send()
    made = world.store.do(lambda db: new_token(db, host("root"), "Ben", ["operate", "approve"], NOW))
    assert isinstance(made, Made)
    times = {"from": instant_text(NOW + DAY), "to": instant_text(NOW + DAY + HOUR)}
    body = {
        "id": "REQ-2026-0001",
        "answer": "Tomorrow morning.",
        "impacts": [{"component": "node-1", "impact": "DEGRADED"}],
        **times,
    }
    host_only = deed(world, "accept", body)
    assert [fault.code for fault in host_only.faults] == ["scope"], "the host alone announces nothing"
    assert world.store.look(maintenance.every) == ()
    reply = deed(world, "accept", body, made.secret)
    assert reply.faults == () and reply.sites == ("acme",)
    (plan,) = world.store.look(maintenance.every)
    assert [step.kind for step in plan.steps] == ["planned", "announced"]
    assert plan.last.agreed_by == "ada@acme.example (REQ-2026-0001)", "so a day's notice is enough"
    assert world.asked()[0].last.maintenance == plan.id
    kept = world.store.look(lambda db: letters.listed(db, list(Sent), 99))
    assert {(one.letter.key.kind, one.letter.key.event) for one in kept} >= {("announced", plan.id), ("request", "REQ-2026-0001")}
    again = deed(world, "decline", {"id": "REQ-2026-0001", "answer": "no"}, made.secret)
    assert [fault.code for fault in again.faults] == ["illegal-step"]


async def test_accepting_breaks_no_rule_and_tells_all_that_it_would(world: World) -> None:
    await world.send()
    times = {"from": instant_text(NOW - DAY), "to": instant_text(NOW + DAY)}
    wrong = deed(world, "accept", {"id": "REQ-2026-0001", "impacts": [{"component": "nowhere", "impact": "OUTAGE"}], **times})
    assert {fault.code for fault in wrong.faults} == {"scope", "unknown-component", "past"}
    half = deed(world, "accept", {"id": "REQ-2026-0001", "from": instant_text(NOW + DAY), "impact": "OUTAGE"})
    assert {fault.code for fault in half.faults} == {"scope", "missing"}
    strange = deed(world, "accept", {"id": "REQ-2026-0009"})
    assert [fault.code for fault in strange.faults] == ["unknown-request"]
    without = deed(world, "decline", {"id": "REQ-2026-0001", "answer": " "})
    assert [fault.code for fault in without.faults] == ["missing"]
    assert deed(world, "accept", {"id": "REQ-2026-0001", "answer": "Done already."}).faults == ()
    assert world.store.look(maintenance.every) == () and world.asked()[0].last.answer == "Done already."
