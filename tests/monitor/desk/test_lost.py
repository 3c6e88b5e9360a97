"""Letters that do not arrive: who is flagged, who is told instead, and what is passed over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from desk_world import NOW, Store
from test_maintenance import MAIL, SPAN, announced, ben, kept, take, there

from monitor.config.configuration import Contact
from monitor.desk import lost
from monitor.desk.deed import Installation, Reply
from monitor.desk.deeds import Request, act
from monitor.desk.postmark import Postmark
from monitor.store import bounces, letters
from monitor.store.letters import State
from sla.span import DAY, HOUR, MINUTE

__all__ = ["ben"]
OPS = "ops@p.example"
BOB = Contact("Bob", "bob@acme.example", language="de", kinds=("incident",))


def with_fallback(store: Store) -> Installation:
    """Ada's letters go to Bob where she is not reached; Bob is told of no maintenance otherwise."""
    known = there(store)
    (site,) = known.configuration.sites
    ada = replace(site.contacts[0], fallback=BOB.email)
    return replace(known, configuration=replace(known.configuration, sites=(replace(site, contacts=(ada, BOB)),)))


def back(store: Store, sender: str, trouble: str, number: int, now: int = NOW, status: str = "") -> Reply:
    body: dict[str, Any] = {
        "returned_to": ["postmaster@p.example", sender],
        "trouble": trouble,
        "status": status or ("5.1.1" if trouble == "hard" else "4.2.2"),
        "text": "550 no such user",
        "digest": f"report {number}",
    }
    return store.do(lambda db: act(db, Request("notice.bounce", body, "root"), now, with_fallback(store)))


def result(reply: Reply) -> str:
    assert reply.faults == () and reply.body is not None
    return str(reply.body["result"])


def test_a_lost_letter_flags_its_contact_and_goes_to_the_fallback_at_once(store: Store, ben: str) -> None:
    key = announced(store, ben)
    take(store, 1)
    first = kept(store)[0]
    assert result(back(store, first.letter.sender, "hard", 1)) == "hard"
    assert result(back(store, first.letter.sender, "hard", 1)) == "known", "the same report twice is one"
    told = {one.letter.key.contact: one for one in kept(store)}
    assert told["ada@acme.example"].state is State.BOUNCED and told["ada@acme.example"].reply == "5.1.1 550 no such user"
    same = told[BOB.email].letter
    assert (same.key.event, same.key.kind, same.key.sequence, same.expires_at) == (key, "announced", 0, SPAN[0])
    assert same.subject.startswith("[Wartung angekündigt] acme: "), "in the reader's own language"
    assert "ada@acme.example was not told" in told[OPS].letter.subject and b"bob@acme.example" in told[OPS].letter.body
    assert list(store.look(bounces.flagged)) == ["ada@acme.example"]


def test_both_go_on_being_told_until_somebody_vouches_for_the_contact(store: Store, ben: str) -> None:
    key = announced(store, ben)
    take(store, 1)
    back(store, kept(store)[0].letter.sender, "hard", 1)
    fresh = Request("maintenance.cancel", {"id": key}, "root", ben)
    store.do(lambda db: act(db, fresh, NOW + HOUR, with_fallback(store)))
    cancelled = [one.letter.key.contact for one in kept(store) if one.letter.key.kind == "cancelled"]
    assert cancelled == ["ada@acme.example"], "Bob has not been sent anything yet: his letter was withdrawn"
    again = announced(store, ben)
    reached = Request("notice.reached", {"contact": "ada@acme.example"}, "root")
    assert store.do(lambda db: act(db, reached, NOW, with_fallback(store))).faults == ()
    assert store.look(bounces.flagged) == {}
    refused = store.do(lambda db: act(db, reached, NOW, with_fallback(store)))
    assert [fault.code for fault in refused.faults] == ["unknown-contact"]
    assert again != key


