"""What one audience may know: the snapshot of a customer's page, or of the public one, and nothing of anybody else.

Everything that a page says is picked here, by the components that the page shows; templates have nothing left to filter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.accounts import BAR_DAYS, Accounts, Shown
from monitor.addresses import Address
from monitor.config.configuration import Configuration, PublicEntry, Site
from monitor.desk.request_letters import requests_on
from monitor.snapshot import (
    Seen,
    SiteView,
    days_of,
    entry,
    evidence_until,
    figures_of,
    interruptions,
    since_of,
    verdict,
)
from monitor.store import releases
from monitor.store.releases import SiteDate
from monitor.store.told import NOTHING, Told
from reports.events import Announcement, Duty, Exclusion, Incident, Maintenance, Release, Update
from reports.maintenance_calendar import uid
from reports.snapshot import Entry, Group, Interruption, PageSnapshot
from sla import incident, maintenance
from sla.account import Terms
from sla.agreement import Agreement
from sla.composition import All
from sla.responsibility import RESPONSIBILITIES
from sla.span import DAY, Instant, Span
from sla.state import State


@dataclass(frozen=True, slots=True)
class Readers:
    """For whom something is picked: where their page is, and by which entries (keys) it shows a component ``site/component``.

    ``services`` are all there is on the page: the sites of a customer, or the entries of the public page. ``account`` and the
    domain ``mails_from`` name maintenance in the mails that these readers get; empty: they get none.
    """

    address: Address
    named: Mapping[str, Sequence[str]]
    services: frozenset[str]
    public: bool = False
    account: str = ""
    mails_from: str = ""

    def entries(self, components: Iterable[str]) -> tuple[str, ...]:
        """The entries that show any of ``components``."""
        return tuple(dict.fromkeys(key for name in components for key in self.named.get(name, ())))


def customer_page(
    configuration: Configuration, sites: Sequence[SiteView], seen: Seen, as_of: Instant, address: Address, told: Told = NOTHING
) -> PageSnapshot:
    """The page of one customer: all of its sites and nothing of anybody else."""
    groups = tuple(_site_group(site, seen, as_of, address) for site in sites)
    readers = Readers(
        address,
        _names_of(sites, groups, address),
        frozenset(site.site.key for site in sites),
        account=sites[0].site.customer.key,
        mails_from=configuration.mailing.domain if configuration.mailing else "",
    )
    incidents = _incidents(told, readers)
    return PageSnapshot(
        provider=configuration.provider.name,
        customer=sites[0].site.customer.name,
        zone=sites[0].site.agreement.zone,
        as_of=as_of,
        published_at=as_of,
        evidence_at=evidence_until(sites, seen),
        groups=groups,
        interruptions=_interruptions(sites, as_of, incidents, readers),
        simulated=any(site.site.simulated for site in sites),
        id=address.id("page", ""),
        url=address.url,
        language=configuration.provider.language,
        sign_up=address.url if configuration.takes_subscribers else None,
        began_at=_begun(sites),
        incidents=incidents,
        maintenances=maintenances_for(told, readers),
        exclusions=_exclusions(told, sites, address, as_of),
        releases=_releases(told, readers, {site.site.key: site.site.name for site in sites}),
        requests=requests_on(told, {site.site.key: site.site for site in sites}, address, as_of),
        asks=configuration.public is not None,
    )


def public_page(
    configuration: Configuration,
    sites: Sequence[SiteView],
    seen: Seen,
    as_of: Instant,
    address: Address,
    accounts: Accounts,
    told: Told = NOTHING,
) -> PageSnapshot:
    """The page everybody reads: the operator's own entries over components, observed figures only, no customer."""
    by_key = {site.site.key: site for site in sites}
    grouped: dict[str, list[Entry]] = defaultdict(list)
    named: dict[str, list[str]] = defaultdict(list)
    for number, one in enumerate(configuration.public_entries):
        key = address.entry_id(one.group, one.name, number)
        grouped[one.group].append(_public_entry(key, one, by_key, configuration.provider.zone, as_of, accounts))
        for member in one.members:
            named[member].append(key)
    readers = Readers(address, named, frozenset(key for keys in named.values() for key in keys), public=True)
    return PageSnapshot(
        provider=configuration.provider.name,
        zone=configuration.provider.zone,
        as_of=as_of,
        published_at=as_of,
        evidence_at=evidence_until(sites, seen),
        groups=tuple(Group(name, tuple(entries), key=address.id("group", name)) for name, entries in grouped.items()),
        simulated=any(site.site.simulated for site in sites),
        id=address.id("page", ""),
        url=address.url,
        language=configuration.provider.language,
        sign_up=address.url if configuration.takes_subscribers and named else None,
        began_at=_begun(sites),
        incidents=_incidents(told, readers),
        maintenances=maintenances_for(told, readers),
        releases=_releases(told, readers, {}),
    )


