"""Releases in waves, from the first draft to the last soak: order, two persons, the gate, holding, postponing, the train."""

from __future__ import annotations

from collections.abc import Iterator
from email import message_from_bytes
from email.policy import SMTP

import pytest
from rollout_world import FIRST, NOW, World, configured, world

from monitor.config.configuration import Configuration
from monitor.desk.deed import Reply
from monitor.store import rollouts
from monitor.store.letters import State
from monitor.store.rollouts import Kind
from sla.maintenance import Status
from sla.span import DAY, HOUR, MINUTE
from sla.state import State as Seen
from sla.texts import instant_text


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    return configured(tmp_path_factory.mktemp("provider"))


@pytest.fixture
def there(configuration: Configuration) -> Iterator[World]:
    with world(configuration) as made:
        yield made


def codes(reply: Reply) -> list[str]:
    return sorted(fault.code for fault in reply.faults)


def spans(there: World, key: str) -> list[tuple[int, int]]:
    return [(span.start, span.end) for span in (there.window(key, site).last.span for site in ("own", "acme", "globex"))]


def test_a_draft_lays_all_sites_out_by_ring_each_wave_after_the_soak_of_the_one_before(there: World) -> None:
    key = there.drafted()
    assert key == "RO-2026-0001" and there.state(key) == "draft" and there.letters() == []
    internal, early, general = spans(there, key)
    assert internal == (FIRST, FIRST + 2 * HOUR)
    # 22:00 of the provider's clock, the first evening that is 72 h (then 48 h) after the window before
    assert early == (FIRST + 3 * DAY + 2 * HOUR, FIRST + 3 * DAY + 4 * HOUR)
    assert general == (early[0] + 3 * DAY, early[1] + 3 * DAY)
    assert [there.window(key, site).last.title for site in ("own", "globex")] == [
        "Rolling update 10.18.3 (wave 1)",
        "Rolling update 10.18.3 (wave 3)",
    ]


def test_every_mistake_of_a_draft_is_told_at_once_and_nothing_is_kept(there: World) -> None:
    def wave(ring: str, day: int, *sites: str) -> dict[str, object]:
        start = FIRST + day * DAY
        return {"ring": ring, "from": instant_text(start), "to": instant_text(start + HOUR), "sites": list(sites)}

    wrong = [wave("early", 0, "acme"), wave("internal", 1, "globex"), wave("general", 2, "acme", "nobody")]
    reply = there.do("release.draft", waves=wrong)
    found = ["internal-first", "ring", "ring-order", "site-twice", "unknown-site", "wave-overlap", "wave-overlap"]
    assert codes(reply) == found
    assert codes(there.do("release.draft")) == ["missing"]
    assert codes(there.do("release.draft", **{"from": instant_text(NOW - HOUR)})) == ["past"]
    assert rollouts.every(there.db) == ()


def test_a_wave_is_announced_whole_by_another_person_who_sees_every_letter_before(there: World) -> None:
    key = there.drafted(version=None)
    assert codes(there.do("release.announce", "ben", id=key, wave=2)) == ["missing"]
    there.good("release.change", id=key, version="10.18.3")
    assert codes(there.do("release.announce", "anna", id=key, wave=2)) == ["four-eyes"]
    assert codes(there.do("release.announce", "root", id=key, wave=9)) == ["scope", "unknown-wave"]
    shown = there.show("release.announce", "ben", id=key, wave=2).body
    assert shown is not None
    assert [(one["to"], one["subject"][:33]) for one in shown["letters"]] == [
        ("ada@acme.example", "[Maintenance announced] acme: Thu")
    ]
    assert there.letters() == []
    told = there.good("release.announce", "ben", id=key, wave=2)
    assert told["letters"] == [{"to": "ada@acme.example", "kind": "announced"}] and told["rollout"]["state"] == "announced"
    assert codes(there.do("release.announce", "ben", id=key, wave=2)) == ["illegal-step"]
    assert codes(there.do("release.change", id=key, version="10.18.4")) == ["illegal-step"]
    own = there.good("release.announce", "ben", id=key, wave=1)
    assert own["letters"] == [], "of our own sites nobody is told, and no lead time is asked"


