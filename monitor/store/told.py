"""What people have decided and announced of some sites, read at one moment for their pages."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy.engine import Connection

from monitor.store import announcements, catalogue, exclusions, incidents, maintenance, releases, requests
from monitor.store.exclusions import Filed
from monitor.store.maintenance import Plan
from monitor.store.releases import Release, SiteDate
from monitor.store.requests import Asked
from sla.incident import Incident
from sla.maintenance import Announcement, Maintenance

_NONE: Mapping[str, tuple[Maintenance, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Told:
    """Incidents that concern any of the sites, maintenance by site, exclusions, requests: all that there ever were, oldest first.

    Maintenance stands here from the moment at which a person announced it: what it counts for is another question. ``titles``
    are what it is called, by its id. Each release comes with the dates of its sites; None: of any it can't be told.
    """

    incidents: tuple[Incident, ...] = ()
    maintenance: Mapping[str, tuple[Maintenance, ...]] = field(default_factory=lambda: _NONE)
    exclusions: tuple[Filed, ...] = ()
    titles: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    requests: tuple[Asked, ...] = ()
    releases: tuple[tuple[Release, Mapping[str, SiteDate] | None], ...] = ()


NOTHING = Told()


def told(connection: Connection, sites: Collection[str]) -> Told:
    """What stands of ``sites`` (keys); one that the store has never heard of has nothing."""
    numbers = catalogue.read(connection).sites
    known = [site for site in sites if site in numbers]
    plans = {site: [plan for plan in maintenance.of_site(connection, site) if plan.told] for site in known}
    return Told(
        incidents.of_sites(connection, known),
        {site: _announced(plans[site], announcements.of_site(connection, numbers[site])) for site in known},
        tuple(filed for site in known for filed in exclusions.of_site(connection, site)),
        {plan.id: plan.last.title for own in plans.values() for plan in own},
        tuple(asked for site in known for asked in requests.of_site(connection, site)),
        tuple((one, releases.dates(connection, one.note)) for one in releases.newest(connection)),
    )


def _announced(plans: Collection[Plan], counted: Collection[Maintenance]) -> tuple[Maintenance, ...]:
    """What was planned here as it was announced, and beside it what was only recorded as announced, by its id."""
    planned = {plan.id for plan in plans}
    return (*map(_maintenance, plans), *(one for one in counted if one.id not in planned))


def _maintenance(plan: Plan) -> Maintenance:
    """The announcements of a plan, each from when a person made it; of several components those that are hit worst."""
    said = tuple(
        Announcement(step.at, step.span, step.status, step.impact, step.agreed_by)
        for step in plan.told
        if step.status is not None
    )
    return Maintenance(plan.id, said, plan.last.hit)
