"""What is known now, kept in memory for readers: the newest result of every stream, and all pages rendered from one instant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from monitor.clock import Clock
from monitor.config.configuration import Configuration
from monitor.metrics.series import CheckSeries, SiteSeries, checks_text, sites_text
from monitor.ports import Result, StreamKey
from monitor.snapshot import Seen, SiteView, customer_page, page_key, public_page, since_of, verdict, view
from monitor.streams import over_streams
from monitor.watch.schedule import Plan
from reports.operator_page import SiteLine, render_index
from reports.snapshot import PageSnapshot
from reports.snapshot_json import document, stale_document
from reports.status_page import render, render_stale
from sla.exclusion import Exclusion
from sla.span import Instant
from sla.state import State
from sla.timeline import Timeline

Timelines = Callable[[Iterable[int]], Mapping[StreamKey, Timeline]]
"""Reads the timelines of these checks, as they are stored now."""

Approved = Callable[[], Mapping[str, Sequence[Exclusion]]]
"""Reads the exclusions that count now, by site, over the site's own components."""


@dataclass(frozen=True, slots=True)
class Page:
    """One rendered document with its stale twin."""

    path: str
    body: bytes
    stale: bytes
    published_at: Instant
    content_type: str = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Published:
    """All documents of one instant, and the text of the sites' series."""

    pages: tuple[Page, ...]
    index: Page
    series: bytes


@dataclass(slots=True)
class _Watched:
    """The configuration in force and where each check's results go."""

    configuration: Configuration
    plans: Sequence[Plan] = ()
    streams: Mapping[tuple[str, str], Sequence[StreamKey]] = field(default_factory=dict)


class Board:
    """Hears of every committed result; renders pages and series when asked. Reading it never touches the writer."""

    def __init__(self, timelines: Timelines, service_key: bytes, clock: Clock, approved: Approved = dict) -> None:
        self._timelines, self._service_key, self._clock, self._approved = timelines, service_key, clock, approved
        self._latest: dict[StreamKey, Result] = {}
        self._now: _Watched | None = None

    def watch(self, configuration: Configuration, plans: Sequence[Plan]) -> None:
        """Show exactly these plans from now on; what is not among them any more is forgotten."""
        streams: dict[tuple[str, str], list[StreamKey]] = defaultdict(list)
        for plan in plans:
            streams[plan.site, plan.check.key].append(plan.stream)
        self._now = _Watched(configuration, plans, streams)
        alive = {plan.stream for plan in plans}
        self._latest = {stream: result for stream, result in self._latest.items() if stream in alive}

    def saw(self, plan: Plan, result: Result) -> None:
        """A result was committed."""
        before = self._latest.get(plan.stream)
        if before is None or result.at >= before.at:
            self._latest[plan.stream] = result

    def forget(self) -> None:
        """What was seen last says nothing of now any more, until the next look: the clock was stepped."""
        self._latest.clear()

    def unmeasured(self) -> tuple[str, ...]:
        """The checks (``site/check``) without a result that says anything, in order."""
        silent = [
            f"{plan.site}/{plan.check.key}"
            for plan in self._watched().plans
            if plan.stream not in self._latest or self._latest[plan.stream].state is State.UNKNOWN
        ]
        return tuple(silent)

    def customer_path(self, customer: str) -> str:
        """The address of a customer's page, below the listener's root."""
        generation = max(site.page_generation for site in self._watched().configuration.sites if site.customer.key == customer)
        return f"/p/{page_key(self._service_key, customer, generation)}/"

    def publish(self) -> Published:
        """Every page, the operator's index and the sites' series, all from one instant. Made for a thread of its own."""
        watched, now = self._watched(), self._clock()
        seen = Seen(watched.streams, self._timelines({plan.check_no for plan in watched.plans}), dict(self._latest))
        approved = self._approved()
        views = [
            view(promised, seen, now, over_streams(promised, approved.get(site.key, ()), watched.streams))
            for site in watched.configuration.sites
            for promised in (site.promised_at(now),)
        ]
        pages = [*_documents("/", public_page(watched.configuration, views, seen, now))]
        by_customer: dict[str, list[SiteView]] = defaultdict(list)
        for one in views:
            by_customer[one.site.customer.key].append(one)
        for customer, sites in by_customer.items():
            pages += _documents(self.customer_path(customer), customer_page(watched.configuration, sites, seen, now))
        series = sites_text([_site_series(one, now) for one in views])
        return Published(tuple(pages), self._index(views, now), series)

    def checks(self) -> bytes:
        """The series of all checks as they are now; a result older than its hold says nothing any more."""
        now = self._clock()
        return checks_text(self._check_series(plan, now) for plan in self._watched().plans)

    def _check_series(self, plan: Plan, now: Instant) -> CheckSeries:
        site = next(site for site in self._watched().configuration.sites if site.key == plan.site)
        result = self._latest.get(plan.stream)
        known = result is not None and result.state is not State.UNKNOWN and now < result.at + plan.check.hold_ms
        labels = (site.customer.key, site.key, plan.check.component, plan.check.probe.kind, plan.location)
        if result is None:
            return CheckSeries(*labels, success=None)
        return CheckSeries(
            *labels,
            success=result.state is not State.DOWN if known else None,
            duration_s=None if result.took_ms is None or not known else result.took_ms / 1000,
            timeout_s=plan.check.deadline_ms / 1000,
            last_result_at=result.at,
            phases=tuple((name, ms / 1000) for name, ms in result.phases) if known else (),
            facts=result.facts if known else {},
        )

    def _index(self, views: Sequence[SiteView], now: Instant) -> Page:
        """The operator's list of sites with its stale twin."""
        provider = self._watched().configuration.provider
        lines = [self._line(one, now) for one in views]
        bodies = [render_index(provider.name, provider.zone, now, lines, stale) for stale in (False, True)]
        return Page("/", bodies[0], bodies[1], now)

    def _line(self, one: SiteView, now: Instant) -> SiteLine:
        state, since = since_of(one.track)
        href = self.customer_path(one.site.customer.key)
        return SiteLine(one.site.name, one.site.customer.name, state, since, verdict(one, now).trailing.figures, href)

    def _watched(self) -> _Watched:
        if self._now is None:
            raise RuntimeError("nothing is watched yet")
        return self._now


def _documents(path: str, snapshot: PageSnapshot) -> tuple[Page, Page]:
    """The page for people and the same snapshot for machines."""
    at = snapshot.published_at
    return (
        Page(path, render(snapshot), render_stale(snapshot), at),
        Page(f"{path}api/v1/snapshot", document(snapshot), stale_document(snapshot), at, "application/json"),
    )


def _site_series(one: SiteView, now: Instant) -> SiteSeries:
    box = verdict(one, now)
    kinds = {component.key: component.kind for component in one.site.components}
    return SiteSeries(
        one.site.customer.key,
        one.site.key,
        one.track.shown(now - 1),
        tuple((key, kinds[key], track.shown(now - 1)) for key, track in one.components.items()),
        (("trailing_30d", box.trailing.figures), *((("any_30d", box.worst.figures),) if box.worst else ())),
        now,
    )
