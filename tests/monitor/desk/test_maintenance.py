"""Maintenance from its first draft to its last word: every rule at once, two persons, letters, and what it counts for."""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes
from email.policy import SMTP
from typing import Any, cast

import pytest
from desk_world import NOW, Store, ground

from monitor.addresses import address_of, customer_path
from monitor.config.configuration import Mailing
from monitor.desk.deed import Installation, Reply
from monitor.desk.deeds import Request, act, preview
from monitor.desk.maintenance_keeping import OVERRUN_MS, tend
from monitor.desk.maintenance_letters import accepted
from monitor.desk.people import Made, host, new_token
from monitor.store import announcements, audit, letters, maintenance
from monitor.store.letters import Kept, State
from monitor.store.told import told
from reports.maintenance_calendar import uid
from sla.maintenance import Impact, Status
from sla.span import DAY, HOUR, MINUTE
from sla.texts import instant_text

MAIL = Mailing("mail.p.example", 587, "start_tls", "notices@p.example", "P", "p.example", "ops@p.example")
SPAN = (NOW + 7 * DAY, NOW + 7 * DAY + 2 * HOUR)
WANTED = {
    "site": "acme",
    "from": instant_text(SPAN[0]),
    "to": instant_text(SPAN[1]),
    "title": "Rolling update",
    "impacts": [{"component": "directory", "impact": "DEGRADED"}, {"component": "node-1", "impact": "NO-IMPACT"}],
}


def there(store: Store) -> Installation:
    known = ground(store)
    return replace(known, configuration=replace(known.configuration, mailing=MAIL))


@pytest.fixture
def ben(store: Store) -> str:
    made = store.do(lambda db: new_token(db, host("root"), "Ben", ["operate", "approve"], NOW))
    assert isinstance(made, Made)
    return made.secret


def do(store: Store, deed: str, body: dict[str, Any], now: int = NOW, secret: str | None = None) -> Reply:
    return store.do(lambda db: act(db, Request(f"maintenance.{deed}", body, "root", secret), now, there(store)))


def codes(reply: Reply) -> list[str]:
    return sorted(fault.code for fault in reply.faults)


def planned(store: Store, **more: object) -> str:
    reply = do(store, "plan", {**WANTED, **more})
    assert reply.faults == () and reply.body is not None, reply.faults
    return str(reply.body["maintenance"]["id"])


def announced(store: Store, ben: str, **more: object) -> str:
    key = planned(store, **more)
    reply = do(store, "announce", {"id": key}, secret=ben)
    assert reply.faults == (), reply.faults
    return key


def kept(store: Store) -> tuple[Kept, ...]:
    return store.look(lambda db: letters.listed(db, list(State), 99))


def take(store: Store, no: int, now: int = NOW) -> None:
    """The next hop takes a letter."""

    def work(db: Any) -> None:
        one = letters.begun(db, no)
        assert one is not None
        letters.sent(db, no, "250 ok", now)
        accepted(db, one, now)

    store.do(work)


def test_a_draft_is_told_to_nobody_and_the_worst_component_is_the_impact(store: Store) -> None:
    key = planned(store)
    assert key == "MNT-2026-0001" and planned(store) == "MNT-2026-0002"
    plan = store.look(lambda db: maintenance.find(db, key))
    assert plan is not None and plan.last.status is None and plan.last.impact is Impact.DEGRADED and plan.told == ()
    assert kept(store) == ()


def test_every_rule_of_a_plan_is_told_at_once(store: Store) -> None:
    wrong = {
        **WANTED,
        "from": instant_text(NOW - HOUR),
        "title": "x" * 101,
        "impacts": [{"component": "nod-1", "impact": "OUTAGE"}],
    }
    assert codes(do(store, "plan", wrong)) == ["past", "unknown-component", "value"]
    assert codes(do(store, "plan", {**WANTED, "to": WANTED["from"]})) == ["empty-span"]
    assert codes(do(store, "plan", {**WANTED, "impacts": []})) == ["missing"]
    assert codes(do(store, "plan", {**WANTED, "impact": "SOME"})) == ["value"]
    assert codes(do(store, "plan", {**WANTED, "site": "acm"})) == ["unknown-site"]
    assert store.look(maintenance.every) == ()


def test_another_person_with_the_scope_announces(store: Store, ben: str) -> None:
    key = planned(store)
    assert codes(do(store, "announce", {"id": key})) == ["four-eyes", "scope"]
    own = do(store, "plan", WANTED, secret=ben).body
    assert own is not None and codes(do(store, "announce", {"id": own["maintenance"]["id"]}, secret=ben)) == ["four-eyes"]
    done = do(store, "announce", {"id": key}, secret=ben)
    assert done.body is not None and done.body["letters"] == [{"to": "ada@acme.example", "kind": "announced"}]
    assert done.sites == ("acme",)
    (one,) = kept(store)
    assert one.letter.subject.startswith("[Maintenance announced] acme: ") and one.letter.expires_at == SPAN[0]
    said = [entry.action for entry in store.look(lambda db: db.execute(audit.tables.audit.select()).all())]
    assert said[-4:] == [
        "maintenance.announced.refused",
        "maintenance.planned",
        "maintenance.announced.refused",
        "maintenance.announced",
    ]