def test_a_flagged_contacts_next_notice_goes_to_both(store: Store, ben: str) -> None:
    announced(store, ben)
    take(store, 1)
    back(store, kept(store)[0].letter.sender, "hard", 1)
    ground = with_fallback(store)
    plan = Request("maintenance.announce", {"id": announced_draft(store)}, "root", ben)
    reply = store.do(lambda db: act(db, plan, NOW, ground))
    assert reply.body is not None
    assert [letter["to"] for letter in reply.body["letters"]] == ["ada@acme.example", BOB.email]


def announced_draft(store: Store) -> str:
    from test_maintenance import planned

    return planned(store)


def test_three_late_ones_in_three_days_are_a_lost_one(store: Store, ben: str) -> None:
    announced(store, ben)
    take(store, 1)
    sender = kept(store)[0].letter.sender
    said = [result(back(store, sender, "soft", n, NOW + at)) for n, at in enumerate((0, 73 * HOUR, 74 * HOUR, 75 * HOUR))]
    assert said == ["soft", "soft", "soft", "hard"], "the first was longer ago than 72 h"
    assert kept(store)[0].state is State.BOUNCED and "3 reports" in kept(store)[0].reply
    assert result(back(store, sender, "soft", 9, NOW + 76 * HOUR)) == "soft", "and counting begins anew"


def test_what_is_none_of_ours_is_passed_over(store: Store, ben: str) -> None:
    announced(store, ben)
    take(store, 1)
    sender = kept(store)[0].letter.sender
    name, _, tag = sender.partition("@")[0].rpartition(".")
    for forged in (f"{name}.{'0' * len(tag)}@p.example", sender.replace("p.example", "q.example"), "ops@p.example"):
        assert result(back(store, forged, "hard", 1)) == "ignored"
    assert kept(store)[0].state is State.SENT and store.look(bounces.flagged) == {}


def test_a_letter_that_the_next_hop_refuses_goes_to_the_fallback_too_and_flags_nobody(store: Store, ben: str) -> None:
    announced(store, ben)

    def work(db: Any) -> None:
        one = letters.begun(db, 1)
        assert one is not None
        letters.dead(db, 1, "550 5.1.1 no such user", NOW)
        lost.refused(db, with_fallback(store), one, NOW + MINUTE)

    store.do(work)
    told = {one.letter.key.contact: one for one in kept(store)}
    assert told[BOB.email].state is State.NEW and b"550 5.1.1 no such user" in told[OPS].letter.body
    assert store.look(bounces.flagged) == {}
    store.do(lambda db: lost.refused(db, with_fallback(store), told[OPS], NOW + DAY))
    assert len(kept(store)) == 3, "a letter to operators that is lost makes no other"


def test_who_signed_up_by_themselves_flags_nobody_and_wakes_nobody(store: Store) -> None:
    key = letters.Key("I-7", "typo@nowhere.example", "incident", 0)
    sender = Postmark(there(store).secret, MAIL.domain).bounce_address(key)
    store.do(lambda db: letters.put(db, letters.Letter(key, sender, "s", b""), NOW))
    take(store, 1)
    assert result(back(store, sender, "soft", 1)) == "noted" and kept(store)[0].state is State.SENT
    assert result(back(store, sender, "hard", 2)) == "noted" and kept(store)[0].state is State.BOUNCED
    store.do(lambda db: lost.refused(db, with_fallback(store), kept(store)[0], NOW))
    assert len(kept(store)) == 1 and store.look(bounces.flagged) == {}


def test_without_a_mail_server_nothing_is_ours(store: Store) -> None:
    known = there(store)
    without = replace(known, configuration=replace(known.configuration, mailing=None))
    assert lost.named(without, "bounce+x.y@p.example") is None and MAIL.ours == OPS


@pytest.mark.parametrize("scopes", [["read"]])
def test_only_who_may_operate_tells_of_bounces(store: Store, scopes: list[str]) -> None:
    from monitor.desk.people import Made, host, new_token

    made = store.do(lambda db: new_token(db, host("root"), "Eve", scopes, NOW))
    assert isinstance(made, Made)
    body = {"returned_to": [], "trouble": "hard", "status": "", "text": "", "digest": "x"}
    reply = store.do(lambda db: act(db, Request("notice.bounce", body, "root", made.secret), NOW, there(store)))
    assert [fault.code for fault in reply.faults] == ["scope"]
