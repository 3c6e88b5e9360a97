"""Who may ask on which page, and what a form that was sent asks for. Nothing of it reads the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.addresses import Address, address_of, customer_path
from monitor.config.configuration import Configuration, Contact, Site
from monitor.desk import form_token
from monitor.desk.requests import Wanted
from reports.request_page import Choice, Form
from reports.snapshot import PageSnapshot
from sla.request import CONNECTIONS, NEEDS_WORDS, Kind
from sla.span import Instant
from sla.wall import instants

LONGEST_WORDS = 4_000
"""Characters of a customer's own words: more is a document, for which there is mail."""
Fields = Mapping[str, Sequence[str]]
"""What a form sends, by the name of its field."""


@dataclass(frozen=True, slots=True)
class Asker:
    """A customer on their page: their sites, whom they may ask as, and how the page names itself."""

    name: str
    sites: tuple[Site, ...]
    address: Address
    provider: str
    language: str

    @property
    def zone(self) -> str:
        """The zone of the page."""
        return self.sites[0].agreement.zone

    @property
    def contacts(self) -> Mapping[str, Contact]:
        """The contacts of all sites by the page's own ids."""
        return {self.address.id("contact", one.email): one for site in self.sites for one in site.contacts}

    @property
    def parts(self) -> Mapping[str, tuple[Site, str]]:
        """The components of all sites, as (site, component key), by the page's own ids."""
        return {self._id(site, one.key): (site, one.key) for site in self.sites for one in site.components}

    def choices(self, site: Site, chosen: Sequence[str]) -> tuple[Choice, ...]:
        """The components of one site to choose from."""
        named = ((self._id(site, one.key), one.name) for one in site.components)
        return tuple(Choice(key, name, key in chosen) for key, name in named)

    def _id(self, site: Site, component: str) -> str:
        return self.address.id("component", f"{site.key}/{component}")


def askers(configuration: Configuration, secret: bytes) -> dict[str, Asker]:
    """Everybody who has a page of their own, by its path."""
    by_customer: dict[str, list[Site]] = {}
    for site in configuration.sites:
        by_customer.setdefault(site.customer.key, []).append(site)
    found = {}
    for key, sites in by_customer.items():
        path = customer_path(secret, key, max(site.page_generation for site in sites))
        address = address_of(configuration.address, secret, path)
        provider = configuration.provider
        found[path] = Asker(sites[0].customer.name, tuple(sites), address, provider.name, provider.language)
    return found


def page_of(asker: Asker, now: Instant) -> PageSnapshot:
    """As much of the customer's page as the form shows."""
    own = asker.address
    return PageSnapshot(
        asker.provider,
        asker.zone,
        now,
        now,
        None,
        (),
        customer=asker.name,
        id=own.id("page", ""),
        url=own.url,
        language=asker.language,
    )


def form_of(asker: Asker, secret: bytes, now: Instant, fields: Fields, faults: tuple[str, ...] = ()) -> Form:
    """A fresh form with what was filled in already."""
    kind = _one(fields, "kind")
    known = [one for one in Kind if one is not Kind.VALIDATE or any(map(connections, asker.sites))]
    return Form(
        form_token.made(secret, asker.address.path, now),
        tuple(known),
        next((one for one in known if one.value == kind), None),
        tuple((site.name, asker.choices(site, fields.get("concerns[]", ()))) for site in asker.sites),
        tuple(Choice(key, one.name, key == _one(fields, "contact")) for key, one in asker.contacts.items()),
        _one(fields, "words")[:LONGEST_WORDS],
        _one(fields, "wanted"),
        faults,
    )


def connections(site: Site) -> tuple[str, ...]:
    """The components (keys) of a site that lead into a data centre and are looked at."""
    checked = {check.component for check in site.checks}
    return tuple(one.key for one in site.components if one.kind in CONNECTIONS and one.key in checked)


def read(asker: Asker, secret: bytes, now: Instant, fields: Fields) -> Wanted | tuple[str, ...]:
    """What the form asks for, or why it can't be sent: names of texts, all at once."""
    number = form_token.number_of(secret, asker.address.path, _one(fields, "form"), now)
    kind = next((one for one in Kind if one.value == _one(fields, "kind")), None)
    contact = asker.contacts.get(_one(fields, "contact"))
    site, components = _concerned(asker, fields.get("concerns[]", ()))
    words, wanted = _one(fields, "words").replace("\r\n", "\n").strip(), _moment(_one(fields, "wanted"), asker.zone)
    said = {
        "request.fault.token": number is None,
        "request.fault.kind": kind is None,
        "request.fault.site": site is None,
        "request.fault.connection": kind is Kind.VALIDATE and site is not None and not aimed(site, components),
        "request.fault.contact": contact is None or (site is not None and contact not in site.contacts),
        "request.fault.wanted": wanted is not None and wanted < now,
        "request.fault.words": len(words) > LONGEST_WORDS or not all(char.isprintable() or char in "\n\t" for char in words),
        "request.fault.words.missing": kind in NEEDS_WORDS and not words,
    }
    faults = tuple(name for name, wrong in said.items() if wrong)
    if faults or number is None or kind is None or contact is None or site is None:
        return faults
    return Wanted(site.key, kind, components, contact.email, words, number, wanted)


def aimed(site: Site, components: Sequence[str]) -> tuple[str, ...]:
    """Which connections of a site are looked at, if these components were chosen; none were: all of them."""
    return tuple(key for key in connections(site) if not components or key in components)


def _concerned(asker: Asker, chosen: Sequence[str]) -> tuple[Site | None, tuple[str, ...]]:
    """The one site that what was chosen belongs to, and its components; None: it is not one, or not known."""
    parts = [asker.parts.get(key) for key in dict.fromkeys(chosen)]
    sites = {part[0].key if part else None for part in parts} or {site.key for site in asker.sites}
    if len(sites) != 1 or None in sites:
        return None, ()
    return next(site for site in asker.sites if site.key in sites), tuple(part[1] for part in parts if part)


def _one(fields: Fields, name: str) -> str:
    return next(iter(fields.get(name, ())), "")


def _moment(text: str, zone: str) -> Instant | None:
    """When something is wanted; None: nothing was said. What is no date, or not exactly one instant, is long past."""
    if not text:
        return None
    return next(iter(_meant(text, zone)), -1)


def _meant(text: str, zone: str) -> Iterator[Instant]:
    try:
        wall = datetime.strptime(text, "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - a wall clock; its zone is the page's
    except ValueError:
        return
    found = instants(zone, wall)
    yield from found if len(found) == 1 else ()
