"""What is known around an outage, gathered for ``sla.attribution``: components, what they stand on, controls, vantages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy.engine import Connection

from monitor.config.configuration import Check, Component, Configuration, Site
from monitor.ports import StreamKey
from monitor.store import announcements, catalogue, changes
from monitor.store.catalogue import Catalogue
from monitor.streams import component_tree, leaf_name
from sla.account import Terms, account
from sla.agreement import Agreement
from sla.attribution import NEAR_INTERVALS, Evidence, Part, View
from sla.facts import levels_of
from sla.maintenance import Maintenance, Status
from sla.span import Instant, Span
from sla.state import Cause, State
from sla.timeline import Timeline

_UNDER_WAY = (Status.CONFIRMED, Status.IN_PROCESS)
States = tuple[tuple[Span, State], ...]
_EVER = Span(0, 1 << 50)


@dataclass(frozen=True)
class Witnesses:
    """Everybody who saw anything: the configured sites, their numbers, and what stands of each stream."""

    configuration: Configuration
    numbers: Catalogue
    timelines: Mapping[StreamKey, Timeline]
    plans: Mapping[str, tuple[Maintenance, ...]]

    def streams(self, site: Site, checks: Iterable[Check], location: str | None = None) -> dict[int, list[StreamKey]]:
        """The streams of ``checks`` by check, of one location or of all."""
        return {
            number: [(number, self.numbers.locations[name]) for name in check.locations if location in (None, name)]
            for check in checks
            for number in (self.numbers.checks[site.key, check.key],)
            if location is None or location in check.locations
        }

    def states(self, streams: Mapping[int, Sequence[StreamKey]], span: Span) -> States:
        """What a component with these streams was in ``span``; unknown if nobody looked."""
        if not streams:
            return ((span, State.UNKNOWN),)
        levels = {
            leaf_name(stream): levels_of(self.timelines.get(stream, Timeline())) for own in streams.values() for stream in own
        }
        terms = Terms(Agreement(effective_from=span.start), component_tree(streams), as_of=span.end)
        return account(terms, levels, span).track.states(span)

    def down_on(self, shared: str, outage: Span) -> frozenset[str]:
        """The customers (keys) whose part of the ``shared`` item was down in ``outage``."""
        asked = shared, outage
        if asked not in self._asked:  # where one thing takes thousands of sites away, most of them ask the same
            downs = self._downs.get(shared, ())
            self._asked[asked] = frozenset(customer for customer, span in downs if span.cut(outage) is not None)
        return self._asked[asked]

    @cached_property
    def _asked(self) -> dict[tuple[str, Span], frozenset[str]]:
        return {}

    @cached_property
    def _downs(self) -> Mapping[str, Sequence[tuple[str, Span]]]:
        """By shared item: the customers whose part of it was down, and when. Asked by each of n sites, made once."""
        found: dict[str, list[tuple[str, Span]]] = defaultdict(list)
        for site in self.configuration.sites:
            for one in site.components:
                if one.shared and site.key in self.numbers.sites:
                    states = self.states(self.streams(site, checks_of(site, one)), _EVER)
                    found[one.shared] += [(site.customer.key, span) for span, state in states if state is State.DOWN]
        return found

    @cached_property
    def controls(self) -> tuple[tuple[Site, Component], ...]:
        """The components that tell whether the way to others is fine."""
        return tuple((site, one) for site in self.configuration.sites for one in site.components if one.control_for)


def witnesses(connection: Connection, configuration: Configuration, since: Instant = 0) -> Witnesses:
    """Everything that was seen of all configured sites from ``since`` on."""
    numbers = catalogue.read(connection)
    known = [site for site in configuration.sites if site.key in numbers.sites]
    plans = {site.key: announcements.of_site(connection, numbers.sites[site.key]) for site in known}
    streams = [
        (numbers.checks[site.key, check.key], numbers.locations[location])
        for site in known
        for check in site.checks
        for location in check.locations
    ]
    return Witnesses(configuration, numbers, changes.timelines(connection, streams, since), plans)


def evidence(seen: Witnesses, site: Site, outage: Span, cloud_status: str | None = None) -> Evidence:
    """What is known of an ``outage`` of ``site``."""
    return Evidence({component.key: _part(seen, site, component, outage) for component in site.components}, cloud_status)


def _part(seen: Witnesses, site: Site, component: Component, outage: Span) -> Part:
    checks = checks_of(site, component)
    interval = max((check.every_ms for check in checks), default=60_000)
    reach = NEAR_INTERVALS * interval + max((check.hold_ms for check in checks), default=0)
    around = Span(max(0, outage.start - reach), outage.end + reach)
    streams = seen.streams(site, checks)
    states = seen.states(streams, around)
    return Part(
        name=component.key,
        kind=component.kind,
        managed_by=component.managed_by,
        interval_ms=interval,
        states=states,
        depends_on=component.depends_on,
        causes=frozenset(_causes(seen, streams, outage)),
        maintenance=any(_under_way(plan, component.key, outage) for plan in seen.plans.get(site.key, ())),
        control=_control(seen, component.kind, checks, outage),
        views=tuple(_views(seen, site, checks, outage)),
        shared_down=seen.down_on(component.shared, outage) if component.shared else frozenset(),
        credential_worked=any(state is State.UP and span.start < outage.start for span, state in states),
        owner=f"{component.name} of {site.customer.name}",
    )


def checks_of(site: Site, component: Component) -> tuple[Check, ...]:
    """The checks that make a component's state."""
    return tuple(check for check in site.checks if check.component == component.key)


def _causes(seen: Witnesses, streams: Mapping[int, Sequence[StreamKey]], outage: Span) -> Iterator[Cause]:
    for stream in (stream for own in streams.values() for stream in own):
        timeline = seen.timelines.get(stream, Timeline())
        for change in timeline.changes:
            if change.cause is not None and change.state is State.DOWN and change.at < outage.end and change.at >= outage.start:
                yield change.cause


def _under_way(plan: Maintenance, component: str, outage: Span) -> bool:
    """Whether the last word before the outage's end was that this maintenance goes on in it."""
    told = [one for one in plan.announcements if one.at < outage.end]
    concerned = not plan.components or component in plan.components
    return bool(told) and concerned and told[-1].status in _UNDER_WAY and told[-1].span.cut(outage) is not None


def _control(seen: Witnesses, kind: str, checks: Sequence[Check], outage: Span) -> State:
    """UP only if from every place that looks a control for this kind was seen up all the time."""
    places = {location for check in checks for location in check.locations}
    found = [
        any(
            _lowest(seen.states(streams, outage)) is State.UP
            for site, control in seen.controls
            if kind in control.control_for
            if (streams := seen.streams(site, checks_of(site, control), place))
        )
        for place in places
    ]
    return State.UP if found and all(found) else State.UNKNOWN


def _views(seen: Witnesses, site: Site, checks: Sequence[Check], outage: Span) -> Iterator[View]:
    for place in sorted({location for check in checks for location in check.locations}):
        vantage = seen.configuration.vantages.get(place)
        lowest = _lowest(seen.states(seen.streams(site, checks, place), outage))
        yield View(place, vantage.network_operator if vantage else None, lowest)


def _lowest(states: States) -> State:
    """The worst that was seen: down before unknown before degraded."""
    order = (State.DOWN, State.UNKNOWN, State.DEGRADED, State.UP)
    return min((state for _, state in states), key=order.index, default=State.UNKNOWN)
