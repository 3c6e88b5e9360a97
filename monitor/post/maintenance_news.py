"""Plain news of maintenance for who asked for it on a page: what stands there, once; the contract's notices are another thing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from monitor.clock import Clock
from monitor.config.configuration import Mailing
from monitor.desk.maintenance_letters import provider_of
from monitor.desk.passes import links
from monitor.desk.postmark import Postmark
from monitor.post.news import STALE_MS, News, Pages
from monitor.readership import Readership
from monitor.store import letters, maintenance, subscribers
from monitor.store.database import Database
from monitor.store.letters import Key, Letter
from monitor.store.subscribers import MARK, Subscriber
from monitor.store.told import told
from reports.events import Maintenance
from reports.incident_notice import Reader
from reports.mail import rendered
from reports.maintenance_news import news
from sla.maintenance import Status
from sla.span import Instant

KIND = "subscriber-maintenance"


@dataclass(frozen=True, slots=True)
class Item:
    """The newest announcement of one maintenance, for one subscriber."""

    subscriber: Subscriber
    page: Readership
    one: Maintenance

    @property
    def first(self) -> Key:
        """The name of the first letter of its thread."""
        return Key(f"{self.one.id}{MARK}{self.subscriber.no}", self.subscriber.wish.address, KIND, 1)

    @property
    def key(self) -> Key:
        """Its own name: the same announcement is told once."""
        return Key(self.first.event, self.first.contact, KIND, len(self.one.announcements))

    @property
    def expires_at(self) -> Instant | None:
        """When it is of no use any more: what is to come when it begins, what goes on when it ends."""
        last = self.one.last
        ends = {Status.TENTATIVE: last.span.start, Status.CONFIRMED: last.span.start, Status.IN_PROCESS: last.span.end}
        return ends.get(last.status)


class MaintenanceNews(News[Item]):
    """Finds what is announced, and queues the letters."""

    def __init__(self, database: Database, clock: Clock, secret: bytes, poke: Callable[[], None]) -> None:
        super().__init__(database, clock, secret, poke, _due, _letter)


def _due(connection: Connection, pages: Pages, now: Instant) -> Iterator[Item]:
    asked = subscribers.confirmed(connection, list(pages), "maintenance", "mail")
    sites = maintenance.told_since(connection, now - STALE_MS) if asked else ()
    if not sites:
        return
    said, sent = told(connection, sites), letters.queued(connection, (KIND,), now - 2 * STALE_MS)
    shown = {page: pages[page].maintained(said) for page in {one.wish.page for one in asked}}
    for subscriber in asked:
        since = max(now - STALE_MS, subscriber.confirmed_at or 0)
        for one in (one for one in shown[subscriber.wish.page] if one.last.at >= since):
            item = Item(subscriber, pages[subscriber.wish.page], one)
            of_use = item.expires_at is None or now < item.expires_at
            if of_use and item.key not in sent and subscriber.wants("maintenance", one.entries):
                yield item


def _letter(item: Item, secret: bytes, mailing: Mailing, now: Instant) -> Letter:
    wish, page, mark = item.subscriber.wish, item.page, Postmark(secret, mailing.domain)
    ways = links(secret, item.subscriber, page.home(wish.language), page.title, mailing)
    reader = Reader("", wish.address, wish.language, page.zone, subscription=ways)
    names = mark.message_id(item.key), mark.message_id(item.first)
    mail = news(item.one, page.names, page.url, reader, provider_of(mailing), *names, now)
    return Letter(item.key, mark.bounce_address(item.key), mail.subject, rendered(mail), item.expires_at)
