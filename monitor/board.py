"""What is known now, kept in memory for readers: the newest result of every stream, the last word on every site, all series.

A page is made from what its own sites have in the store, as far back as it shows: it costs its own sites, whatever else is
watched. Reading the board never touches the writer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from monitor.clock import Clock
from monitor.config.configuration import Configuration, Site
from monitor.gauges import Gauges
from monitor.metrics.sites import SiteSeries
from monitor.ports import Result, StreamKey
from monitor.site_series import site_series
from monitor.snapshot import BAR_DAYS, Seen, SiteView, customer_page, page_key, public_page, since_of, verdict, view
from monitor.streams import over_streams, stream_named
from monitor.watch.schedule import Plan
from reports.operator_page import SiteLine, render_index
from reports.snapshot import PageSnapshot, SiteVerdict
from reports.snapshot_json import document, stale_document
from reports.status_page import render, render_stale
from sla.exclusion import Exclusion
from sla.span import DAY, Instant
from sla.state import State
from sla.timeline import Timeline
from sla.track import Track

Timelines = Callable[[Collection[StreamKey], Instant], Mapping[StreamKey, Timeline]]
"""Reads the timelines of these streams, as they are stored now, from an instant on."""

EVERYTHING: Instant = 0
LONGEST_MONTH_DAYS = 31

Approved = Callable[[str], Sequence[Exclusion]]
"""Reads the exclusions of a site that count now, over the site's own components."""


@dataclass(frozen=True, slots=True)
class Page:
    """One rendered document with its stale twin."""

    path: str
    body: bytes
    stale: bytes
    published_at: Instant
    content_type: str = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Part:
    """What the public page needs of a site: its components that are shown there, the checks and timelines behind them."""

    view: SiteView
    timelines: Mapping[StreamKey, Timeline]


@dataclass(frozen=True, slots=True)
class Made:
    """One customer's documents, and what else their sites say at that instant: index lines, series, public parts."""

    pages: tuple[Page, ...]
    lines: Mapping[str, SiteLine]
    series: Mapping[str, SiteSeries]
    public: Mapping[str, Part]


@dataclass(frozen=True, slots=True)
class _Watched:
    """The configuration in force, and what is looked up in it often."""

    configuration: Configuration
    plans: Sequence[Plan]
    streams: Mapping[tuple[str, str], Sequence[StreamKey]]
    sites: Mapping[str, Site]
    customers: Mapping[str, Sequence[Site]]
    owners: Mapping[int, str]
    """The customer whose check has a number."""
    public: Mapping[str, frozenset[str]]
    """The components of a site that public entries show."""

    def of(self, site: Site) -> list[StreamKey]:
        """The streams of a site."""
        return [stream for check in site.checks for stream in self.streams[site.key, check.key]]


