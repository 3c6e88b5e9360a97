"""News of maintenance from what was announced to the letters: each announcement once, to who wants it, public facts only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from incident_world import SECRET, World, plain, site, world

from monitor.config.configuration import PublicEntry
from monitor.post.maintenance_news import MaintenanceNews
from monitor.post.news import STALE_MS
from monitor.store import catalogue, letters, maintenance, subscribers
from monitor.store.letters import State
from monitor.store.maintenance import Step
from monitor.store.subscribers import Wish
from sla.maintenance import Impact, Status
from sla.span import HOUR, MINUTE, Span

KIM, EVE = "kim@reader.example", "eve@reader.example"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[World]:
    found = world(tmp_path, [site("a", "acme")], [PublicEntry("Sign-in", ("a/ldap",)), PublicEntry("Portal", ("a/web",))])
    yield found
    found.desk.database.close()


def told_by(made: World) -> MaintenanceNews:
    found = MaintenanceNews(made.desk.database, lambda: made.now, SECRET, lambda: None)
    found.watch(made.made)
    return found


def step(made: World, kind: str, status: Status, later_ms: int = 0) -> None:
    start = made.desk.now // HOUR * HOUR + 12 * HOUR + later_ms
    span = Span(start, start + 2 * HOUR)
    said = Step(made.now, kind, status, span, Impact.OUTAGE, {"ldap": Impact.OUTAGE}, "canary-title of Acme", "Ada")

    def work(db: object) -> None:
        maintenance.append(db, catalogue.read(db).sites["a"], "MNT-2025-0001", said)  # type: ignore[arg-type]

    made.desk.database.writer.submit(work).result(10)


def reader(made: World, address: str, *kinds: str, entries: tuple[str, ...] = (), page: str = "/") -> None:
    wish = Wish(page, "mail", address, "en", kinds, entries)
    made.desk.database.writer.submit(lambda db: subscribers.add(db, wish, made.now)).result(10)


async def test_each_announcement_is_told_once_to_who_wants_it_and_names_nobody(made: World) -> None:
    news = told_by(made)
    names = {name: key for key, name in made.crier._pages[0].names.items()}
    reader(made, KIM, "maintenance")
    reader(made, EVE, "incident", "release")
    reader(made, "portal@reader.example", "maintenance", entries=(names["Portal"],))
    step(made, "announced", Status.TENTATIVE)
    assert await news.tell() == 0  # what is provisional is not for everybody
    made.desk.now += MINUTE
    step(made, "confirmed", Status.CONFIRMED)
    assert (await news.tell(), await news.tell()) == (1, 0)
    assert await told_by(made).tell() == 0  # nor by another start
    made.desk.now += MINUTE
    step(made, "changed", Status.CONFIRMED, HOUR)
    assert await news.tell() == 1
    first, second = made.mails()
    assert first["To"] == second["To"] == KIM and first["Subject"] == "[Planned] Maintenance: Sign-in"
    assert first["In-Reply-To"] is None and second["In-Reply-To"] == first["Message-ID"]
    assert "Not available" in plain(first) and "UTC, 2 h" in plain(first)
    for text in (first.as_string(), second.as_string()):
        assert not [word for word in ("canary", "Acme", "acme", "MNT-", "/p/", "ldap", "Ada") if word in text]
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    older, newer = made.letters()
    assert (older.state, newer.state) == (State.SUPERSEDED, State.NEW)
    assert newer.letter.expires_at == newer.queued_at // HOUR * HOUR + 13 * HOUR


async def test_a_customers_readers_see_its_title_and_the_end_of_it(made: World) -> None:
    page = made.crier._pages[1].page
    reader(made, KIM, "maintenance", page=page)
    step(made, "confirmed", Status.CONFIRMED)
    news = told_by(made)
    await news.tell()
    made.desk.database.writer.submit(lambda db: letters.begun(db, 1) and letters.sent(db, 1, "250", made.now)).result(10)
    made.desk.now += MINUTE
    step(made, "completed", Status.COMPLETED)
    await news.tell()
    first, second = made.mails()
    assert first["Subject"] == "[Planned] canary-title of Acme" and f"https://status.p.example{page}maintenance/" in plain(first)
    assert second["Subject"] == "[Completed] canary-title of Acme" and "Not available" not in plain(second)


async def test_what_was_said_before_they_asked_or_long_ago_is_no_news(made: World) -> None:
    step(made, "confirmed", Status.CONFIRMED)
    made.desk.now += MINUTE
    reader(made, KIM, "maintenance")
    news = told_by(made)
    assert await news.tell() == 0
    step(made, "changed", Status.CONFIRMED, HOUR)
    made.desk.now += STALE_MS + MINUTE
    assert await news.tell() == 0
