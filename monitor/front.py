"""The front desk: takes what customers ask for on their pages, and looks at their connections where that is what they ask.

A look that was asked for goes through the ordinary runner and gate, once. It is no measurement: nothing of it enters the figures.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from monitor.clock import Clock
from monitor.config.configuration import Configuration
from monitor.desk import asking, requests
from monitor.desk.asking import Asker, Fields
from monitor.desk.deed import Installation
from monitor.store import requests as kept
from monitor.store.database import Database
from monitor.store.engine import StoreError
from monitor.store.requests import Asked
from monitor.watch.runner import LookOutcome
from monitor.watch.schedule import Plan
from reports import request_page
from reports.catalogue import Catalogue
from reports.languages import CATALOGUES
from sla.request import Found, Kind

AT_ONCE = 8
"""Looks that customers asked for and that run at one time: the schedule's own come first."""
Look = Callable[[Plan], Awaitable[LookOutcome]]


class Front:
    """Knows who may ask on which page. ``decided`` is told the sites whose pages say something else now."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        installation: Callable[[], Installation],
        look: Look,
        decided: Callable[[Collection[str]], Awaitable[None]],
    ) -> None:
        self._database, self._clock, self._installation = database, clock, installation
        self._look, self._decided = look, decided
        self._askers: Mapping[str, Asker] = {}
        self._plans: Mapping[str, Sequence[Plan]] = {}
        self._to_look = True
        self._room = asyncio.Semaphore(AT_ONCE)

    def watch(self, configuration: Configuration, plans: Sequence[Plan]) -> None:
        """Take what is asked of exactly these sites from now on."""
        self._askers = asking.askers(configuration, self._installation().secret)
        found: dict[str, list[Plan]] = {}
        for plan in plans:
            found.setdefault(plan.site, []).append(plan)
        self._plans = found

    def known(self, root: str, folder: str) -> bool:
        """Whether there is such a page in such a language."""
        return root in self._askers and _spoken(self._askers[root], folder) is not None

    def form(self, root: str, folder: str) -> bytes:
        """An empty form."""
        return self._rendered(self._askers[root], folder, {}, ())

    async def ask(self, root: str, folder: str, fields: Fields) -> bytes | None:
        """Take what was filled in; the form once more with what is wrong, or None once it is kept and on the page."""
        asker, ours, now = self._askers[root], self._installation(), self._clock()
        wanted = asking.read(asker, ours.secret, now, fields)
        if isinstance(wanted, tuple):
            return self._rendered(asker, folder, fields, wanted)
        try:
            asked = await self._database.write(lambda db: requests.ask(db, ours, wanted, now))
        except requests.TooMany:
            return self._rendered(asker, folder, fields, ("request.fault.open",))
        self._to_look |= asked.kind is Kind.VALIDATE
        await self._decided([asked.site])
        return None

    def refusal(self, root: str, folder: str, status: int) -> bytes:
        """The page that says why a form was not looked at."""
        asker = self._askers[root]
        return request_page.refusal(asking.page_of(asker, self._clock()), status, _catalogue(asker, folder), folder)

    async def look_where_asked(self) -> None:
        """Look at every connection that somebody waits for, and tell them; after a start too, for what a stop broke off."""
        if not self._to_look:
            return
        self._to_look = False
        try:
            for asked in await self._database.read(lambda db: kept.waiting(db, Kind.VALIDATE)):
                if found := await self._found(asked):
                    await self._answered(asked, found, self._installation())
        except StoreError:
            self._to_look = True
            raise

    async def _answered(self, asked: Asked, found: tuple[Found, ...], ours: Installation) -> None:
        await self._database.write(lambda db: requests.answered(db, ours, asked, found, self._clock()))
        await self._decided([asked.site])

    async def _found(self, asked: Asked) -> tuple[Found, ...]:
        """What is seen now of the connections that were asked for, each check of them once, the worst of a component."""
        plans = self._plans.get(asked.site, ())
        site = requests.site_of(self._installation().configuration, asked.site)
        wanted = asking.aimed(site, asked.components) if site else ()
        checks = {plan.check.key: plan for plan in plans if plan.check.component in wanted}
        looks = await asyncio.gather(*map(self._looked, checks.values()))
        worst: dict[str, Found] = {}
        for one in sorted(looks, key=lambda found: found.state.worst):
            worst.setdefault(one.component, one)
        return tuple(worst[key] for key in wanted if key in worst)

    async def _looked(self, plan: Plan) -> Found:
        async with self._room:
            outcome = await self._look(plan)
        took_ms = None if outcome.took_ms is None else round(outcome.took_ms)
        return Found(plan.check.component, outcome.finding.state, outcome.finding.cause, took_ms)

    def _rendered(self, asker: Asker, folder: str, fields: Fields, faults: tuple[str, ...]) -> bytes:
        now = self._clock()
        form = asking.form_of(asker, self._installation().secret, now, fields, faults)
        return request_page.render(asking.page_of(asker, now), _catalogue(asker, folder), folder, form)


def _catalogue(asker: Asker, folder: str) -> Catalogue:
    return CATALOGUES[_spoken(asker, folder) or asker.language]


def _spoken(asker: Asker, folder: str) -> str | None:
    """The language of a folder below a page; None: there is no such folder."""
    if not folder:
        return asker.language
    language = folder.removesuffix("/")
    return language if language in CATALOGUES and language != asker.language else None
