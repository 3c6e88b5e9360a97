"""Incidents by what was measured: a confirmed outage opens one, all outages of one root are one, recovery moves it on.

What the service says is a status and the components concerned, never a word: pages put it into their own. An incident that
nobody wrote anything about is resolved after a quiet time; one that a person took up is resolved by a person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlalchemy.engine import Connection

from monitor.config.configuration import Configuration, Site
from monitor.desk.evidence import States, Witnesses, checks_of, evidence, witnesses
from monitor.store import audit, incidents
from monitor.store.audit import Entry
from sla.attribution import attribute, broke
from sla.incident import Incident, Status, Update
from sla.span import DAY, MINUTE, Instant, Span
from sla.state import State
from sla.texts import instant_text

RECENT_MS = 2 * DAY
"""How far back the start of a present outage is looked for."""
QUIET_MS = 10 * MINUTE
"""How long all must have been well before an incident that nobody wrote about is over: shorter, and flapping opens many."""
_BY = audit.SERVICE.name
_WELL = (State.UP, State.DEGRADED)


@dataclass(frozen=True, slots=True)
class Move:
    """One update that is due: of ``incident``, or of a new one of ``root`` that began at ``began_at``."""

    incident: Incident | None
    root: str
    began_at: Instant
    update: Update


@dataclass(frozen=True, slots=True)
class _Down:
    """A present outage: its root, when it began, and the components (``site/component``) that make it."""

    root: str
    began_at: Instant
    components: tuple[str, ...]


def moves(connection: Connection, configuration: Configuration, sites: Collection[str], now: Instant) -> tuple[Move, ...]:
    """What is to be said now of the incidents of ``sites`` (keys), and of all that are open."""
    going_on = incidents.unresolved(connection)
    wanted = {*sites, *(site for one in going_on for site in one.sites)}
    if not wanted:
        return ()
    seen = witnesses(connection, _around(configuration, wanted), now - RECENT_MS)
    states = {site.key: states_of(seen, site, now) for site in configuration.sites if site.key in wanted}
    known = [site for site in configuration.sites if site.key in states and site.key in seen.numbers.sites]
    down = _merged(found for site in known if (found := _down(seen, site, states[site.key], now)))
    return (*_begun(down, going_on, now), *_over(going_on, down, states, now))


def apply(connection: Connection, due: Iterable[Move], now: Instant) -> tuple[Incident, ...]:
    """Keep and audit the ``due`` moves; those of an incident that somebody wrote of meanwhile are left to the next round."""
    kept = []
    for move in due:
        if move.incident is None:
            told = incidents.open_(connection, move.root, move.began_at, move.update, now)
        elif incidents.find(connection, move.incident.id) == move.incident:
            told = incidents.add(connection, move.incident, move.update, now)
        else:
            continue
        action = "incident.opened" if move.incident is None else "incident.updated"
        audit.append(connection, now, Entry(audit.SERVICE, action, told.id, said(told.last)))
        kept.append(told)
    return tuple(kept)


def said(update: Update) -> dict[str, object]:
    """An update as the audit holds it."""
    impact = None if update.impact is None else update.impact.word
    return {
        "status": update.status.value,
        "components": list(update.components),
        "title": update.title,
        "impact": impact,
        "body": update.body,
        "public": update.public,
        **({} if update.next_at is None else {"next_update_at": instant_text(update.next_at)}),
    }


def _around(configuration: Configuration, wanted: Collection[str]) -> Configuration:
    """The configuration of the ``wanted`` sites, and of those that share something with them or tell of the way."""
    shared = {one.shared for site in configuration.sites if site.key in wanted for one in site.components if one.shared}

    def concerned(site: Site) -> bool:
        return site.key in wanted or any(one.control_for or one.shared in shared for one in site.components)

    return replace(configuration, sites=tuple(site for site in configuration.sites if concerned(site)))


def states_of(seen: Witnesses, site: Site, now: Instant) -> Mapping[str, States]:
    """What each watched component of ``site`` was of late."""
    if site.key not in seen.numbers.sites:
        return {}
    recent = Span(now - RECENT_MS, now)
    watched = {component.key: checks for component in site.components if (checks := checks_of(site, component))}
    return {key: seen.states(seen.streams(site, checks), recent) for key, checks in watched.items()}


def _down(seen: Witnesses, site: Site, states: Mapping[str, States], now: Instant) -> _Down | None:
    """The present outage of ``site``, if there is one."""
    guilty = broke(site.composition, _down_at(states, now - 1))
    if not guilty:
        return None
    began = now - 1
    for edge in sorted({span.start for own in states.values() for span, _ in own}, reverse=True):
        if not broke(site.composition, _down_at(states, edge)):
            break
        began = edge
    ordered = tuple(component.key for component in site.components if component.key in guilty)
    outage = Span(began, now)
    cause = attribute(outage, ordered, evidence(seen, site, outage)).component or ordered[0]
    shared = next((component.shared for component in site.components if component.key == cause), None)
    root = f"shared:{shared}" if shared else f"{site.key}/{cause}"
    return _Down(root, began, tuple(f"{site.key}/{key}" for key in ordered))


def _down_at(states: Mapping[str, States], at: Instant) -> set[str]:
    return {name for name, own in states.items() if any(at in span and state is State.DOWN for span, state in own)}


def _merged(found: Iterable[_Down]) -> tuple[_Down, ...]:
    """Outages of one root as one."""
    by_root: dict[str, _Down] = {}
    for one in found:
        known = by_root.get(one.root, replace(one, components=()))
        by_root[one.root] = _Down(one.root, min(known.began_at, one.began_at), known.components + one.components)
    return tuple(by_root.values())


def _begun(down: Iterable[_Down], going_on: tuple[Incident, ...], now: Instant) -> Iterator[Move]:
    """What is down belongs to the open incident of its root, else to one of its sites, else it is a new one."""
    moved: set[int] = set()
    for one in down:
        sites = {name.partition("/")[0] for name in one.components}
        known = next((other for other in going_on if other.root == one.root), None)
        known = known or next((other for other in going_on if sites & set(other.sites)), None)
        if known is None:
            yield Move(None, one.root, one.began_at, Update(now, Status.INVESTIGATING, _BY, one.components))
            continue
        last = known.last
        components = tuple(dict.fromkeys((*last.components, *one.components)))
        back = last.status is Status.MONITORING
        if known.number not in moved and (back or components != last.components or not _measured(known)):
            moved.add(known.number)
            status = Status.INVESTIGATING if back else last.status
            yield Move(known, known.root, known.began_at, Update(now, status, _BY, components))


def _over(
    going_on: Iterable[Incident], down: tuple[_Down, ...], states: Mapping[str, Mapping[str, States]], now: Instant
) -> Iterator[Move]:
    """What was measured down and is well again is watched; what has been well and quiet is over."""
    away = {name.partition("/")[0] for one in down for name in one.components}
    for one in going_on:
        if away & set(one.sites) or not _measured(one) or not all(_well(name, states, now) for name in one.last.components):
            continue
        components, last = one.last.components, one.last
        if last.status is not Status.MONITORING:
            yield Move(one, one.root, one.began_at, Update(now, Status.MONITORING, _BY, components))
        elif now - last.at >= QUIET_MS and all(update.by == _BY for update in one.updates):
            yield Move(one, one.root, one.began_at, Update(now, Status.RESOLVED, _BY, components))


def _measured(one: Incident) -> bool:
    """Whether an outage was measured of it: only then can its end be measured too."""
    return any(update.by == _BY for update in one.updates)


def _well(name: str, states: Mapping[str, Mapping[str, States]], now: Instant) -> bool:
    """Whether a component is seen well now; one that is not watched any more holds nothing up."""
    site, _, component = name.partition("/")
    own = states.get(site, {}).get(component)
    return own is None or own[-1][1] in _WELL