def test_the_preview_shows_who_is_told_what_and_writes_nothing(store: Store, ben: str) -> None:
    key = planned(store)
    request = Request("maintenance.announce", {"id": key}, "root", ben)
    shown = store.look(lambda db: preview(db, request, NOW, there(store))).body
    assert shown is not None
    (letter,) = shown["letters"]
    assert letter["to"] == "ada@acme.example" and "directory: slow or partly unavailable (DEGRADED)" in letter["text"]
    assert "You are a designated contact of Acme GmbH" in " ".join(letter["text"].split())
    assert kept(store) == () and store.look(lambda db: maintenance.find(db, key)).last.status is None  # type: ignore[union-attr]


def test_short_notice_needs_an_emergency_or_the_customers_consent(store: Store, ben: str) -> None:
    soon = {"from": instant_text(NOW + 20 * HOUR), "to": instant_text(NOW + 22 * HOUR)}
    key = planned(store, **soon)
    refused = do(store, "announce", {"id": key}, secret=ben)
    assert codes(refused) == ["lead-time"]
    assert refused.faults[0].message == "lead time 72h, got 20h; use --emergency with a reason, or --agreed-by"
    assert do(store, "announce", {"id": planned(store, **soon, emergency="A hole.")}, secret=ben).faults == ()
    moved = announced(store, ben)
    assert codes(do(store, "change", {"id": moved, **soon}, secret=ben)) == ["lead-time"]
    assert do(store, "change", {"id": moved, **soon, "agreed_by": "Ada"}, secret=ben).faults == ()


@pytest.mark.parametrize("deed", ["announce", "change", "start", "extend", "complete", "cancel"])
def test_nothing_follows_on_the_end(store: Store, ben: str, deed: str) -> None:
    key = announced(store, ben)
    assert do(store, "cancel", {"id": key}, secret=ben).faults == ()
    body = {"id": key, **({"to": WANTED["to"]} if deed == "extend" else {})}
    assert codes(do(store, deed, body, secret=ben)) == ["illegal-step"]


def test_steps_have_their_order_and_their_time(store: Store, ben: str) -> None:
    key = announced(store, ben)
    assert codes(do(store, "complete", {"id": key})) == ["illegal-step"]
    assert codes(do(store, "extend", {"id": key, "to": instant_text(SPAN[1] + HOUR)})) == ["illegal-step"]
    assert codes(do(store, "start", {"id": key})) == ["too-early"]
    assert do(store, "start", {"id": key}, SPAN[0]).faults == ()
    assert codes(do(store, "start", {"id": key}, SPAN[0] + 1)) == ["illegal-step"], "it begins once"
    assert codes(do(store, "extend", {"id": key, "to": instant_text(SPAN[1])}, SPAN[0])) == ["value"]
    assert do(store, "extend", {"id": key, "to": instant_text(SPAN[1] + HOUR)}, SPAN[0]).faults == ()
    assert do(store, "complete", {"id": key, "outcome": "rolled-back"}, SPAN[0] + HOUR).faults == ()
    plan = store.look(lambda db: maintenance.find(db, key))
    assert plan is not None and [step.status for step in plan.told] == [
        Status.CONFIRMED,
        Status.IN_PROCESS,
        Status.IN_PROCESS,
        Status.COMPLETED,
    ]
    assert codes(do(store, "start", {"id": "MNT-2026-9999"})) == ["unknown-maintenance"]


def test_it_counts_as_announced_when_the_first_contact_was_reached_and_once(store: Store, ben: str) -> None:
    announced(store, ben)
    site_no = store.numbers.sites["acme"]
    assert store.look(lambda db: announcements.of_site(db, site_no)) == ()
    take(store, 1, NOW + MINUTE)
    (one,) = store.look(lambda db: announcements.of_site(db, site_no))
    (said,) = one.announcements
    assert (said.at, said.status, said.impact, one.components) == (
        NOW + MINUTE,
        Status.CONFIRMED,
        Impact.DEGRADED,
        ("directory",),
    )
    assert (said.span.start, said.span.end) == SPAN


def test_a_page_tells_of_it_from_its_announcement_whether_or_not_a_mail_server_took_the_notice(store: Store, ben: str) -> None:
    planned(store, title="A draft")
    key = announced(store, ben)
    known = store.look(lambda db: told(db, ["acme"]))
    (one,) = known.maintenance["acme"]
    assert (one.id, one.announcements[0].at, one.components, known.titles) == (key, NOW, ("directory",), {key: "Rolling update"})
    assert store.look(lambda db: announcements.of_site(db, store.numbers.sites["acme"])) == (), "it does not count yet"
    take(store, 1, NOW + MINUTE)
    assert store.look(lambda db: told(db, ["acme"])).maintenance["acme"] == (one,), "and is told once"


