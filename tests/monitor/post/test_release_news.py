"""News of releases from what was published to the letters: each edition that is told once, and nobody else's dates or names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any, TypeVar

import pytest
from incident_world import plain, read
from rollout_world import FIRST, World, configured, world
from sqlalchemy.engine import Connection

from monitor.config.configuration import Configuration, PublicEntry
from monitor.post.news import STALE_MS
from monitor.post.release_news import KIND, ReleaseNews
from monitor.readership import Readership, readerships
from monitor.store import letters, subscribers
from monitor.store.letters import State
from monitor.store.subscribers import Wish
from sla.span import DAY, HOUR, MINUTE
from sla.texts import instant_text

NOTES = """\
---
version: 10.18.3
date: 2026-07-01
title: Faster %s
%s
---
## New features
Enrolment takes *half* the time.
"""
KIM, EVE = "kim@reader.example", "eve@reader.example"
_T = TypeVar("_T")


@dataclass
class Held:
    """A database that is one connection; ``before`` is what others write first."""

    connection: Connection
    before: Callable[[Connection], None] = lambda _: None

    async def read(self, work: Callable[[Connection], _T]) -> _T:
        return work(self.connection)

    async def write(self, work: Callable[[Connection], _T]) -> _T:
        self.before(self.connection)
        return work(self.connection)


@dataclass
class Readers:
    """The world with who reads of it."""

    world: World
    made: Configuration
    pages: dict[str, Readership]

    def asked(self, page: str, address: str, *kinds: str, language: str = "en", entries: tuple[str, ...] = ()) -> None:
        """Somebody confirmed to want this; ``page`` by customer, empty: the public one."""
        wish = Wish(self.pages[page].page, "mail", address, language, kinds or ("release",), entries)
        subscribers.add(self.world.db, wish, self.world.now)

    def published(self, *front: str, title: str = "enrolment", **more: Any) -> None:
        self.world.good("release.publish", "ben", text=NOTES % (title, "\n".join(front)), **more)

    async def told(self, before: Callable[[Connection], None] = lambda _: None) -> int:
        """A round of a service that has just started."""
        news = ReleaseNews(Held(self.world.db, before), lambda: self.world.now, b"k" * 32, lambda: None)  # type: ignore[arg-type]
        news.watch(self.made)
        return await news.tell()

    def mails(self) -> list[EmailMessage]:
        return [read(one.letter.body) for one in self.world.letters() if one.letter.key.kind == KIND]


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Readers]:
    entries = (PublicEntry("Portal", ("acme/node", "globex/node")), PublicEntry("Sign-in", ("own/node",)))
    made = replace(configured(tmp_path), public_entries=entries, public_url="https://status.p.example")
    with world(made) as found:
        pages = {page.customer.key if page.customer else "": page for page in readerships(made, b"k" * 32)}
        yield Readers(found, made, pages)


async def test_who_asked_for_it_is_told_once_in_their_language_with_the_article(there: Readers) -> None:
    there.asked("", KIM)
    there.asked("", EVE, "incident", "maintenance")
    there.asked("", "max@reader.example", language="de", entries=tuple(there.pages[""].names)[:1])
    there.published("public: yes")
    assert (await there.told(), await there.told()) == (2, 0)
    first, german = there.mails()
    assert (first["To"], first["Subject"], first["In-Reply-To"]) == (KIM, "[Release 10.18.3] Faster enrolment", None)
    key = there.pages[""].readers.address.id("release", "10.18.3")
    assert f"https://status.p.example/releases/{key}.html" in plain(first) and "takes *half* the time" in plain(first)
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click" and "status.p.example" in first["List-Id"]
    assert german["To"] == "max@reader.example" and "P gibt 10.18.3 heraus" in plain(german)
    assert f"https://status.p.example/de/releases/{key}.html" in plain(german)
    assert "/de/manage?s=" in plain(german) and "/de/leave?s=" in german["List-Unsubscribe"]


async def test_nobody_learns_of_others_and_of_what_is_not_theirs(there: Readers) -> None:
    key = there.world.drafted()
    there.world.good("release.announce", "ben", id=key, wave=2)
    for page in there.pages:
        there.asked(page, f"kim@{page or 'public'}.example")
    there.published(f"rollout: {key}")
    assert await there.told() == len(there.pages) - 1, "on the public page there is nothing of it"
    by_reader = {str(mail["To"]): plain(mail) for mail in there.mails()}
    assert "Site acme: wave 2" in by_reader["kim@acme.example"] and "date follows" in by_reader["kim@globex.example"]
    assert "globex" not in by_reader["kim@acme.example"] and "acme" not in by_reader["kim@globex.example"]
    there.published(f"rollout: {key}", "public: yes", notify=True)
    await there.told()
    public = next(mail for mail in there.mails() if mail["To"] == "kim@public.example")
    assert public["Subject"] == "[Release 10.18.3] Faster enrolment", "they have not read of it before"
    assert not [word for word in ("acme", "globex", "wave", "date", "RO-2026", "/p/", "Ben") if word in public.as_string()]


async def test_whose_page_does_not_show_it_is_not_told(there: Readers) -> None:
    waves = [
        {"ring": ring, "from": instant_text(FIRST + day * DAY), "to": instant_text(FIRST + day * DAY + HOUR), "sites": [site]}
        for day, ring, site in ((0, "internal", "own"), (7, "early", "acme"))
    ]
    key = str(there.world.good("release.draft", version="10.18.3", waves=waves)["rollout"]["id"])
    for page in ("acme", "globex"):
        there.asked(page, f"kim@{page}.example")
    there.published(f"rollout: {key}")
    await there.told()
    assert [mail["To"] for mail in there.mails()] == ["kim@acme.example"]


async def test_a_correction_is_told_in_the_thread_if_it_is_to_be_told_at_all(there: Readers) -> None:
    there.asked("", KIM)
    there.published("public: yes")
    await there.told()
    there.world.sent()
    there.world.now += MINUTE
    there.published("public: yes", title="mail")
    assert await there.told() == 0
    there.published("public: yes", title="both", notify=True)
    assert (await there.told(), await there.told()) == (1, 0)
    first, again = there.mails()
    assert again["Subject"] == "[Release 10.18.3 corrected] Faster both" and again["In-Reply-To"] == first["Message-ID"]
    there.published("public: yes", title="all", notify=True)
    await there.told()
    states = [one.state for one in there.world.letters() if one.letter.key.kind == KIND]
    assert states == [State.SENT, State.SUPERSEDED, State.NEW], "what waits is told by the last"


async def test_what_was_published_before_they_asked_or_long_ago_or_for_few_is_no_news(there: Readers) -> None:
    there.asked("", EVE)
    there.published("public: no")
    there.world.now += MINUTE
    there.asked("", KIM)
    there.asked("acme", KIM)
    assert await there.told() == 0
    there.published("public: yes")
    assert await there.told() == 0, "made public in silence"
    there.published("public: yes", title="late", notify=True)
    there.world.now += STALE_MS + 1
    assert await there.told() == 0


async def test_a_designated_contact_gets_one_mail_not_two(there: Readers) -> None:
    there.asked("acme", "Ada@acme.example")
    there.asked("globex", "ada@acme.example")
    there.published()
    assert await there.told() == 1
    (event,) = {one.letter.key.event for one in there.world.letters() if one.letter.key.kind == KIND}
    assert event.startswith(there.pages["globex"].readers.address.id("release", "10.18.3"))
    assert letters.counted(there.world.db)[State.NEW] == 3


async def test_of_many_some_are_told_in_each_round(there: Readers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.post.news.AT_ONCE", 2)
    for number in range(3):
        there.asked("", f"kim{number}@reader.example")
    there.published("public: yes")
    assert [await there.told() for _ in range(3)] == [2, 1, 0]


async def test_whoever_ends_it_while_letters_are_written_gets_none(there: Readers) -> None:
    there.asked("", KIM)
    there.asked("", EVE)
    there.published("public: yes")
    (kim, _) = subscribers.every(there.world.db)
    await there.told(before=lambda db: subscribers.end(db, kim, b"k" * 32, there.world.now))
    assert [mail["To"] for mail in there.mails()] == [EVE]