def test_waves_follow_one_another_and_no_customer_is_before_our_own_have_soaked(there: World) -> None:
    key = there.announced()
    acme, own = there.window(key, "acme"), there.window(key, "own")
    there.now = own.last.span.start
    there.good("maintenance.start", id=own.id)
    there.now = acme.last.span.start
    refused = there.do("maintenance.start", id=acme.id)
    assert codes(refused) == ["gate", "wave-order"] and "wave 1 (internal) is not completed" in refused.faults[0].message
    # completed so late that the soak is not over when the next should begin
    there.now = acme.last.span.start - 60 * HOUR
    there.good("maintenance.complete", id=own.id)
    there.now = acme.last.span.start
    assert codes(there.do("maintenance.start", id=acme.id)) == ["gate", "soaking"]
    assert [(move.kind, move.note) for move in there.tend()] == [
        (Kind.HELD, f"wave 2 can't begin at {instant_text(acme.last.span.start)}: the one before is not soaked by then")
    ]


def test_a_rollout_that_goes_well_ends_by_itself(there: World) -> None:
    key = there.announced()
    for site in ("own", "acme", "globex"):
        there.carried(key, site)
        assert there.tend() == ()
    there.now += 48 * HOUR
    there.tend()
    assert there.state(key) == "completed"
    ops = [one for one in there.letters() if one.letter.key.kind == "ops-completed"]
    assert [one.letter.key.contact for one in ops] == ["ops@p.example"]


def ready(there: World) -> str:
    """All announced and sent, our own site done; the early wave is next, in 4 days."""
    key = there.announced()
    there.sent()
    there.carried(key, "own")
    return key


def test_downtime_in_the_soak_holds_the_next_wave_at_once_and_tells_operators(there: World) -> None:
    key = ready(there)
    there.down("own", there.now + HOUR, there.now + HOUR + 90_000)
    there.now += 2 * HOUR
    (move,) = there.tend()
    assert move.note.startswith("the gate before wave 2 says hold: completed") is False
    assert "own: downtime: 90 s, wanted 0 s counted outside its window" in move.note
    assert there.state(key) == "held" and there.tend() == ()
    last = next(one.letter for one in there.letters() if one.letter.key.kind == "ops-held")
    assert last.key.contact == "ops@p.example" and b"downtime: 90 s" in last.body
    acme = there.window(key, "acme")
    there.now = acme.last.span.start
    assert codes(there.do("maintenance.start", id=acme.id)) == ["gate", "held"]


def test_what_is_held_and_has_no_new_date_is_postponed_to_those_who_were_promised_it(there: World) -> None:
    key = ready(there)
    there.good("release.hold", id=key, reason="A customer reports lost mails.")
    first = there.window(key, "acme")
    there.now = first.last.span.start - 4 * HOUR - MINUTE
    there.tend()
    assert there.window(key, "acme").last.status is Status.CONFIRMED
    there.now += 2 * MINUTE
    there.tend()
    assert there.window(key, "acme").last.status is Status.CANCELLED
    (told,) = [one for one in there.letters() if one.state is State.NEW and not one.letter.key.kind.startswith("ops")]
    assert told.letter.key.contact == "ada@acme.example"
    assert b"postponed; a new notice will follow" in told.letter.body
    there.sent()
    span = {"from": instant_text(there.now + 5 * DAY), "to": instant_text(there.now + 5 * DAY + HOUR)}
    assert codes(there.do("release.move", "ben", id=key, wave=2, **span)) == ["wave-overlap"], "wave 3 would not be soaked for"
    late = {"from": instant_text(there.now + 20 * DAY), "to": instant_text(there.now + 20 * DAY + HOUR)}
    there.good("release.move", "ben", id=key, wave=3, **late)
    there.good("release.move", "ben", id=key, wave=2, **span)
    second = there.window(key, "acme")
    assert (second.id != first.id, second.last.status, second.last.follows) == (True, None, first.id)
    there.good("release.announce", "cleo", id=key, wave=2)
    (fresh,) = [one for one in there.letters() if one.letter.key.event == second.id]
    calendar = next(part for part in message_from_bytes(fresh.letter.body, policy=SMTP).walk() if part.get_filename())
    assert f"RELATED-TO:{first.id.lower()}.acme@p.example" in calendar.get_content()
    moved = [one for one in there.letters() if one.letter.key.kind == "changed"]
    assert [one.letter.key.contact for one in moved] == ["ada@globex.example"], "the third wave keeps its entry and moves"


