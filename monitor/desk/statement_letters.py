"""The letters that bring a contact the statements of months: one a version, and only the newest of a month."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy.engine import Connection

from monitor.config.configuration import Configuration, Contact, Site
from monitor.desk.bundle import bundle, sealed
from monitor.desk.deed import Installation
from monitor.desk.maintenance_letters import customer_page, provider_of, reader_of
from monitor.desk.postmark import Postmark
from monitor.store import letters, statements
from monitor.store.letters import Key, Letter
from reports.mail import Attached
from reports.statement_document import document
from reports.statement_mail import Enclosed, title, written
from reports.statement_page import render
from reports.statement_words import STATEMENTS
from sla.span import DAY, Instant

PREFIX = "statement "
KIND = "statement"
OWED_MS = 7 * DAY
"""A version that was published longer ago brings no letter any more: a contact who is new gets no old mail."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A version whose letters are not written yet, and to whom."""

    site: Site
    period: str
    version: int
    contacts: tuple[Contact, ...]

    @property
    def statement(self) -> tuple[str, str, int]:
        """Which version it is."""
        return self.site.key, self.period, self.version

    @property
    def event(self) -> str:
        """What its letters tell of: all versions of one month."""
        return f"{PREFIX}{self.site.key} {self.period}"

    def key(self, contact: Contact, version: int | None = None) -> Key:
        """The letter to ``contact`` of this version, or of another."""
        return Key(self.event, contact.email, KIND, self.version if version is None else version)


def owed(connection: Connection, configuration: Configuration, now: Instant) -> Iterator[Owed]:
    """The newest versions of months that were published lately and that some contact was not written to about."""
    if configuration.mailing is None:
        return
    known = letters.known(connection, PREFIX, now - OWED_MS)
    sites = {site.key: site for site in configuration.sites}
    for site, period, version in statements.newest(connection, now - OWED_MS):
        if site not in sites or ".." in period:
            continue
        whole = Owed(sites[site], period, version, tuple(one for one in sites[site].contacts if KIND in one.kinds))
        missing = tuple(contact for contact in whole.contacts if whole.key(contact) not in known)
        if missing:
            yield Owed(sites[site], period, version, missing)


def evidence(connection: Connection, site: str, period: str, version: int) -> bytes:
    """What a version's files and letters are made of. Raises ``monitor.desk.bundle.NotReproducible``."""
    return sealed(bundle(connection, statements.versions(connection, site, period)[:version]), None)


def pages(data: bytes, one: Owed) -> Mapping[str, bytes]:
    """The statement as a page in each language that is read, without links to files beside it: there are none in a mail."""
    said = document(json.loads(data))
    return {tag: render(said, tag) for tag in sorted({_language(contact) for contact in one.contacts})}


def put(connection: Connection, ours: Installation, one: Owed, data: bytes, files: Mapping[str, Attached], now: Instant) -> int:
    """Queue the letters of a version in the caller's transaction, each with the file in its reader's language; how many.

    A letter of an earlier version that was not sent yet is withdrawn.
    """
    mailing = ours.configuration.mailing
    if mailing is None:
        return 0
    said, mark, many = document(json.loads(data)), Postmark(ours.secret, mailing.domain), 0
    page = customer_page(ours, one.site)
    for contact in one.contacts:
        letters.superseded(connection, one.event, contact.email, now)
        key, language = one.key(contact), _language(contact)
        enclosed = Enclosed(files[language], page, mark.message_id(one.key(contact, 1)))
        reader = reader_of(one.site, contact)
        body = written(said, reader, provider_of(mailing), mark.message_id(key), enclosed, now)
        many += letters.put(connection, Letter(key, mark.bounce_address(key), title(said, language), body), now)
    return many


def _language(contact: Contact) -> str:
    return contact.language if contact.language in STATEMENTS else "en"