def _site_group(site: SiteView, seen: Seen, as_of: Instant, address: Address) -> Group:
    parts = [
        (component, line)
        for component in site.site.components
        if (line := entry(site, component, seen, as_of, address.id("component", f"{site.site.key}/{component.key}")))
    ]
    key = address.id("group", site.site.key)
    lines = tuple(line for _, line in parts)
    return Group(site.site.name, lines, site.track.shown(as_of - 1), verdict(site, as_of), key, tuple(_duties(site.site)))


def _duties(site: Site) -> Iterable[Duty]:
    """Who manages what of a site: each component with its owner in its line, the lines of what nobody looks at besides."""
    for line, item in enumerate(RESPONSIBILITIES):
        owners = defaultdict(list)
        for component in site.components:
            first = next(
                (n for n, other in enumerate(RESPONSIBILITIES) if component.kind in other.kinds and not other.handed_over), None
            )
            if first == line:
                owners[component.managed_by].append(component.name)
        for party, names in owners.items():
            yield Duty(line, party, tuple(names))
        if not owners and not item.handed_over:
            yield Duty(line, item.party)


def _names_of(sites: Sequence[SiteView], groups: Sequence[Group], address: Address) -> dict[str, list[str]]:
    there = {line.key for group in groups for line in group.entries}
    found: dict[str, list[str]] = {}
    for site in sites:
        for component in site.site.components:
            name = f"{site.site.key}/{component.key}"
            key = address.id("component", name)
            found[name] = [key] if key in there else []
    return found


def _begun(sites: Sequence[SiteView]) -> Instant | None:
    return min((site.track.observed.start for site in sites if site.track.observed), default=None)


def _incidents(told: Told, readers: Readers) -> tuple[Incident, ...]:
    """The incidents that concern an entry of the page, newest first; of others not even that they are there."""
    found = [shown for one in told.incidents if (shown := incident_for(readers, one)) is not None]
    return tuple(sorted(found, key=lambda one: (-one.created_at, one.id)))


def incident_for(readers: Readers, one: incident.Incident) -> Incident | None:
    """One incident as the page tells it; None if it concerns nothing there.

    Words that were not released for everybody are not on the public page.
    """
    entries = readers.entries(one.components)
    if not entries:
        return None
    updates: list[Update] = []
    for number, said in enumerate(one.updates):
        concerned = readers.entries(said.components)
        body = said.body if said.public or not readers.public else ""
        news = not updates or body or said.status is not updates[-1].status or concerned != updates[-1].entries
        if concerned and news:
            key = readers.address.id("update", f"{one.id}/{number}")
            updates.append(Update(key, said.at, said.status, concerned, body, said.next_at))
    titles = [said.title for said in one.updates if said.title and (said.public or not readers.public)]
    key, title = readers.address.id("incident", one.id), titles[-1] if titles else None
    return Incident(key, title, _impact(one, entries, readers), one.began_at, tuple(reversed(updates)), entries)


def _impact(one: incident.Incident, entries: tuple[str, ...], readers: Readers) -> incident.Impact:
    """What somebody said of it last, never less than what was measured: an outage is major, of all there is critical."""
    said = [update.impact for update in one.updates if update.impact is not None]
    if all(update.body for update in one.updates):  # the service said nothing of it: no outage was measured
        return said[-1] if said else incident.Impact.MINOR
    whole = frozenset(entries if readers.public else one.sites) >= readers.services
    measured = incident.Impact.CRITICAL if whole else incident.Impact.MAJOR
    return max(measured, said[-1]) if said else measured


def maintenances_for(told: Told, readers: Readers) -> tuple[Maintenance, ...]:
    """The maintenance of anything on the page; what is only provisional stands on no public page."""
    merged: dict[str, tuple[list[str], maintenance.Maintenance]] = {}
    for site, plans in told.maintenance.items():
        own = [name for name in readers.named if name.partition("/")[0] == site]
        for plan in plans:
            names = [f"{site}/{component}" for component in plan.components] or own
            known, _ = merged.get(plan.id, ([], plan))
            merged[plan.id] = ([*known, *names], plan)
    found = [
        _maintenance(key, announced, entries, told, readers)
        for key, (names, plan) in merged.items()
        if (entries := readers.entries(names)) and (announced := _announced(plan, readers))
    ]
    return tuple(sorted(found, key=lambda one: (-one.created_at, one.id)))


def _maintenance(
    key: str, announced: tuple[Announcement, ...], entries: tuple[str, ...], told: Told, readers: Readers
) -> Maintenance:
    """One maintenance as the page tells it: its title was written for the customer, and their mails call it by ``uid``."""
    title = None if readers.public else told.titles.get(key)
    named = uid(key, readers.account, readers.mails_from) if readers.mails_from else ""
    return Maintenance(readers.address.id("maintenance", key), announced, entries, title, named)