def test_going_on_needs_a_second_person_and_a_reason_or_a_gate_without_objection(there: World) -> None:
    key = ready(there)
    there.down("own", there.now + HOUR, there.now + HOUR + 90_000)
    there.now += 60 * HOUR
    there.tend()
    assert codes(there.do("release.resume", "cleo", id=key)) == ["gate"]
    assert codes(there.do("release.resume", "anna", id=key, override="It was the switch.")) == ["four-eyes"]
    there.good("release.resume", "cleo", id=key, override="It was the switch, which is replaced.")
    assert there.tend() == () and there.state(key) == "announced"
    there.carried(key, "acme")
    assert there.do("release.hold", "ben", id=key, reason="Wait.").faults == ()
    assert codes(there.do("release.resume", "ben", id=key)) == ["four-eyes"]
    assert there.do("release.resume", "cleo", id=key).faults == ()
    assert codes(there.do("release.resume", "cleo", id=key)) == ["illegal-step"]


def test_worse_than_announced_an_incident_and_an_outcome_are_against_it_and_silence_cannot_tell(there: World) -> None:
    key = ready(there)
    window = there.window(key, "own").last.span
    there.down("own", window.start + 10 * MINUTE, window.start + 12 * MINUTE)  # announced: degraded
    said = {"title": "Mails are lost", "components": ["acme/node"], "body": "Since 10.18.3 on our own site. 10.18.30 is fine."}
    there.good("incident.open", **said)
    there.now += 73 * HOUR
    (move,) = there.tend()
    assert "own: worse: 120 s, wanted 0 s worse than announced" in move.note and "incident: I-1" in move.note


def test_what_nobody_measured_cannot_be_told(there: World) -> None:
    key = ready(there)
    there.down("own", there.now + HOUR, there.now + 3 * HOUR, Seen.UNKNOWN)
    there.now += 2 * HOUR
    assert there.tend() == (), "there is time left to be measured in"
    there.now += 71 * HOUR
    (move,) = there.tend()
    assert move.note.startswith("the gate before wave 2 says cannot tell: own: coverage: 97.2")
    assert there.state(key) == "held"


def test_a_site_short_of_budget_is_not_touched(there: World) -> None:
    key = ready(there)
    there.down("acme", NOW - DAY, NOW - DAY + 35 * MINUTE)
    there.now += 73 * HOUR
    (move,) = there.tend()
    assert "acme: budget: 492 s, wanted 648 s or more (a quarter of 2592 s)" in move.note and there.state(key) == "held"


def test_a_window_that_was_rolled_back_holds_the_rest(there: World) -> None:
    key = there.announced()
    there.carried(key, "own", "rolled-back")
    (move,) = there.tend()
    assert "own: outcome: rolled-back, wanted done" in move.note
    there.good("release.cancel", "ben", id=key, reason="10.18.4 follows.")
    assert there.state(key) == "cancelled" and there.window(key, "globex").last.status is Status.CANCELLED
    assert codes(there.do("release.announce", "ben", id=key, wave=2)) == ["illegal-step"]
    assert codes(there.do("release.draft", "root", **{"from": instant_text(there.now + 30 * DAY)})) == [], "the next may come"


def test_a_single_window_can_not_be_moved_out_of_the_order(there: World) -> None:
    key = there.announced()
    globex, acme = there.window(key, "globex"), there.window(key, "acme")
    span = {"from": instant_text(acme.last.span.end + HOUR), "to": instant_text(acme.last.span.end + 2 * HOUR)}
    assert codes(there.do("maintenance.change", "ben", id=globex.id, **span)) == ["wave-overlap"]


def test_the_train_drafts_itself_once_and_is_announced_by_nobody(there: World) -> None:
    there.now = NOW - 20 * DAY
    there.tend()
    assert rollouts.every(there.db) == ()
    there.now = NOW
    there.tend()
    there.tend()
    (one,) = rollouts.every(there.db)
    assert (one.state, one.plan.release, one.plan.title) == ("draft", None, "Rolling update of 2026-07-07")
    assert one.steps[0].person == "service" and there.window(one.id, "own").last.span.start == FIRST + DAY + 2 * HOUR
    assert [entry.letter.key.kind for entry in there.letters()] == ["ops-drafted"]
    there.now += 14 * DAY
    there.tend()
    assert [entry.plan.title for entry in rollouts.every(there.db)][1:] == ["Rolling update of 2026-07-28"]
