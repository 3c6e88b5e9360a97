"""How a page stands as a whole, and each entry of it: what was measured, with announced maintenance laid over it.

Maintenance is said only while it goes on and what is measured is no worse than what was announced; it never hides more.
"""

from __future__ import annotations

from enum import Enum

from reports.snapshot import Banner, Entry, Group, PageSnapshot
from sla.maintenance import Impact
from sla.state import State


class Shown(Enum):
    """What an entry is shown as, best first: the five words of the public status documents."""

    OPERATIONAL = "operational"
    UNDER_MAINTENANCE = "under_maintenance"
    DEGRADED = "degraded_performance"
    PARTIAL_OUTAGE = "partial_outage"
    MAJOR_OUTAGE = "major_outage"


_MEASURED = {
    State.UP: Shown.OPERATIONAL,
    State.DEGRADED: Shown.DEGRADED,
    State.UNKNOWN: Shown.DEGRADED,
    State.DOWN: Shown.MAJOR_OUTAGE,
}
_RANK = {State.UP: 0, State.UNKNOWN: 1, State.DEGRADED: 1, State.DOWN: 2}
_ANNOUNCED = {Impact.NO_IMPACT: 0, Impact.REDUCED_REDUNDANCY: 0, Impact.DEGRADED: 1, Impact.OUTAGE: 2}
ORDER = tuple(Shown)


def shown(entry: Entry, page: PageSnapshot) -> Shown:
    """What ``entry`` is shown as on ``page``. Unknown is never operational."""
    overlaid = any(
        one.in_process and one.last.impact is not Impact.NO_IMPACT and _RANK[entry.state] <= _ANNOUNCED[one.last.impact]
        for one in page.maintenances
        if entry.key in one.entries
    )
    if overlaid and not page.stale:
        return Shown.UNDER_MAINTENANCE
    if entry.last_seen_down is not None and entry.state is State.UNKNOWN:
        return Shown.MAJOR_OUTAGE
    return Shown.PARTIAL_OUTAGE if entry.partial else _MEASURED[entry.state]


def worst(states: list[Shown]) -> Shown:
    """The worst of several; nothing at all is operational."""
    return max(states, key=ORDER.index, default=Shown.OPERATIONAL)


def service(group: Group, page: PageSnapshot) -> Shown | None:
    """A site as a whole; None for a group that is none. One that is down as announced is under maintenance."""
    if group.state is None:
        return None
    parts = [shown(entry, page) for entry in group.entries]
    if group.state is State.DOWN and Shown.UNDER_MAINTENANCE in parts and Shown.MAJOR_OUTAGE not in parts:
        return Shown.UNDER_MAINTENANCE
    seen_down = [entry.last_seen_down is not None for entry in group.entries if entry.days]
    return Shown.MAJOR_OUTAGE if page.stale and seen_down and all(seen_down) else _MEASURED[group.state]


def services(page: PageSnapshot) -> list[Shown]:
    """What an audience would call one service: each site where there are sites, else each entry."""
    sites = [found for group in page.groups if (found := service(group, page)) is not None]
    return sites or [shown(entry, page) for entry in page.entries]


def banner(page: PageSnapshot) -> Banner:
    """The headline. Unknown only if nothing that carries availability is known; else one unknown counts as degraded."""
    carrying = [entry.state for entry in page.entries if entry.days] or [entry.state for entry in page.entries]
    if page.stale or all(state is State.UNKNOWN for state in carrying):
        return Banner.UNKNOWN
    known = [one for state, one in _units(page) if state is not State.UNKNOWN]
    if known and all(one is Shown.MAJOR_OUTAGE for one in known):
        return Banner.MAJOR_OUTAGE
    seen = {*services(page), *(shown(entry, page) for entry in page.entries)}
    if seen & {Shown.MAJOR_OUTAGE, Shown.PARTIAL_OUTAGE}:
        return Banner.PARTIAL_OUTAGE
    if Shown.DEGRADED in seen:
        return Banner.DEGRADED
    return Banner.MAINTENANCE if Shown.UNDER_MAINTENANCE in seen else Banner.OPERATIONAL


def _units(page: PageSnapshot) -> list[tuple[State, Shown]]:
    """Each service with what was measured of it: a site as a whole, else each entry with a bar."""
    found: list[tuple[State, Shown]] = []
    for group in page.groups:
        whole = service(group, page)
        if group.state is not None and whole is not None:
            found.append((group.state, whole))
        else:
            found += [(entry.state, shown(entry, page)) for entry in group.entries if entry.days]
    return found