def _announced(plan: maintenance.Maintenance, readers: Readers) -> tuple[Announcement, ...]:
    told = [
        Announcement(readers.address.id("notice", f"{plan.id}/{number}"), one.at, one.status, one.span, one.impact)
        for number, one in enumerate(plan.announcements)
        if not (readers.public and one.status is maintenance.Status.TENTATIVE)
    ]
    return tuple(reversed(told))


def _exclusions(told: Told, sites: Sequence[SiteView], address: Address, as_of: Instant) -> tuple[Exclusion, ...]:
    """Those of the time that the page shows, newest first; statements hold them all."""
    shown_since = as_of - BAR_DAYS * DAY
    by_key = {site.site.key: site.site for site in sites}
    found = []
    for filed in (filed for filed in told.exclusions if filed.site in by_key and filed.exclusion.span.end > shown_since):
        site, one = by_key[filed.site], filed.exclusion
        names = tuple(component.name for component in site.components if component.key in one.components)
        last, key = filed.last, address.id("exclusion", one.id)
        found.append(Exclusion(key, site.name, one.span, one.cause, one.party, last.step.value, last.at, names))
    return tuple(sorted(found, key=lambda one: (-one.span.start, one.id)))


def _releases(told: Told, readers: Readers, sites: Mapping[str, str]) -> tuple[Release, ...]:
    """Those that the page shows, newest first; ``sites`` as in ``release_for``."""
    found = [shown for one, dates in told.releases if (shown := release_for(readers, one, dates, sites)) is not None]
    return tuple(sorted(found, key=lambda one: (-one.published_at, one.id)))


def release_for(
    readers: Readers, one: releases.Release, dates: Mapping[str, SiteDate] | None, sites: Mapping[str, str]
) -> Release | None:
    """One release as the page tells it: the public one if it is for everybody, a customer's if any of their sites gets it.

    ``dates`` as in ``Told``; ``sites`` are the customer's names of theirs by key, whose dates are told; of the public page none.
    """
    own = [site for site in sites if dates is None or site in dates]
    if not (one.note.public if readers.public else own):
        return None
    known = {} if dates is None else dates
    when = tuple((sites[site], date.wave, date.span) for site in own for date in [known.get(site, SiteDate())])
    return Release(readers.address.id("release", one.version), one.note, one.published_at, when)


def _interruptions(
    sites: Sequence[SiteView], as_of: Instant, incidents: Sequence[Incident], readers: Readers
) -> tuple[Interruption, ...]:
    """What was seen down of late, newest first, each with the incident that tells of it."""
    found = []
    for site in sites:
        keys = {key for name, own in readers.named.items() if name.partition("/")[0] == site.site.key for key in own}
        concerning = [one for one in incidents if keys & set(one.entries)]
        for seen in interruptions(site, as_of):
            found.append(replace(seen, incident=_telling(seen, concerning)))
    return tuple(sorted(found, key=lambda one: -one.start))


def _telling(seen: Interruption, incidents: Sequence[Incident]) -> str | None:
    """The incident that went on when the interruption began."""
    for one in incidents:
        over = None if one.open else one.updated_at
        if one.began_at <= seen.start and (over is None or seen.start <= over):
            return one.id
    return None


def _public_entry(
    key: str, one: PublicEntry, sites: Mapping[str, SiteView], zone: str, as_of: Instant, accounts: Accounts
) -> Entry:
    members = [tuple(member.split("/", 1)) for member in one.members]
    parts = [sites[site].components[component] for site, component in members if component in sites[site].components]
    kinds = [c.kind for site, component in members for c in sites[site].site.components if c.key == component]
    trees = [sites[site].trees[component] for site, component in members if component in sites[site].trees]
    whole = _together(key, parts, Terms(Agreement(zone=zone), All(tuple(trees))), as_of, accounts)
    state, since = since_of(whole.track)
    down = sum(1 for member in parts if since_of(member.track)[0] is State.DOWN)
    return Entry(
        key=key,
        name=one.name,
        kind=kinds[0],
        state=state,
        since=since,
        days=days_of(whole, zone, as_of),
        figures=figures_of(whole.past.trailing.figures, None),
        partial=0 < down < len(parts),
        began_at=whole.track.observed.start if whole.track.observed else None,
    )


def _together(key: str, parts: Sequence[Shown], terms: Terms, as_of: Instant, accounts: Accounts) -> Shown:
    """Several components as one that is as good as its worst."""
    levels = {name: steps for one in parts for name, steps in one.track.components.items()}
    start = min((one.track.observed.start for one in parts if one.track.observed), default=as_of - 1)
    return accounts.shown(key, terms, levels, Span(start, as_of))
