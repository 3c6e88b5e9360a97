"""Who is told what of incidents now: decided from what was said, what each reader knows, and when they were last written to.

What was said of an incident is kept with it; what a reader was told is kept with the letter, in one commit. So nothing is
lost by a fall, nothing is told twice, and news may be gathered before it goes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from monitor.config.configuration import Configuration, Contact
from monitor.readership import Readership, of_each
from monitor.store.subscribers import Subscriber
from reports import events
from sla.incident import Incident
from sla.span import HOUR, MINUTE, SECOND, Instant

GATHER_MS = 60 * SECOND
"""From the beginning of a trouble to the first mail on it: one cause needs a round of looks to show all that it took away."""
SETTLE_MS = 10 * SECOND
"""A trouble that was seen late is gathered so long."""
PUBLIC_MS = 5 * MINUTE
"""Everybody is told so long after an incident opened by itself, unless somebody has released words for everybody."""
PACE_MS = 5 * MINUTE
"""Between two mails on incidents to one mailbox: what comes meanwhile goes with the next."""
STALE_MS = 6 * HOUR
"""What was said so long ago is no news: a service that was away tells what still matters, not a history."""
KIND = "incident"


@dataclass(frozen=True, slots=True)
class Item:
    """One incident as one page tells it to a mailbox that knows ``told`` of its ``all`` updates.

    The newest ``news`` of the shown ones are new to it.
    """

    one: Incident
    readership: Readership
    shown: events.Incident
    news: int
    told: int


@dataclass(frozen=True, slots=True)
class Draft:
    """A mail before it is written: news for a designated contact of ``customers`` (names), or for a subscriber."""

    address: str
    items: tuple[Item, ...]
    contact: Contact | None = None
    customers: tuple[str, ...] = ()
    subscriber: Subscriber | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What decides: incidents with fresh words, the subscribers of pages, what was told to whom and when each was written to."""

    incidents: Sequence[Incident]
    subscribers: Mapping[str, Sequence[Subscriber]] = field(default_factory=dict)
    told: Mapping[tuple[int, str, str], int] = field(default_factory=dict)
    last: Mapping[str, Instant] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Due:
    """The mails that are due, and the incidents (numbers) of which somebody waits for something yet."""

    drafts: tuple[Draft, ...]
    waiting: frozenset[int]


def due(configuration: Configuration, pages: Collection[Readership], known: Known, now: Instant) -> Due:
    """Who is to be told what at ``now``."""
    people = _people(configuration)
    by_address = {one.email: one for own in people.values() for one in own}
    contacts: dict[str, list[Item]] = defaultdict(list)
    others: dict[int, tuple[Subscriber, list[Item]]] = {}
    gathering = set[int]()
    for one in known.incidents:
        for page, own in of_each(one, pages):
            named = _contacts(page, own, people)
            for address, told in _knowing(page, own, named, known):
                if now < ripe_at(page, own, told):
                    gathering.add(one.number)
                else:
                    contacts[address] += _item(page.narrowed(named[address]), own, told)
            for subscriber, told in _asking(page, own, named, known):
                if now < ripe_at(page, own, told):
                    gathering.add(one.number)
                else:
                    others.setdefault(subscriber.no, (subscriber, []))[1].extend(_chosen(page, own, subscriber, told))
    asked = [_for_contact(by_address[address], items) for address, items in contacts.items() if items]
    asked += [Draft(one.wish.address, tuple(items), subscriber=one) for one, items in others.values() if items]
    paced = _paced(asked, known.last, now)
    return replace(paced, waiting=paced.waiting | gathering)


def _paced(asked: Iterable[Draft], last: Mapping[str, Instant], now: Instant) -> Due:
    """Of all that is wanted what may go now: one mail a mailbox in its time."""
    written = dict(last)
    drafts, waiting = [], set[int]()
    for draft in asked:
        before = written.get(draft.address)
        if before is None or not before <= now < before + PACE_MS:
            drafts.append(draft)
            written[draft.address] = now
        else:
            waiting |= {item.one.number for item in draft.items}
    return Due(tuple(drafts), frozenset(waiting))


def ripe_at(page: Readership, one: Incident, told: int) -> Instant:
    """When news may go: what the service says first of a trouble is gathered, everything else goes at once."""
    first = one.updates[0]
    if told or first.body:
        return first.at
    gathered = max(one.began_at + GATHER_MS, first.at + SETTLE_MS)
    released = any(update.public and update.body for update in one.updates)
    return first.at + PUBLIC_MS if page.customer is None and not released else gathered


def _knowing(page: Readership, one: Incident, named: Iterable[str], known: Known) -> Iterator[tuple[str, int]]:
    """The mailboxes of contacts who do not know all of an incident yet, each with how many updates it knows."""
    for address in named:
        told = known.told.get((one.number, page.page, address), 0)
        if told < len(one.updates):
            yield address, told


def _asking(page: Readership, one: Incident, named: Collection[str], known: Known) -> Iterator[tuple[Subscriber, int]]:
    """The same for subscribers who are no contacts of it; what was said before they asked is none of their news."""
    for subscriber in known.subscribers.get(page.page, ()):
        address, since = subscriber.wish.address, subscriber.confirmed_at or 0
        told = known.told.get((one.number, page.page, address), 0)
        told = max(told, sum(update.at < since for update in one.updates))
        if told < len(one.updates) and address not in named:
            yield subscriber, told


def _item(page: Readership, one: Incident, told: int) -> Iterator[Item]:
    """What is new of an incident to somebody who knows its first ``told`` updates; nothing if that is nothing."""
    shown = page.told(one)
    if shown is None:
        return
    before = page.told(replace(one, updates=one.updates[:told])) if told else None
    news = len(shown.updates) - (len(before.updates) if before else 0)
    if news > 0:
        yield Item(one, page, shown, news, told)


def _chosen(page: Readership, one: Incident, subscriber: Subscriber, told: int) -> Iterator[Item]:
    """The same for a subscriber, if it concerns what they chose."""
    return (item for item in _item(page, one, told) if subscriber.wants(KIND, item.shown.entries))


def _for_contact(contact: Contact, items: Sequence[Item]) -> Draft:
    customers = dict.fromkeys(item.readership.customer.name for item in items if item.readership.customer)
    return Draft(contact.email, tuple(items), contact, tuple(customers))


def _people(configuration: Configuration) -> Mapping[str, Sequence[Contact]]:
    """The contacts of each site who are told of incidents."""
    return {site.key: [one for one in site.contacts if KIND in one.kinds] for site in configuration.sites}


def _contacts(page: Readership, one: Incident, people: Mapping[str, Sequence[Contact]]) -> dict[str, list[str]]:
    """The mailboxes that the page's incident is told to as contacts, each with the sites it is named for."""
    found: dict[str, list[str]] = defaultdict(list)
    if page.customer is not None:
        for site in (site for site in one.sites if site in page.readers.services):
            for contact in people.get(site, ()):
                found[contact.email].append(site)
    return found
