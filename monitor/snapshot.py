"""From what is stored to what a page holds of a site: timelines → accounts → figures → entries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction

from monitor.accounts import Accounts, Shown, bars_of
from monitor.config.configuration import Component, Site
from monitor.ports import Result, StreamKey
from monitor.streams import Ground, component_trees, leaf_name, present_ground
from probes.probe import Fact
from reports.snapshot import (
    DayBar,
    Entry,
    Interruption,
    PageFigures,
    SiteVerdict,
    Window,
)
from reports.snapshot import Verdict as ShownVerdict
from reports.words import cause_word
from sla.account import Account, Terms
from sla.agreement import Agreement
from sla.answer import Figures
from sla.calendar import date_of
from sla.composition import Node, Quad, leaves
from sla.exclusion import Exclusion
from sla.facts import applied, levels_of
from sla.span import DAY, SECOND, Instant, Span
from sla.state import State
from sla.survey import worst_dates
from sla.timeline import Timeline
from sla.track import Track, shown

PAST_DAYS = 14
_ENDS = ("license_not_after_timestamp_seconds", "ssl_earliest_cert_expiry", "certificate_not_after_timestamp_seconds.leaf")
"""The facts that tell an end, what a look was sent for before the connection that it used."""
NO_BAR = frozenset({"certificate", "licensing"})
NEVER = Timeline()
SLOW_CHECK_MS = 300_000
"""Checks with a longer interval (certificates) print their own age and do not hold back the page's "measured up to"."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What pages are made from: the streams of each check, their timelines, and the newest result of each."""

    streams: Mapping[tuple[str, str], Sequence[StreamKey]]
    timelines: Mapping[StreamKey, Timeline]
    latest: Mapping[StreamKey, Result]


@dataclass(frozen=True, slots=True)
class SiteView:
    """One site at one instant: what is shown of itself and of each component."""

    site: Site
    whole: Shown
    components: Mapping[str, Shown]
    trees: Mapping[str, Node]

    @property
    def account(self) -> Account:
        """What was seen of the site, and what of that counts."""
        return self.whole.account

    @property
    def track(self) -> Track:
        """What was seen of the site."""
        return self.account.track


def view(site: Site, seen: Seen, as_of: Instant, accounts: Accounts, ground: Ground | None = None) -> SiteView:
    """The site and its components from the first evidence (or the agreement's start) to ``as_of``.

    The site is counted by its ``ground`` (None: what it is made of today was always so), each component by its checks of today.
    """
    streams = {check.key: seen.streams[site.key, check.key] for check in site.checks}
    ground, trees = ground or present_ground(site, streams), component_trees(site, streams)
    stays_down = site.agreement.down_then_unknown == "stays-down"
    own = ground.streams.union(*streams.values())
    levels = {stream: accounts.levels(stream, seen.timelines.get(stream, NEVER), stays_down) for stream in own}
    nothing = levels_of(NEVER)
    parts = {name: applied(levels[one.stream] if one.stream else nothing, one.applicable) for name, one in ground.parts.items()}
    looked = {leaf_name(stream): levels[stream] for members in streams.values() for stream in members}
    observed = _observed(site.agreement, [seen.timelines[stream] for stream in own if stream in seen.timelines], as_of)
    left_out = {key: Terms(site.agreement, tree, _concerning(tree, ground)) for key, tree in trees.items()}
    parts_shown = {key: accounts.shown((site.key, key), terms, looked, observed) for key, terms in left_out.items()}
    whole = Terms(site.agreement, ground.tree, ground.exclusions, ground.maintenance)
    return SiteView(site, accounts.shown(site.key, whole, parts, observed, barred=False), parts_shown, trees)


def _concerning(tree: Node, ground: Ground) -> tuple[Exclusion, ...]:
    """What leaves out the whole site or something of the component ``tree``, by the streams in it."""
    own = set(leaves(tree))
    found = []
    for one in ground.exclusions:
        streams = (ground.parts[name].stream for name in one.components)
        touched = own & {leaf_name(stream) for stream in streams if stream is not None}
        if touched or not one.components:
            found.append(replace(one, components=tuple(sorted(touched))))
    return tuple(found)


def _observed(agreement: Agreement, timelines: Iterable[Timeline], as_of: Instant) -> Span:
    firsts = [timeline.changes[0].at for timeline in timelines if timeline.changes]
    start = agreement.effective_from if agreement.effective_from is not None else min(firsts, default=as_of - 1)
    return Span(min(start, as_of - 1), as_of)


def figures_of(figures: Figures, agreement: Agreement | None) -> PageFigures:
    """Figures as a page holds them; without an agreement they carry neither goal nor verdict (the public page)."""
    return PageFigures(
        period_ms=figures.period_ms,
        downtime_ms=figures.downtime_ms,
        worst_ms=figures.worst_ms,
        best_ms=figures.best_ms,
        unknown_ms=figures.unknown_ms,
        coverage=figures.coverage or Fraction(0),
        goal=agreement.goal if agreement else None,
        budget_ms=figures.budget_ms if agreement else None,
        verdict=ShownVerdict(figures.verdict.value) if agreement else None,
        excluded_ms=figures.observed_ms - figures.downtime_ms,
    )