def test_mails_lead_to_the_readers_own_page_and_name_the_event_as_it_does(store: Store, ben: str) -> None:
    known = there(store)
    public = replace(known, configuration=replace(known.configuration, public_url="https://status.p.example"))
    key = planned(store)
    store.do(lambda db: act(db, Request("maintenance.announce", {"id": key}, "root", ben), NOW, public))
    message = message_from_bytes(kept(store)[-1].letter.body, policy=cast(Any, SMTP))
    text = message.get_body(("plain",)).get_content()
    page = address_of("https://status.p.example", known.secret, customer_path(known.secret, "acme", 0))
    assert f"{page.url}/maintenance/{page.id('maintenance', key)}.html" in text and f"{page.url}/maintenance.ics" in text
    (part,) = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert f"UID:{uid(key, 'acme', 'p.example')}\r\n".encode() in part.get_payload(decode=True)


def test_who_was_not_told_yet_hears_the_newest_only(store: Store, ben: str) -> None:
    key = announced(store, ben)
    later = {"from": instant_text(SPAN[0] + DAY), "to": instant_text(SPAN[1] + DAY)}
    do(store, "change", {"id": key, **later}, secret=ben)
    first, second = kept(store)
    assert (first.state, second.state) == (State.SUPERSEDED, State.NEW)
    assert second.letter.subject.startswith("[Maintenance announced]") and second.letter.key.sequence == 1
    do(store, "cancel", {"id": key}, secret=ben)
    assert [one.state for one in kept(store)] == [State.SUPERSEDED, State.SUPERSEDED], "nobody knew of it, so nobody hears"


def test_who_was_told_reads_what_it_was_and_what_it_is(store: Store, ben: str) -> None:
    key = announced(store, ben)
    take(store, 1)
    later = {"from": instant_text(SPAN[0] + DAY), "to": instant_text(SPAN[1] + DAY)}
    do(store, "change", {"id": key, **later}, secret=ben)
    changed = kept(store)[-1]
    assert changed.letter.subject.startswith("[Maintenance changed]") and b"\r\nIn-Reply-To: <" in changed.letter.body
    take(store, changed.no, NOW + HOUR)
    do(store, "cancel", {"id": key}, secret=ben)
    assert kept(store)[-1].letter.subject.startswith("[Maintenance cancelled]")


def test_reminders_go_out_once_each_and_only_while_it_is_firm(store: Store, ben: str) -> None:
    announced(store, ben)
    take(store, 1)
    kinds = []
    for now in (SPAN[0] - 25 * HOUR, SPAN[0] - 24 * HOUR, SPAN[0] - 23 * HOUR, SPAN[0] - HOUR, SPAN[0] - MINUTE):
        store.do(lambda db, now=now: tend(db, there(store), now))
        kinds.append([one.letter.key.kind for one in kept(store)][1:])
    day, hour = "reminder-86400s", "reminder-3600s"
    assert kinds == [[], [day], [day], [day, hour], [day, hour]]
    assert all(one.letter.expires_at == SPAN[0] for one in kept(store))


def test_a_reminder_right_after_the_news_is_left_out(store: Store, ben: str) -> None:
    announced(store, ben, **{"from": instant_text(NOW + 73 * HOUR), "to": instant_text(NOW + 74 * HOUR)})
    soon = {"from": instant_text(NOW + 24 * HOUR + 20 * MINUTE), "to": instant_text(NOW + 26 * HOUR)}
    do(store, "change", {"id": "MNT-2026-0001", **soon, "agreed_by": "Ada"}, secret=ben)
    store.do(lambda db: tend(db, there(store), NOW + 21 * MINUTE))
    assert not [one for one in kept(store) if one.letter.key.kind.startswith("reminder")]


def test_time_itself_cancels_what_never_began_and_prolongs_what_is_not_over(store: Store, ben: str) -> None:
    never, long = announced(store, ben), announced(store, ben)
    do(store, "start", {"id": long}, SPAN[0])
    assert store.do(lambda db: tend(db, there(store), SPAN[1])) == ("acme",)
    plans = {plan.id: plan for plan in store.look(maintenance.every)}
    assert (plans[never].last.status, plans[never].last.note) == (Status.CANCELLED, "not carried out")
    assert plans[long].last.span.end == SPAN[1] + OVERRUN_MS and plans[long].last.person == audit.SERVICE.name
    assert store.do(lambda db: tend(db, there(store), SPAN[1] + MINUTE)) == ()


def test_the_completion_tells_what_was_measured(store: Store, ben: str) -> None:
    key = announced(store, ben)
    take(store, 1)
    do(store, "start", {"id": key}, SPAN[0])
    do(store, "complete", {"id": key}, SPAN[0] + HOUR)
    text = kept(store)[-1].letter.body.decode()
    assert "not measured" in text.replace("=\r\n", "") and kept(store)[-1].letter.subject.startswith("[Maintenance completed]")


def test_without_a_contact_nothing_is_announced(store: Store, ben: str) -> None:
    key = planned(store)
    known = there(store)
    (site,) = known.configuration.sites
    alone = replace(known, configuration=replace(known.configuration, sites=(replace(site, contacts=()),)))
    reply = store.do(lambda db: act(db, Request("maintenance.announce", {"id": key}, "root", ben), NOW, alone))
    assert codes(reply) == ["no-contact"]