class Board:
    """Hears of every committed result; makes pages and series when asked.

    ``customer``, ``public`` and ``index`` only read and may run in another thread; everything else belongs to the loop.
    """

    def __init__(self, timelines: Timelines, service_key: bytes, clock: Clock, approved: Approved = lambda site: ()) -> None:
        self._timelines, self._service_key, self._clock, self._approved = timelines, service_key, clock, approved
        self._latest: dict[StreamKey, Result] = {}
        self._gauges = Gauges()
        self._lines: dict[str, SiteLine] = {}
        self._public: dict[str, Part] = {}
        self._now: _Watched | None = None

    def watch(self, configuration: Configuration, plans: Sequence[Plan]) -> None:
        """Show exactly these plans from now on; what is not among them any more is forgotten."""
        now = self._now = _watched(configuration, plans)
        alive = {plan.stream for plan in plans}
        self._latest = {stream: result for stream, result in self._latest.items() if stream in alive}
        self._gauges.watch(plans, now.sites, self._latest)
        self._lines = {key: self._lines.get(key) or self._unmade(site) for key, site in now.sites.items()}
        self._public = {key: one for key, one in self._public.items() if key in now.public}

    def saw(self, plan: Plan, result: Result) -> None:
        """A result was committed."""
        before = self._latest.get(plan.stream)
        if before is None or result.at >= before.at:
            self._latest[plan.stream] = result
            self._gauges.saw(plan, result)

    def forget(self) -> None:
        """What was seen last says nothing of now any more, until the next look: the clock was stepped."""
        self._latest.clear()
        self._gauges.forget()

    def unmeasured(self) -> tuple[str, ...]:
        """The checks (``site/check``) without a result that says anything, in order."""
        silent = [
            f"{plan.site}/{plan.check.key}"
            for plan in self._watched().plans
            if plan.stream not in self._latest or self._latest[plan.stream].state is State.UNKNOWN
        ]
        return tuple(silent)

    def customers(self) -> tuple[str, ...]:
        """Everybody who has a page of their own, those first of whom the public page shows something."""
        now = self._watched()
        return tuple(sorted(now.customers, key=lambda customer: not self.is_public(customer)))

    def owner(self, check_no: int) -> str | None:
        """The customer whose check it is; None for one that is not watched any more."""
        return self._watched().owners.get(check_no)

    def customer_of(self, site: str) -> str | None:
        """Whose site it is, by its key; None for one that is not watched."""
        found = self._watched().sites.get(site)
        return found.customer.key if found else None

    def is_public(self, customer: str) -> bool:
        """Does the public page show anything of this customer?"""
        now = self._watched()
        return any(site.key in now.public for site in now.customers.get(customer, ()))

    def customer_path(self, customer: str) -> str:
        """The address of a customer's page, below the listener's root."""
        generation = max(site.page_generation for site in self._watched().customers[customer])
        return f"/p/{page_key(self._service_key, customer, generation)}/"

    def paths(self) -> frozenset[str]:
        """The addresses of all documents that are published."""
        pages = ["/", *map(self.customer_path, self._watched().customers)]
        return frozenset(path for page in pages for path in _paths(page))

    def customer(self, customer: str) -> Made:
        """The documents of one customer, from one instant. Raises KeyError for one who is not watched any more."""
        watched, now = self._watched(), self._clock()
        sites, timelines = watched.customers[customer], dict[StreamKey, Timeline]()
        views = []
        for site in sites:
            read, one = self._view(watched, site.promised_at(now), now)
            timelines |= read
            views.append(one)
        seen = self._seen(watched, sites, timelines)
        boxes = {one.site.key: verdict(one, now) for one in views}
        return Made(
            _documents(self.customer_path(customer), customer_page(watched.configuration, views, seen, now)),
            {one.site.key: self._line(one, boxes[one.site.key]) for one in views},
            {one.site.key: site_series(one, boxes[one.site.key], now) for one in views},
            {one.site.key: _part(one, shown, timelines) for one in views if (shown := watched.public.get(one.site.key))},
        )

    def take(self, made: Made) -> bool:
        """Keep what was made with a page; True if a line of the operator's index reads otherwise now."""
        sites = self._watched().sites
        lines = {key: line for key, line in made.lines.items() if key in sites}
        news = any(self._lines[key] != line for key, line in lines.items())
        self._lines |= lines
        self._public |= {key: part for key, part in made.public.items() if key in self._watched().public}
        for key in lines:
            self._gauges.site(made.series[key])
        return news

    def public(self) -> tuple[Page, ...]:
        """The documents of the public page, from what is known of its sites."""
        watched, now = self._watched(), self._clock()
        parts = [part for key in watched.public if (part := self._public.get(key))]
        if len(parts) < len(watched.public):
            return ()  # nobody has looked at some of its sites yet
        views = [part.view for part in parts]
        timelines = {stream: line for part in parts for stream, line in part.timelines.items()}
        seen = self._seen(watched, [one.site for one in views], timelines)
        return _documents("/", public_page(watched.configuration, views, seen, now))

    def index(self) -> Page:
        """The operator's list of sites with its stale twin."""
        now, provider = self._clock(), self._watched().configuration.provider
        lines = tuple(self._lines.values())
        fresh, stale = (render_index(provider.name, provider.zone, now, lines, stale) for stale in (False, True))
        return Page("/", fresh, stale, now)

    def series(self, checks: bool = True, sites: bool = True) -> list[bytes]:
        """The series of checks as they are now, and of sites as they were last published, a part each metric."""
        return self._gauges.parts(self._clock(), checks, sites)

    def counted(self) -> tuple[int, int]:
        """How many of them the last ``series`` had, and how many the limit kept out."""
        return self._gauges.shown, self._gauges.dropped

    def _view(self, watched: _Watched, site: Site, now: Instant) -> tuple[Mapping[StreamKey, Timeline], SiteView]:
        """The site from its timelines, read as far back as it shows anything; whole if the present state may be older."""
        streams = watched.of(site)
        left_out = over_streams(site, self._approved(site.key), watched.streams)
        for since in (now - _shown_ms(site), EVERYTHING):
            timelines = self._timelines(streams, since)
            one = view(site, self._seen(watched, [site], timelines), now, left_out)
            if all(_begins_within(account.track, timelines, since) for account in (one.account, *one.components.values())):
                break
        return timelines, one

    def _seen(self, watched: _Watched, sites: Iterable[Site], timelines: Mapping[StreamKey, Timeline]) -> Seen:
        latest = self._latest
        own = [stream for site in sites for stream in watched.of(site)]
        return Seen(watched.streams, timelines, {stream: latest[stream] for stream in own if stream in latest})

    def _line(self, one: SiteView, box: SiteVerdict) -> SiteLine:
        state, since = since_of(one.track)
        return replace(self._unmade(one.site), state=state, since=since, figures=box.trailing.figures)

    def _unmade(self, site: Site) -> SiteLine:
        """The line of a site whose page has not been made yet."""
        return SiteLine(site.name, site.customer.name, State.UNKNOWN, href=self.customer_path(site.customer.key))

    def _watched(self) -> _Watched:
        if self._now is None:
            raise RuntimeError("nothing is watched yet")
        return self._now


