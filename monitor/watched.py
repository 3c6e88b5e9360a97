"""The configuration in force, and what is looked up in it often."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.config.configuration import Configuration, Site
from monitor.ports import StreamKey
from monitor.watch.schedule import Plan


@dataclass(frozen=True, slots=True)
class Watched:
    """The configuration in force, and what is looked up in it often."""

    configuration: Configuration
    plans: Sequence[Plan]
    streams: Mapping[tuple[str, str], Sequence[StreamKey]]
    sites: Mapping[str, Site]
    customers: Mapping[str, Sequence[Site]]
    owners: Mapping[int, str]
    """The customer whose check has a number."""
    public: Mapping[str, frozenset[str]]
    """The components of a site that public entries show."""

    def of(self, site: Site) -> list[StreamKey]:
        """The streams of a site."""
        return [stream for check in site.checks for stream in self.streams[site.key, check.key]]


def watched(configuration: Configuration, plans: Sequence[Plan]) -> Watched:
    """All that is watched by ``plans``."""
    sites = {site.key: site for site in configuration.sites}
    streams: dict[tuple[str, str], list[StreamKey]] = defaultdict(list)
    customers: dict[str, list[Site]] = defaultdict(list)
    public: dict[str, set[str]] = defaultdict(set)
    for plan in plans:
        streams[plan.site, plan.check.key].append(plan.stream)
    for site in configuration.sites:
        customers[site.customer.key].append(site)
    for member in (member for entry in configuration.public_entries for member in entry.members):
        site_key, component = member.split("/", 1)
        public[site_key].add(component)
    return Watched(
        configuration,
        plans,
        dict(streams),
        sites,
        dict(customers),
        {plan.check_no: sites[plan.site].customer.key for plan in plans},
        {key: frozenset(components) for key, components in public.items()},
    )
