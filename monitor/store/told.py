"""What people have decided and announced of some sites, read at one moment for their pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy.engine import Connection

from monitor.store import announcements, catalogue, exclusions, incidents
from monitor.store.exclusions import Filed
from sla.incident import Incident
from sla.maintenance import Maintenance

_NONE: Mapping[str, tuple[Maintenance, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Told:
    """Incidents that concern any of the sites, maintenance by site, exclusions: all that there ever were, oldest first."""

    incidents: tuple[Incident, ...] = ()
    maintenance: Mapping[str, tuple[Maintenance, ...]] = field(default_factory=lambda: _NONE)
    exclusions: tuple[Filed, ...] = ()


NOTHING = Told()


def told(connection: Connection, sites: Collection[str]) -> Told:
    """What stands of ``sites`` (keys); one that the store has never heard of has nothing."""
    numbers = catalogue.read(connection).sites
    known = [site for site in sites if site in numbers]
    return Told(
        incidents.of_sites(connection, known),
        {site: announcements.of_site(connection, numbers[site]) for site in known},
        tuple(filed for site in known for filed in exclusions.of_site(connection, site)),
    )
