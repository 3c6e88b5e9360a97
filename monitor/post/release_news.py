"""Plain news of releases for who asked for it on a page: the article that stands there, once, and corrections that are told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from monitor.clock import Clock
from monitor.config.configuration import Mailing
from monitor.desk import release_letters
from monitor.desk.maintenance_letters import provider_of
from monitor.desk.passes import links
from monitor.desk.postmark import Postmark
from monitor.post.news import STALE_MS, News, Pages
from monitor.readership import Readership
from monitor.store import letters, releases, subscribers
from monitor.store.database import Database
from monitor.store.letters import Key, Letter
from monitor.store.releases import Edition, Release, SiteDate
from monitor.store.subscribers import MARK, Subscriber
from reports import events
from reports.incident_notice import Reader
from reports.mail import rendered
from reports.release_news import news
from sla.span import Instant

KIND = "subscriber-release"
Dates = Mapping[str, SiteDate] | None
"""When sites get a release, as the store tells it."""
Contacts = Mapping[tuple[str, int], Collection[str]]
"""The mail addresses, in small letters, that are told by contract: by what their letters are about, and which edition."""


@dataclass(frozen=True, slots=True)
class Article:
    """A release as one page shows it. ``number`` and ``at`` are of the edition that its readers are told of last.

    ``entries`` of the page are concerned; ``contacts`` (mail addresses) are told of it by contract, and not twice.
    """

    page: Readership
    one: events.Release
    number: int
    at: Instant
    entries: tuple[str, ...]
    contacts: Collection[str]


@dataclass(frozen=True, slots=True)
class Item:
    """An article for one subscriber; ``corrected``: they have been told of an edition before."""

    subscriber: Subscriber
    article: Article
    corrected: bool = False

    @property
    def first(self) -> Key:
        """The name of the first letter of its thread, sent or not."""
        return Key(f"{self.article.one.id}{MARK}{self.subscriber.no}", self.subscriber.wish.address, KIND, 0)

    @property
    def key(self) -> Key:
        """Its own name: the same edition is told once."""
        return Key(self.first.event, self.first.contact, KIND, self.article.number)


class ReleaseNews(News[Item]):
    """Finds what is published, and queues the letters."""

    def __init__(self, database: Database, clock: Clock, secret: bytes, poke: Callable[[], None]) -> None:
        super().__init__(database, clock, secret, poke, _due, _letter)


def _due(connection: Connection, pages: Pages, now: Instant) -> Iterator[Item]:
    lately = [(one, releases.dates(connection, one.note)) for one in releases.told_since(connection, now - STALE_MS)]
    asked = subscribers.confirmed(connection, list(pages), "release", "mail") if lately else ()
    if not asked:
        return
    sent, by_contract = letters.queued(connection, (KIND,), now - 2 * STALE_MS), _by_contract(connection, now)
    shown = {page: tuple(_articles(pages[page], lately, by_contract)) for page in {one.wish.page for one in asked}}
    for subscriber in asked:
        since, address = max(now - STALE_MS, subscriber.confirmed_at or 0), subscriber.wish.address
        for article in (one for one in shown[subscriber.wish.page] if one.at >= since):
            item = Item(subscriber, article)
            told = item.key in sent or address.lower() in article.contacts
            if not told and subscriber.wants("release", article.entries):
                yield Item(subscriber, article, letters.told(connection, item.first.event, address))


def _by_contract(connection: Connection, now: Instant) -> Contacts:
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    for key in letters.queued(connection, (release_letters.KIND, release_letters.CORRECTED), now - 2 * STALE_MS):
        found[key.event, key.sequence].add(key.contact.lower())
    return found


def _articles(page: Readership, lately: Sequence[tuple[Release, Dates]], by_contract: Contacts) -> Iterator[Article]:
    """What the page shows of what was published lately."""
    for release, dates in lately:
        one, told = page.released(release, dates), _told(release, page)
        if one is not None and told is not None:
            number, edition = told
            event = release_letters.event_of(release.version, page.customer.key) if page.customer else ""
            contacts = by_contract.get((event, number), frozenset())
            yield Article(page, one, number, edition.at, page.getting(dates), contacts)


def _told(release: Release, page: Readership) -> tuple[int, Edition] | None:
    """The last edition that readers of ``page`` are told of, with its number: everybody only of what was for everybody."""
    told = [(number, one) for number, one in enumerate(release.editions) if one.told and (page.customer or one.note.public)]
    return told[-1] if told else None


def _letter(item: Item, secret: bytes, mailing: Mailing, now: Instant) -> Letter:
    wish, page, mark = item.subscriber.wish, item.article.page, Postmark(secret, mailing.domain)
    home = page.home(wish.language)
    ways = links(secret, item.subscriber, home, page.title, mailing)
    reader = Reader("", wish.address, wish.language, page.zone, subscription=ways)
    names = mark.message_id(item.key), mark.message_id(item.first)
    mail = news(item.article.one, item.corrected, home, reader, provider_of(mailing), *names, now)
    return Letter(item.key, mark.bounce_address(item.key), mail.subject, rendered(mail))
