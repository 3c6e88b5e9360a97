"""News of incidents from what is measured to the letters in the outbox: gathered, paced, never of what is not confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from incident_world import SECRET, World, plain, site, world

from monitor.config.configuration import PublicEntry
from monitor.desk.incidents import Words, judge_update, keep
from monitor.desk.people import host
from monitor.post.crier import Crier
from monitor.store import catalogue, exclusions, incidents, subscribers
from monitor.store.subscribers import Wish
from sla.exclusion import Decision, Exclusion, Step
from sla.incident import Incident, Status
from sla.span import MINUTE, Span
from sla.state import State

ADA, BO, KIM = "ada@acme.example", "bo@globex.example", "kim@reader.example"
KEYS = ("a", "b")


@pytest.fixture
def made(tmp_path: Path) -> Iterator[World]:
    """Two customers whose directories stand on one thing, and a page for everybody."""
    sites = [site("a", "acme", ADA, shared="dir"), site("b", "globex", BO, shared="dir", language="de")]
    found = world(tmp_path, sites, [PublicEntry("Sign-in", ("a/ldap",)), PublicEntry("Portal", ("a/web",))])
    yield found
    found.desk.database.close()


def told(made: World) -> list[tuple[str, str]]:
    return [(kept.letter.key.contact, kept.letter.subject) for kept in made.letters()]


def word(made: World, key: str, status: Status, body: str, **more: object) -> None:
    def work(db: object) -> None:
        person = host("root")
        words = Words(status, body, **more)  # type: ignore[arg-type]
        kept = keep(db, person, judge_update(db, person, key, words, made.now), "incident.updated", key, made.now)  # type: ignore[arg-type]
        assert isinstance(kept, Incident)

    made.desk.database.writer.submit(work).result(10)


def reader(made: World, kinds: tuple[str, ...] = ("incident",), entries: tuple[str, ...] = ()) -> None:
    wish = Wish("/", "mail", KIM, "en", kinds, entries)
    made.desk.database.writer.submit(lambda db: subscribers.add(db, wish, made.now)).result(10)


async def test_one_cause_is_told_once_to_each_in_their_language(made: World) -> None:
    made.say(State.DOWN, "ldap", "a")
    await made.drive(20, KEYS)
    made.say(State.DOWN, "ldap", "b")
    await made.drive(35, KEYS)
    assert told(made) == []  # gathering
    await made.drive(5, KEYS)
    assert told(made) == [(ADA, "[Investigating] Interruption: ldap"), (BO, "[Wird untersucht] Unterbrechung: ldap")]
    ours, theirs = made.mails()
    said = plain(ours)
    assert "It began Mon 24 Nov 2025, 17:00 CET (UTC+01:00) = 16:00 UTC." in said
    assert "Does not work ldap Works web, spare Next word as soon as there is news" in said
    assert "Funktioniert nicht ldap Funktioniert web, spare" in plain(theirs)
    assert "/p/" in said and "Globex" not in ours.as_string() and "Acme" not in theirs.as_string()
    assert not [name for name in ours if name.lower().startswith("list-")]
    assert ours["In-Reply-To"] is None


async def test_news_comes_at_most_every_five_minutes_and_in_one_thread(made: World) -> None:
    made.say(State.DOWN, "ldap", "a")
    await made.drive(60, KEYS)
    word(made, "I-1", Status.IDENTIFIED, "It was a **switch**.", next_at=made.now + 30 * MINUTE)
    await made.drive(60, KEYS)
    word(made, "I-1", Status.IDENTIFIED, "It is being replaced.")
    await made.drive(235, KEYS)
    assert len(made.letters()) == 1
    await made.drive(5, KEYS)
    first, second = made.mails()
    assert second["In-Reply-To"] == second["References"] == first["Message-ID"]
    assert plain(second).index("It is being replaced.") < plain(second).index("It was a **switch**.")
    html = second.get_body(("html",))
    assert html is not None and "<strong>switch</strong>" in html.get_content()


async def test_two_incidents_at_once_are_one_mail(made: World, tmp_path: Path) -> None:
    sites = [site("x", "acme", ADA), site("y", "acme", ADA)]
    one = world(tmp_path / "other", sites)
    one.say(State.DOWN, "web", "x", "y")
    await one.drive(60, "xy")
    (digest,) = one.mails()
    assert digest["Subject"] == "[2 incidents] Interruption: Site x: web, Interruption: Site y: web"
    assert digest["X-Threenines-Notice"] == "incidents; count=2" and digest["References"] is None
    word(one, "I-1", Status.IDENTIFIED, "A switch.")
    await one.drive(300, "xy", step=60)
    assert one.mails()[1]["Subject"] == "[Identified] Interruption: Site x: web"
    one.desk.database.close()


async def test_what_is_over_says_how_long_and_why(made: World) -> None:
    made.say(State.DOWN, "ldap", "a")
    began = made.now
    await made.drive(60, KEYS)
    await made.drive(540, KEYS, step=60)
    made.say(State.UP, "ldap", "a")

    def decided(db: object) -> None:
        number = catalogue.read(db).sites["a"]  # type: ignore[arg-type]
        said = Exclusion("", Span(began, made.now), "customer_network_hardware", reason="their switch")  # type: ignore[arg-type]
        key = exclusions.file(db, number, said, Decision(made.now, Step.PROPOSED, "Ada"), made.now)  # type: ignore[arg-type]
        exclusions.step(db, key, Decision(made.now, Step.APPROVED, "Ben"), made.now)  # type: ignore[arg-type]

    made.desk.database.writer.submit(decided).result(10)
    await made.drive(900, KEYS, step=60)
    last = made.mails()[-1]
    assert last["Subject"] == "[Resolved] Interruption: ldap"
    lasted = "Lasted Mon 24 Nov 2025, 17:00 – 17:11 CET (UTC+01:00) = 24 Nov 16:00 – 16:11 UTC, 11 min"
    assert lasted in plain(last).replace("\xa0", " ")
    assert "customer installed and controlled networking equipment" in plain(last)
    assert "Next word" not in plain(last) and "Works web, ldap, spare" in plain(last)


async def test_nobody_is_told_of_what_is_unknown_or_of_our_own_blindness(made: World) -> None:
    for check in ("web", "ldap", "spare"):
        made.say(State.UNKNOWN, check, *KEYS)
    await made.drive(600, KEYS, step=30)
    assert told(made) == []


async def test_nothing_is_told_twice_by_another_start(made: World) -> None:
    made.say(State.DOWN, "ldap", "a")
    await made.drive(60, KEYS)
    made.crier = Crier(made.desk.database, lambda: made.now, SECRET, lambda: None)
    made.crier.watch(made.made)
    await made.drive(600, KEYS, step=60)
    assert len(made.letters()) == 1
    made.desk.now += 7 * 3_600_000  # much later nobody is told what was said then
    made.desk.database.writer.submit(lambda db: db.exec_driver_sql("DELETE FROM bulletin")).result(10)
    assert await made.crier.tell() == 0


async def test_everybody_hears_public_facts_only_and_can_end_it(made: World) -> None:
    reader(made)
    made.say(State.DOWN, "ldap", *KEYS)
    await made.drive(60, KEYS)
    word(made, "I-1", Status.IDENTIFIED, "canary-secret of Acme")
    await made.drive(270, KEYS, step=30)
    (mail,) = [one for one in made.mails() if one["To"] == KIM]
    assert mail["Subject"] == "[Identified] Interruption: Sign-in"
    text = mail.as_string()
    for never in ("canary", "Acme", "acme", "Globex", "globex", "/p/", "Site a", "ldap", "I-1"):
        assert never not in text, never
    assert "Does not work Sign-in Works Portal" in plain(mail)
    assert mail["List-Id"] == '"P" <status.p.example>'
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].strip().startswith("<https://status.p.example/leave?s=1.")
    assert "<mailto:ops@p.example?subject=unsubscribe%201." in mail["List-Unsubscribe"]
    assert "=?" not in text.partition("\n\n")[0]  # a mail program must find the address as it is


async def test_words_released_for_everybody_go_at_once(made: World) -> None:
    reader(made)
    made.say(State.DOWN, "ldap", "a")
    await made.drive(60, KEYS)
    assert KIM not in dict(told(made))
    word(made, "I-1", Status.IDENTIFIED, "A switch failed.", public=True)
    await made.drive(5, KEYS)
    assert dict(told(made))[KIM] == "[Identified] Interruption: Sign-in"


async def test_a_subscriber_hears_of_what_they_chose(made: World) -> None:
    portal = next(key for key, name in made.crier._pages[0].names.items() if name == "Portal")
    reader(made, entries=(portal,))
    made.say(State.DOWN, "ldap", "a")
    await made.drive(600, KEYS, step=60)
    assert KIM not in dict(told(made))
    assert made.desk.database.look(incidents.every)
    made.say(State.DOWN, "web", "a")
    await made.drive(600, KEYS, step=60)
    assert KIM in dict(told(made))
