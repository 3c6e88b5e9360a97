"""What a configuration may say but an operator hardly means: advice, no mistakes."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.config.configuration import Configuration, Site
from sla.composition import leaves

NEVER_ALONE = frozenset({"icmp"})
"""Kinds that prove a path and no service: many networks drop them, and a dead service may sit behind."""


def advice(configuration: Configuration) -> tuple[str, ...]:
    """One line a matter, in the order of the sites."""
    return tuple(line for site in configuration.sites for line in _of_site(site))


def _of_site(site: Site) -> Iterator[str]:
    for name in dict.fromkeys(leaves(site.composition)):
        kinds = {check.probe.kind for check in site.checks if check.component == name}
        if kinds and kinds <= NEVER_ALONE:
            only = " and ".join(sorted(kinds))
            yield f"site {site.key}: component {name} counts and has no check but {only}, which proves no service: add another"
