"""What a configuration says, kept when it is loaded: the promises, what each site is made of, and that it was loaded."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection

from monitor.config.configuration import Configuration, Site
from monitor.store import agreements, audit, catalogue
from monitor.store.audit import Entry
from monitor.store.catalogue import Catalogue
from sla import writing
from sla.span import Instant
from sla.texts import instant_text


def enlisted(connection: Connection, configuration: Configuration, now: Instant) -> Catalogue:
    """Number what is configured, keep what is new of it, and note in the audit that ``configuration`` came into force."""
    numbers = catalogue.enlist(connection, configuration, now)
    fresh: dict[str, Any] = {}
    for site in configuration.sites:
        number = numbers.sites[site.key]
        versions = agreements.keep(connection, number, site.agreements, now)
        changed = agreements.keep_makeup(connection, number, makeup(site, numbers), now)
        if versions or changed:
            fresh[site.key] = {"agreements": list(versions), "makeup": changed}
    body = {"sha256": configuration.digest, "sites": len(configuration.sites), "changed": fresh}
    audit.append(connection, now, Entry(audit.SERVICE, "configuration.loaded", "configuration", body))
    return numbers


def clock_stepped(connection: Connection, since: Instant, told: Instant, now: Instant) -> None:
    """Note in the audit that the wall clock was stepped from ``told`` to ``since``: stamps of both sides don't compare."""
    body = {"from": instant_text(told), "to": instant_text(since)}
    audit.append(connection, now, Entry(audit.SERVICE, "clock.stepped", "clock", body))


def makeup(site: Site, numbers: Catalogue) -> dict[str, Any]:
    """What ``site`` is made of: its tree, and of each component the kind, who manages it and the streams of its checks."""
    components: dict[str, Any] = {}
    for component in site.components:
        checks = {
            check.key: {
                "no": numbers.checks[site.key, check.key],
                "locations": {location: numbers.locations[location] for location in check.locations},
            }
            for check in site.checks
            if check.component == component.key
        }
        components[component.key] = {"kind": component.kind, "managed_by": component.managed_by.value, "checks": checks}
    return {"components": components, "composition": writing.tree(site.composition)}
