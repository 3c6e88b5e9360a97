"""What ``/metrics`` says of checks and sites, kept as text: renewed with every result and every page, joined at a scrape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.config.configuration import Site
from monitor.metrics.facts import is_seen_by_location
from monitor.metrics.heads import HEADS
from monitor.metrics.kept import Kept
from monitor.metrics.names import EXPENDABLE
from monitor.metrics.series import CheckSeries, measured, told
from monitor.metrics.sites import Observed, SiteSeries, site_lines
from monitor.ports import Result, StreamKey
from monitor.watch.schedule import Plan
from sla.span import Instant
from sla.state import State

MAX_SERIES = 100_000
"""Some 7,000 checks: beyond that phases go first. A Prometheus of one core and 2 GB holds it with room to spare."""


@dataclass(frozen=True, slots=True)
class _Held:
    """A result whose values are shown, and until when they are."""

    plan: Plan
    result: Result
    until: Instant


class Gauges:
    """The kept series. Checks of one component, kind and location would have equal labels: of them the first is shown."""

    def __init__(self, max_series: int = MAX_SERIES) -> None:
        self._max_series = max_series
        self.shown = self.dropped = 0
        """Series in the last text, and those that the limit kept out of it."""
        self._checks, self._facts, self._sites = Kept(HEADS), Kept(HEADS), Kept(HEADS)
        self._observed = Observed()
        self._labels: dict[StreamKey, CheckSeries] = {}
        self._first: set[StreamKey] = set()
        self._held: dict[StreamKey, _Held] = {}

    def watch(self, plans: Sequence[Plan], sites: Mapping[str, Site], latest: Mapping[StreamKey, Result]) -> None:
        """Show exactly these plans and sites from now on."""
        self._labels, self._first, taken, seen = {}, set(), set[tuple[str, ...]](), set[tuple[str, ...]]()
        for plan in plans:
            what = (plan.site, plan.check.component, plan.check.probe.kind)
            if (*what, plan.location) not in taken:
                self._labels[plan.stream] = CheckSeries(sites[plan.site].customer.key, *what, plan.location, success=None)
                if what not in seen:
                    self._first.add(plan.stream)
            taken.add((*what, plan.location))
            seen.add(what)
        shown = frozenset(self._labels)
        self._checks.keep(shown)
        self._facts.keep(shown)
        self._sites.keep(frozenset(sites))
        self._observed.keep(sites)
        self._held = {stream: held for stream, held in self._held.items() if stream in shown}
        for plan in plans:
            if plan.stream in latest:
                self.saw(plan, latest[plan.stream])

    def saw(self, plan: Plan, result: Result) -> None:
        """``result`` is the newest of its stream."""
        if plan.stream not in self._labels:
            return
        known = result.state is not State.UNKNOWN
        series, shown = self._series(plan, result, known), self._held.pop(plan.stream, None)
        self._checks.put(plan.stream, measured(series))
        if not known or shown is None or shown.result.facts != result.facts:
            self._facts.put(plan.stream, told(series))
        if known:
            self._held[plan.stream] = _Held(plan, result, result.at + plan.check.hold_ms)

    def forget(self) -> None:
        """No result says anything any more, until the next one."""
        self._held = {}
        self._checks.keep(frozenset())
        self._facts.keep(frozenset())

    def site(self, series: SiteSeries) -> None:
        """All that is said of a site from now on."""
        self._sites.put(series.site, site_lines(series, self._observed.advance(series)))

    def text(self, now: Instant) -> bytes:
        """All ``parts`` as one."""
        return b"".join(self.parts(now))

    def parts(self, now: Instant, checks: bool = True, sites: bool = True) -> list[bytes]:
        """The series as they are now, a part each metric; a result older than its hold says nothing any more."""
        for held in [held for held in self._held.values() if held.until <= now]:
            del self._held[held.plan.stream]
            silent = self._series(held.plan, held.result, known=False)
            self._checks.put(held.plan.stream, measured(silent))
            self._facts.put(held.plan.stream, told(silent))
        wanted = ((self._checks, checks), (self._facts, checks), (self._sites, sites))
        return self._within_limit([kept for kept, is_wanted in wanted if is_wanted])

    def _within_limit(self, kept: Sequence[Kept]) -> list[bytes]:
        """All series of ``kept``; where there are more than ``max_series``, without those that can be spared first."""
        total = shown = sum(sum(each.sizes.values()) for each in kept)
        spared = frozenset[str]()
        for names in EXPENDABLE:
            if shown > self._max_series:
                spared |= names
                shown -= sum(each.sizes.get(name, 0) for each in kept for name in names)
        self.shown, self.dropped = shown, total - shown
        return [part for each in kept for part in each.parts(spared)]

    def _series(self, plan: Plan, result: Result, known: bool) -> CheckSeries:
        labels = self._labels[plan.stream]
        facts = result.facts if known else {}
        if plan.stream not in self._first and facts:
            facts = {name: value for name, value in facts.items() if is_seen_by_location(name)}  # the rest has no agent
        return CheckSeries(
            labels.customer,
            labels.site,
            labels.component,
            labels.kind,
            labels.agent,
            success=result.state is not State.DOWN if known else None,
            duration_s=None if result.took_ms is None or not known else result.took_ms / 1000,
            timeout_s=plan.check.deadline_ms / 1000,
            last_result_at=result.at,
            phases=tuple((name, ms / 1000) for name, ms in result.phases) if known else (),
            facts=facts,
        )
