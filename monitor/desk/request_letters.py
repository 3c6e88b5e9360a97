"""The letters of a request: one a step, to the contact who asked."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.engine import Connection

from monitor.addresses import Address, address_of, customer_path
from monitor.config.configuration import Contact, Site
from monitor.desk.deed import Installation
from monitor.desk.postmark import Postmark
from monitor.store import letters
from monitor.store.letters import Key, Letter
from monitor.store.requests import Asked
from monitor.store.told import Told
from reports.request import Requested, Seen
from reports.request_letter import Reader, Sender, subject, written
from reports.words import cause_word
from sla.request import NEXT
from sla.span import DAY, Instant

KIND = "request"
SHOWN_MS, MOST_SHOWN = 30 * DAY, 20
"""How long an answer stands on the page, and how many requests."""


def put(connection: Connection, ground: Installation, asked: Asked, now: Instant) -> bool:
    """Queue the letter of the newest step in the caller's transaction; False: there is no mail, or no such contact any more."""
    mailing = ground.configuration.mailing
    site = next((one for one in ground.configuration.sites if one.key == asked.site), None)
    contact = None if site is None else _contact(site, asked.contact)
    if mailing is None or site is None or contact is None:
        return False
    mark = Postmark(ground.secret, mailing.domain)
    key, first = (Key(asked.id, contact.email, KIND, number) for number in (len(asked.steps) - 1, 0))
    reader = Reader(contact.name, contact.email, site.customer.name, contact.language, contact.zone)
    ask = mailing.reply_to or mailing.sender
    sender = Sender(mailing.name, mailing.sender, ask, mailing.reply_to, _page(ground, site))
    said = requested(asked, site)
    body = written(said, reader, sender, mark.message_id(key), mark.message_id(first), now)
    return letters.put(connection, Letter(key, mark.bounce_address(key), subject(said, reader), body), now)


def requested(asked: Asked, site: Site, address: Address | None = None) -> Requested:
    """A request as its customer may know it: with names of components, without its notes, its causes in closed words."""
    names = {component.key: component.name for component in site.components}
    last = asked.last
    seen = (Seen(names.get(one.component, one.component), one.state, cause_word(one.cause), one.took_ms) for one in last.found)
    return Requested(
        asked.id,
        asked.kind,
        last.status,
        asked.at,
        site.name,
        tuple(names.get(key, key) for key in asked.components),
        asked.words,
        asked.wanted_from,
        last.answer,
        tuple(seen),
        last.maintenance,
        address.id("maintenance", last.maintenance) if address and last.maintenance else None,
    )


def requests_on(told: Told, sites: Mapping[str, Site], address: Address, as_of: Instant) -> tuple[Requested, ...]:
    """The requests on a customer's page, newest first: those that are open, and what was answered of late."""
    shown = [
        requested(one, sites[one.site], address)
        for one in told.requests
        if one.site in sites and (NEXT[one.last.status] or one.last.at > as_of - SHOWN_MS)
    ]
    return tuple(sorted(shown, key=lambda one: (-one.at, one.id)))[:MOST_SHOWN]


def _contact(site: Site, email: str) -> Contact | None:
    return next((one for one in site.contacts if one.email == email), None)


def _page(ground: Installation, site: Site) -> str:
    """The customer's own page; empty without a public address."""
    base, own = ground.configuration.public_url, site.customer.key
    if not base:
        return ""
    generation = max(one.page_generation for one in ground.configuration.sites if one.customer.key == own)
    return address_of(base, ground.secret, customer_path(ground.secret, own, generation)).url + "/"
