"""What the configuration says, as the parts take it: plans of looks, the resolver of a vantage."""

from __future__ import annotations

from monitor.config.configuration import Configuration, Vantage
from monitor.slots import phase
from monitor.store.catalogue import Catalogue
from monitor.watch.resolver import Resolver, system_resolvers
from monitor.watch.schedule import Plan


def plans_of(configuration: Configuration, numbers: Catalogue) -> tuple[Plan, ...]:
    """Every check at every location with its place on the slot grid."""
    return tuple(
        Plan(
            site.key,
            check,
            location,
            numbers.checks[site.key, check.key],
            numbers.locations[location],
            phase(f"{site.key}/{check.key}", location, check.every_ms),
        )
        for site in configuration.sites
        for check in site.checks
        for location in check.locations
    )


def resolver_of(vantage: Vantage | None) -> Resolver:
    """The vantage's own resolvers (host:port, a v6 host in brackets), else the machine's; and its canary name."""
    own = [text.rpartition(":") for text in vantage.resolvers] if vantage else []
    servers = [(host.strip("[]"), int(port)) for host, _, port in own] or [(address, 53) for address in system_resolvers()]
    return Resolver(servers, vantage.canary_name if vantage else None)
