"""What is known now, kept in memory for readers: the newest result of every stream, the last word on every site, all series.

A page is made from what its own sites have in the store, as far back as it shows: it costs its own sites, whatever else is
watched. Reading the board never touches the writer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from monitor.accounts import Accounts
from monitor.addresses import Address, address_of, customer_path
from monitor.audience import customer_page, public_page
from monitor.clock import Clock
from monitor.config.configuration import Configuration, Site
from monitor.documents import Page, files_of, pages_of
from monitor.ends import Ends
from monitor.gauges import Gauges
from monitor.made import Made, part
from monitor.ports import Result, StreamKey
from monitor.recent import Grounds, Recent, Timelines, recent
from monitor.site_series import site_series
from monitor.snapshot import Seen, SiteView, since_of, verdict
from monitor.statement_shelf import NOWHERE, Shelf
from monitor.store.told import NOTHING, Told
from monitor.watch.schedule import Plan
from monitor.watched import Watched, watched
from reports.operator_page import SiteLine, render_index
from reports.snapshot import SiteVerdict
from sla.span import Instant
from sla.state import State
from sla.timeline import Timeline

Words = Callable[[Collection[str]], Told]
"""Reads what people have decided and announced of these sites (keys)."""


class Board:
    """Hears of every committed result; makes pages and series when asked.

    ``customer``, ``public`` and ``index`` only read and may run in another thread; everything else belongs to the loop.
    """

    def __init__(
        self,
        timelines: Timelines,
        service_key: bytes,
        clock: Clock,
        grounds: Grounds = lambda site, at: None,
        told: Words = lambda sites: NOTHING,
        shelf: Shelf = NOWHERE,
    ) -> None:
        self._timelines, self._service_key, self._clock = timelines, service_key, clock
        self._grounds, self._told, self._shelf = grounds, told, shelf
        self._latest: dict[StreamKey, Result] = {}
        self._accounts = Accounts()
        self._gauges = Gauges()
        self._ends = Ends()
        self._lines: dict[str, SiteLine] = {}
        self._public: dict[str, Recent] = {}
        self._now: Watched | None = None

    def watch(self, configuration: Configuration, plans: Sequence[Plan]) -> None:
        """Show exactly these plans from now on; what is not among them any more is forgotten."""
        now = self._now = watched(configuration, plans)
        alive = {plan.stream for plan in plans}
        self._latest = {stream: result for stream, result in self._latest.items() if stream in alive}
        self._gauges.watch(plans, now.sites, self._latest)
        self._ends.watch(plans)
        self._lines = {key: self._lines.get(key) or self._unmade(site) for key, site in now.sites.items()}
        self._public = {key: one for key, one in self._public.items() if key in now.public}

    def saw(self, plan: Plan, result: Result) -> None:
        """A result was committed."""
        before = self._latest.get(plan.stream)
        if before is None or result.at >= before.at:
            self._latest[plan.stream] = result
            self._gauges.saw(plan, result)
            self._ends.saw(plan, result)

    def forget(self) -> None:
        """What was seen last says nothing of now any more, until the next look: the clock was stepped."""
        self._latest.clear()
        self._gauges.forget()

    def ends(self) -> Mapping[str, Instant]:
        """When the certificate or licence ends that was seen last at a component (``site/component``)."""
        return self._ends.known()

    def unmeasured(self) -> tuple[str, ...]:
        """The checks (``site/check``) without a result that says anything, in order."""
        silent = [
            f"{plan.site}/{plan.check.key}"
            for plan in self._in_force().plans
            if plan.stream not in self._latest or self._latest[plan.stream].state is State.UNKNOWN
        ]
        return tuple(silent)

    def customers(self) -> tuple[str, ...]:
        """Everybody who has a page of their own, those first of whom the public page shows something."""
        now = self._in_force()
        return tuple(sorted(now.customers, key=lambda customer: not self.is_public(customer)))

    def owner(self, check_no: int) -> str | None:
        """The customer whose check it is; None for one that is not watched any more."""
        return self._in_force().owners.get(check_no)

    def customer_of(self, site: str) -> str | None:
        """Whose site it is, by its key; None for one that is not watched."""
        found = self._in_force().sites.get(site)
        return found.customer.key if found else None

    def is_public(self, customer: str) -> bool:
        """Does the public page show anything of this customer?"""
        now = self._in_force()
        return any(site.key in now.public for site in now.customers.get(customer, ()))

    def customer_path(self, customer: str) -> str:
        """The address of a customer's page, below the listener's root."""
        generation = max(site.page_generation for site in self._in_force().customers[customer])
        return customer_path(self._service_key, customer, generation)

    def _address(self, customer: str | None) -> Address:
        """Where the page of a customer is, or the public one (None), with the secret of its own ids."""
        path = "/" if customer is None else self.customer_path(customer)
        return address_of(self._in_force().configuration.address, self._service_key, path)

    def paths(self) -> frozenset[str]:
        """The addresses of all pages that are published."""
        return frozenset(["/", *map(self.customer_path, self._in_force().customers)])

    def customer(self, customer: str) -> Made:
        """The documents of one customer, from one instant. Raises KeyError for one who is not watched any more."""
        watched, now = self._in_force(), self._clock()
        found = [
            recent(site.promised_at(now), watched.streams, self._timelines, self._grounds, now, self._accounts)
            for site in watched.customers[customer]
        ]
        timelines = {stream: line for one in found for stream, line in one.timelines.items()}
        views = [one.view for one in found]
        boxes = {one.site.key: verdict(one, now) for one in views}
        keys = [site.key for site in watched.customers[customer]]
        address, told = self._address(customer), self._told(keys)
        page = customer_page(watched.configuration, views, self._seen(watched, views, timelines), now, address, told)
        statements = self._shelf.of(keys)
        page = replace(page, statements=statements)
        return Made(
            (*pages_of(address.path, page), *files_of(address.path, self._shelf.data, statements)),
            {one.site.key: self._line(one, boxes[one.site.key]) for one in views},
            {one.site.key: site_series(one, boxes[one.site.key], now) for one in views},
            {one.site.key: part(one, shown, timelines) for one in views if (shown := watched.public.get(one.site.key))},
        )

    def take(self, made: Made) -> bool:
        """Keep what was made with a page; True if a line of the operator's index reads otherwise now."""
        sites = self._in_force().sites
        lines = {key: line for key, line in made.lines.items() if key in sites}
        news = any(self._lines[key] != line for key, line in lines.items())
        self._lines |= lines
        self._public |= {key: part for key, part in made.public.items() if key in self._in_force().public}
        for key in lines:
            self._gauges.site(made.series[key])
        return news

    def public(self) -> tuple[Page, ...]:
        """The documents of the public page, from what is known of its sites."""
        watched, now = self._in_force(), self._clock()
        parts = [part for key in watched.public if (part := self._public.get(key))]
        if len(parts) < len(watched.public):
            return ()  # nobody has looked at some of its sites yet
        views = [part.view for part in parts]
        timelines = {stream: line for part in parts for stream, line in part.timelines.items()}
        seen = self._seen(watched, views, timelines)
        address, told = self._address(None), self._told(list(watched.public))
        return pages_of("/", public_page(watched.configuration, views, seen, now, address, self._accounts, told))

    def index(self) -> Page:
        """The operator's list of sites with its stale twin."""
        now, provider = self._clock(), self._in_force().configuration.provider
        lines = tuple(self._lines.values())

        def made(stale: bool) -> bytes:
            return render_index(provider.name, provider.zone, now, lines, stale)

        return Page("/", "/", (now, lines), now, lambda: made(False), lambda: made(True))

    def series(self, checks: bool = True, sites: bool = True) -> list[bytes]:
        """The series of checks as they are now, and of sites as they were last published, a part each metric."""
        return self._gauges.parts(self._clock(), checks, sites)

    def counted(self) -> tuple[int, int]:
        """How many of them the last ``series`` had, and how many the limit kept out."""
        return self._gauges.shown, self._gauges.dropped

    def _seen(self, watched: Watched, views: Iterable[SiteView], timelines: Mapping[StreamKey, Timeline]) -> Seen:
        own = [stream for one in views for stream in watched.of(one.site)]
        return Seen(watched.streams, timelines, {stream: self._latest[stream] for stream in own if stream in self._latest})

    def _line(self, one: SiteView, box: SiteVerdict) -> SiteLine:
        state, since = since_of(one.track)
        return replace(self._unmade(one.site), state=state, since=since, figures=box.trailing.figures)

    def _unmade(self, site: Site) -> SiteLine:
        """The line of a site whose page has not been made yet."""
        return SiteLine(site.name, site.customer.name, State.UNKNOWN, href=self.customer_path(site.customer.key))

    def _in_force(self) -> Watched:
        if self._now is None:
            raise RuntimeError("nothing is watched yet")
        return self._now
