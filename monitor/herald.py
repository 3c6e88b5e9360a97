"""The herald: hears what changed, has incidents opened and moved on by what was measured, and has their pages made anew."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from functools import partial

import structlog

from monitor.bus.local import Listener
from monitor.clock import Clock
from monitor.config.configuration import Configuration
from monitor.desk import measured
from monitor.store.database import Database
from monitor.store.engine import StoreError
from monitor.watch.schedule import Plan

log = structlog.get_logger("herald")

ROUND_S = 5.0
"""Without news the open incidents are looked at this often: a quiet time may be over. Without open ones it is one question."""

SHARE = 20
"""However many incidents are open, following them without news takes at most one second in so many."""

Renew = Callable[[Collection[str]], Awaitable[None]]
"""Makes the pages of these sites anew."""


class Herald:
    """One at a time and beside the event loop. What it missed it finds in the tables: at its start it looks at every site."""

    def __init__(self, database: Database, clock: Clock, renew: Renew) -> None:
        self._database, self._clock, self._renew = database, clock, renew
        self._configuration: Configuration | None = None
        self._sites: dict[int, str] = {}
        self._unseen: set[str] = set()

    def watch(self, configuration: Configuration, plans: Sequence[Plan]) -> None:
        """Tell of exactly these sites from now on."""
        self._configuration = configuration
        self._sites = {plan.check_no: plan.site for plan in plans}
        self._unseen = {site.key for site in configuration.sites}

    async def run(self, listener: Listener) -> None:
        """Follow for ever; a ground in trouble is told by our health, and the next round finds the same work."""
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            sites, self._unseen = self._unseen, set()
            try:
                await self.follow(sites)
            except StoreError:
                self._unseen |= sites
            except Exception:
                log.exception("incidents_not_followed")
            took = loop.time() - began
            await asyncio.sleep(took)  # in a mass outage there is much to look at: half of the time belongs to others
            heard = await listener.within(max(ROUND_S, took * SHARE))
            self._unseen |= {self._sites[event.check_no] for event in heard if event.check_no in self._sites}

    async def follow(self, sites: Collection[str]) -> None:
        """Say what is due of these sites, and of all incidents that are open."""
        configuration = self._configuration
        if configuration is None:
            return
        now = self._clock()
        due = await self._database.read(partial(measured.moves, configuration=configuration, sites=sites, now=now))
        if due:
            told = await self._database.write(partial(measured.apply, due=due, now=now))
            await self._renew({site for incident in told for site in incident.sites})
