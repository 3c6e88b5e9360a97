"""What people call a site and its parts, and when its certificates and licences end: kept with what is published of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.config.configuration import Site
from monitor.desk.deed import Installation
from sla.texts import instant_text


def about(ground: Installation, key: str) -> Mapping[str, Any]:
    """The names of the site ``key`` and of its parts as they are configured now; empty for one that is not configured."""
    site = next((one for one in ground.configuration.sites if one.key == key), None)
    if site is None:
        return {}
    provider = ground.configuration.provider
    return {
        "provider": provider.name,
        "language": provider.language,
        "customer": site.customer.name,
        "site": site.name,
        "components": {component.key: component.name for component in site.components},
        "ends": _ends(ground, site),
    }


def _ends(ground: Installation, site: Site) -> list[dict[str, str]]:
    """When what the newest looks saw of each certificate and licence ends, the first first."""
    known = ((component, ground.ends.get(f"{site.key}/{component.key}")) for component in site.components)
    found = [(at, component) for component, at in known if at is not None]
    return [
        {"component": component.key, "kind": component.kind, "ends_at": instant_text(at)}
        for at, component in sorted(found, key=lambda one: (one[0], one[1].key))
    ]