def _watched(configuration: Configuration, plans: Sequence[Plan]) -> _Watched:
    sites = {site.key: site for site in configuration.sites}
    streams: dict[tuple[str, str], list[StreamKey]] = defaultdict(list)
    customers: dict[str, list[Site]] = defaultdict(list)
    public: dict[str, set[str]] = defaultdict(set)
    for plan in plans:
        streams[plan.site, plan.check.key].append(plan.stream)
    for site in configuration.sites:
        customers[site.customer.key].append(site)
    for member in (member for entry in configuration.public_entries for member in entry.members):
        site_key, component = member.split("/", 1)
        public[site_key].add(component)
    return _Watched(
        configuration,
        plans,
        dict(streams),
        sites,
        dict(customers),
        {plan.check_no: sites[plan.site].customer.key for plan in plans},
        {key: frozenset(components) for key, components in public.items()},
    )


def _shown_ms(site: Site) -> int:
    """How far back anything on the site's page begins: the bars, the windows that end this month; a doubt is a hold long."""
    days = max(BAR_DAYS, site.agreement.days + LONGEST_MONTH_DAYS) + 2  # a local date and a change of the clocks
    return days * DAY + max((check.hold_ms for check in site.checks), default=0)


def _begins_within(track: Track, timelines: Mapping[StreamKey, Timeline], since: Instant) -> bool:
    """Whether the track's present state surely began when the track says, if ``timelines`` were read from ``since`` on.

    Of several timelines one may be known only from its last change before ``since``; earlier the track may have been what it is.
    """
    lines = [timelines[stream] for name in track.components if (stream := stream_named(name)) in timelines]
    known = [max(c.at for c in line.changes if c.at < since) for line in lines if _reaches(line, since)]
    if not known:
        return True
    began = since_of(track)[1]
    return began > max(known) or (len(lines) == 1 and began == known[0])


def _reaches(line: Timeline, since: Instant) -> bool:
    return bool(line.changes) and line.changes[0].at < since


def _part(one: SiteView, shown: Collection[str], timelines: Mapping[StreamKey, Timeline]) -> Part:
    """What of a site the public page shows."""
    accounts = {key: account for key, account in one.components.items() if key in shown}
    checks = tuple(check for check in one.site.checks if check.component in shown)
    streams = {stream_named(name) for account in accounts.values() for name in account.track.components}
    return Part(
        replace(one, site=replace(one.site, checks=checks), components=accounts),
        {stream: line for stream, line in timelines.items() if stream in streams},
    )


def _paths(page: str) -> tuple[str, str]:
    """Where a page for people and the same for machines are found."""
    return page, f"{page}api/v1/snapshot"


def _documents(path: str, snapshot: PageSnapshot) -> tuple[Page, Page]:
    """The page for people and the same snapshot for machines."""
    at, (people, machines) = snapshot.published_at, _paths(path)
    return (
        Page(people, render(snapshot), render_stale(snapshot), at),
        Page(machines, document(snapshot), stale_document(snapshot), at, "application/json"),
    )