def days_of(one: Shown, zone: str, as_of: Instant) -> tuple[DayBar, ...]:
    """The days that a page shows of something, today the last."""
    today = date_of(zone, as_of)
    return one.past.days + bars_of(one.account, zone, today, today)


def since_of(track: Track) -> tuple[State, Instant]:
    """The shown state now and the instant it began."""
    span, state = track.latest(1)[-1]
    return state, span.start


def _last_down(track: Track) -> Instant | None:
    """While silence follows a DOWN: the instant until which it was seen down."""
    states = track.latest(2)
    if len(states) > 1 and states[-1][1] is State.UNKNOWN and states[-2][1] is State.DOWN:
        return states[-2][0].end
    return None


def cause_of(streams: Sequence[StreamKey], seen: Seen) -> str | None:
    """The customer's word for why what these streams look at is not up; None if none of them says."""
    results = [seen.latest[stream] for stream in streams if stream in seen.latest]
    causes = [result.cause for result in results if result.cause is not None and result.state is not State.UNKNOWN]
    return cause_word(min(causes)) if causes else None


def expiry_of(streams: Sequence[StreamKey], seen: Seen) -> Instant | None:
    """When the first of what these streams look at expires."""
    ends = [end_of(seen.latest[stream].facts) for stream in streams if stream in seen.latest]
    return min((at for at in ends if at is not None), default=None)


def end_of(facts: Mapping[str, Fact]) -> Instant | None:
    """When the licence or certificate ends that a look found these ``facts`` of."""
    found = next((facts[name] for name in _ENDS if name in facts), None)
    return int(found) * SECOND if isinstance(found, int) else None


def entry(site: SiteView, component: Component, seen: Seen, as_of: Instant, key: str) -> Entry | None:
    """One line of a customer's page; None for a component that nobody looks at. ``key`` is the page's own id of it."""
    seen_of = site.components.get(component.key)
    if seen_of is None:
        return None
    track = seen_of.track
    streams = [
        s for check in site.site.checks if check.component == component.key for s in seen.streams[site.site.key, check.key]
    ]
    state, since = since_of(track)
    agreement = site.site.agreement
    carries = component.kind not in NO_BAR
    return Entry(
        key=key,
        name=component.name,
        kind=component.kind,
        state=state,
        since=since,
        managed_by=component.managed_by,
        last_seen_down=_last_down(track),
        cause=cause_of(streams, seen) if state in (State.DOWN, State.DEGRADED) else None,
        days=days_of(seen_of, agreement.zone, as_of) if carries else (),
        figures=figures_of(seen_of.past.trailing.figures, agreement) if carries else None,
        expires_at=None if carries else expiry_of(streams, seen),
        began_at=track.observed.start if track.observed else None,
    )


def verdict(site: SiteView, as_of: Instant) -> SiteVerdict:
    """The contractual box: the trailing dates, and the worst window that ends in the present month."""
    agreement = site.site.agreement
    trailing = site.whole.past.trailing
    today = date_of(agreement.zone, as_of)
    first = today.replace(day=1) - timedelta(days=agreement.days - 1)
    worst = worst_dates(site.account.counted, agreement, first, today).worst
    return SiteVerdict(
        Window(trailing.first, trailing.last, figures_of(trailing.figures, agreement)),
        Window(worst.first, worst.last, figures_of(worst.figures, agreement)),
    )


def interruptions(site: SiteView, as_of: Instant) -> tuple[Interruption, ...]:
    """The outages of the last days, newest first, with the names of the components that were down."""
    past = Span(as_of - PAST_DAYS * DAY, as_of)
    names = {component.key: component.name for component in site.site.components}
    gone = {key: one.track.runs(past, _is_down) for key, one in site.components.items()}
    found = []
    for outage in site.track.runs(past, _is_down):
        away = tuple(names[key] for key, spans in gone.items() if any(outage.cut(span) for span in spans))
        found.append(Interruption(outage.start, None if outage.end >= as_of else outage.end, away))
    return tuple(reversed(found))


def _is_down(quad: Quad) -> bool:
    return shown(quad) is State.DOWN


def evidence_until(sites: Sequence[SiteView], seen: Seen) -> Instant | None:
    """Up to when the page is measured: the earliest, over what is not unknown, of the newest conclusive result.

    All unknown: the last instant at which anything was known. Slow checks count only where there are no others.
    """
    checks = [(site.site.key, check) for site in sites for check in site.site.checks]
    quick = [(site, check) for site, check in checks if check.every_ms <= SLOW_CHECK_MS]
    streams = [stream for site, check in quick or checks for stream in seen.streams[site, check.key]]
    newest = [seen.latest[stream] for stream in streams if stream in seen.latest]
    conclusive = [result.at for result in newest if result.state is not State.UNKNOWN]
    if conclusive:
        return min(conclusive)
    return max((at for stream in streams if (at := _known_until(seen.timelines.get(stream))) is not None), default=None)


def _known_until(timeline: Timeline | None) -> Instant | None:
    """When a stream that fell silent ceased to be known; None if it never was, or still is."""
    changes = timeline.changes if timeline else ()
    return changes[-1].at if len(changes) > 1 and changes[-1].state is State.UNKNOWN else None
