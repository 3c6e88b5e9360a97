"""Who may hear of what: every page with its address, and what it calls each component. Mails and webhooks say no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from monitor.addresses import address_of, customer_path
from monitor.audience import Readers, incident_for, maintenances_for, release_for
from monitor.config.configuration import Configuration, Customer, Site
from monitor.store.releases import Release, SiteDate
from monitor.store.told import Told
from reports import events
from sla.incident import Incident

PUBLIC = "/"


@dataclass(frozen=True, slots=True)
class Readership:
    """The readers of one page. ``names`` are what it calls its entries, ``members`` the components that each stands for.

    ``customer`` None: everybody. ``title`` is the page's name, ``zone`` and ``language`` are its own. ``sites`` are the names of
    the customer's sites by key.
    """

    readers: Readers
    customer: Customer | None
    title: str
    zone: str
    language: str
    names: Mapping[str, str]
    members: Mapping[str, tuple[str, ...]]
    sites: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def page(self) -> str:
        """The page's path, which names it: another generation of a customer's key is another page."""
        return self.readers.address.path

    @property
    def url(self) -> str:
        """The page's absolute address without a slash at its end."""
        return self.readers.address.url

    def home(self, language: str) -> str:
        """The absolute address of the page's folder in ``language``, without a slash at its end."""
        return self.url if language == self.language else f"{self.url}/{language}"

    def told(self, one: Incident) -> events.Incident | None:
        """The incident as these readers may know it; None if it is none of theirs. ``one`` holds what ``of_each`` gave it."""
        return incident_for(self.readers, one)

    def maintained(self, told: Told) -> tuple[events.Maintenance, ...]:
        """All maintenance in ``told`` as these readers may know it."""
        return maintenances_for(told, self.readers)

    def released(self, one: Release, dates: Mapping[str, SiteDate] | None) -> events.Release | None:
        """A release as these readers may know it; None if their page does not show it. ``dates`` by site as in the store."""
        return release_for(self.readers, one, dates, self.sites)

    def getting(self, dates: Mapping[str, SiteDate] | None) -> tuple[str, ...]:
        """The entries that a release concerns: of the customer's sites that get it; of the public page all: it names no site."""
        if self.customer is None or dates is None:
            return tuple(self.names)
        return self.readers.entries(name for name in self.readers.named if name.partition("/")[0] in dates)

    def narrowed(self, sites: Iterable[str]) -> Readership:
        """The same page for somebody who is told of some of its sites only."""
        wanted = frozenset(sites)
        named = {name: keys for name, keys in self.readers.named.items() if name.partition("/")[0] in wanted}
        return replace(self, readers=replace(self.readers, named=named))


def _path(service_key: bytes, sites: Sequence[Site]) -> str:
    """The path of a customer's page, which is its secret."""
    return customer_path(service_key, sites[0].customer.key, max(site.page_generation for site in sites))


def readerships(configuration: Configuration, service_key: bytes) -> tuple[Readership, ...]:
    """All pages of ``configuration``, the public one first."""
    by_customer: dict[str, list[Site]] = defaultdict(list)
    for site in configuration.sites:
        by_customer[site.customer.key].append(site)
    found = [_public(configuration, service_key)] if configuration.public_entries else []
    return (*found, *(_of_customer(configuration, service_key, sites) for sites in by_customer.values()))


def of_each(one: Incident, of: Iterable[Readership]) -> Iterator[tuple[Readership, Incident]]:
    """The readerships that an incident concerns, each with what of it is theirs: never anything of anybody else.

    Costs what is concerned, however many pages there are.
    """
    sites, public = set(one.sites), set(one.components)
    own: dict[str, Incident] | None = None
    for each in of:
        if each.customer is None:
            if public & each.readers.named.keys():
                yield each, one
        elif sites & each.readers.services:
            own = _by_site(one) if own is None else own
            parts = [own[site] for site in one.sites if site in each.readers.services]
            yield each, parts[0] if len(parts) == 1 else _joined(one, parts)


def _by_site(one: Incident) -> dict[str, Incident]:
    """An incident cut into what concerns each site, each with as many updates as the whole has."""
    cut: list[dict[str, list[str]]] = []
    for update in one.updates:
        found: dict[str, list[str]] = defaultdict(list)
        for name in update.components:
            found[name.partition("/")[0]].append(name)
        cut.append(found)
    return {
        site: replace(
            one,
            updates=tuple(
                replace(update, components=tuple(found.get(site, ()))) for update, found in zip(one.updates, cut, strict=True)
            ),
        )
        for site in one.sites
    }


def _joined(one: Incident, parts: Sequence[Incident]) -> Incident:
    """Several sites of one customer together again."""
    rows = zip(one.updates, *(part.updates for part in parts), strict=True)
    updates = (replace(update, components=tuple(name for own in rest for name in own.components)) for update, *rest in rows)
    return replace(one, updates=tuple(updates))


def _public(configuration: Configuration, service_key: bytes) -> Readership:
    address = address_of(configuration.address, service_key, PUBLIC)
    named: dict[str, list[str]] = defaultdict(list)
    names, members = {}, {}
    for number, one in enumerate(configuration.public_entries):
        key = address.entry_id(one.group, one.name, number)
        names[key], members[key] = (f"{one.group}: {one.name}" if one.group else one.name), one.members
        for member in one.members:
            named[member].append(key)
    provider = configuration.provider
    readers = Readers(address, named, frozenset(names), public=True)
    return Readership(readers, None, provider.name, provider.zone, provider.language, names, members)


def _of_customer(configuration: Configuration, service_key: bytes, sites: Sequence[Site]) -> Readership:
    customer = sites[0].customer
    address = address_of(configuration.address, service_key, _path(service_key, sites))
    named, names, members = {}, {}, {}
    for site in sites:
        looked_at = {check.component for check in site.checks}
        for component in (one for one in site.components if one.key in looked_at):
            whole = f"{site.key}/{component.key}"
            key = address.id("component", whole)
            named[whole], members[key] = [key], (whole,)
            names[key] = f"{site.name}: {component.name}" if len(sites) > 1 else component.name
    readers = Readers(address, named, frozenset(site.key for site in sites))
    zone, language = sites[0].agreement.zone, configuration.provider.language
    called = {site.key: site.name for site in sites}
    return Readership(readers, customer, customer.name, zone, language, names, members, called)
