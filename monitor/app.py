"""The composition root: plain constructor calls, the only place that knows every part."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import structlog

from monitor.board import Board
from monitor.bus.local import LocalEvents, LocalSink
from monitor.clock import Clock, Stopwatch
from monitor.condition import Condition
from monitor.conductor import Conductor
from monitor.config.configuration import Configuration
from monitor.config.load import ConfigurationErrors, load
from monitor.config.mistake import reload_refused
from monitor.config.secrets import reveal
from monitor.desk import counted, lost, records
from monitor.desk.deed import Installation, Reply
from monitor.desk.deeds import Request, act, preview
from monitor.desk.ground import ground
from monitor.desk.maintenance_keeping import tend
from monitor.desk.maintenance_letters import accepted
from monitor.desk.once import Posted, act_once
from monitor.desk.recurring import keep_up
from monitor.front import Front
from monitor.gateway import hearing_senders
from monitor.hearing import Hearing
from monitor.herald import Herald
from monitor.intake import Intake
from monitor.metrics import Metrics
from monitor.monthly import Monthly
from monitor.ports import Result, ResultSink
from monitor.post.mail import Fate, give
from monitor.post.mail import Reply as Delivered
from monitor.post.outbox import Outbox
from monitor.presence import Presence
from monitor.publisher import Publisher
from monitor.statement_shelf import Shelf
from monitor.store import heartbeats
from monitor.store.database import Database
from monitor.store.engine import StoreError
from monitor.store.key import service_key
from monitor.store.reading import Reading
from monitor.store.told import Told, told
from monitor.streams import Ground
from monitor.telling import Telling
from monitor.tracing import TracedPublisher, TracedSink, Traces
from monitor.watch.clockstep import Clocks
from monitor.watch.egress import Egress
from monitor.watch.first import FirstLooks
from monitor.watch.hook import post
from monitor.watch.lookout import Lookout
from monitor.watch.runner import LookOutcome, Runner
from monitor.watch.schedule import Plan, Schedule
from monitor.watch.stall import Stall, slept
from monitor.watch.vantage import Sight
from monitor.watch.worked import Worked
from monitor.web.api import Api
from monitor.web.asking import asking_routes
from monitor.web.control import controlled
from monitor.web.measured import measured
from monitor.web.operator import COLLECTED, Health, operator_app
from monitor.web.pages import Pages
from monitor.web.public import public_app
from monitor.web.ready import Ready
from monitor.web.server import serving
from monitor.web.subscribing import forms
from monitor.web.writes import Writes
from monitor.wiring import plans_of, resolver_of
from probes.probe import Failed, Secret, SecretRef, cannot_look
from reports.frame import static
from sla.span import Instant
from sla.state import Cause

log = structlog.get_logger("app")

CONDITION_S = 15
"""Between two readings of what no event tells; a scrape is usually as far apart."""

ATTEND_S = 1
"""Between two looks at ourselves."""

CONNECTS_PER_S = 2_000
"""New connections a second: phases spread looks already; this bounds the herd of a start or a mass outage."""

FIRST_PAGES_S = 3.0
"""How long a start waits for all pages to be there: some hundreds of sites take longer, and looking goes on meanwhile."""


class Service:
    """One process: engine, operator listener, and the public listener if one is configured."""

    def __init__(
        self, path: Path, configuration: Configuration, environ: Mapping[str, str], clock: Clock, monotonic: Stopwatch
    ) -> None:
        """Open the store and wire the parts; nothing looks yet. Raises the store's errors; then nothing was changed."""
        self._path, self._environ, self._clock, self._monotonic = path, environ, clock, monotonic
        self.configuration = configuration
        self.database = Database(configuration.data, clock())
        self.metrics = Metrics(version("threenines"))
        style = (static("style.css"), "text/css; charset=utf-8")
        self.pages = Pages({"style.css": style, "stale.js": (static("stale.js"), "text/javascript; charset=utf-8")})
        self.own = Pages({"style.css": style})
        self.condition = Condition(self.database, self.metrics, self.pages)
        self.events = LocalEvents()
        self.intake = Intake(self.database, self.events, clock, self.metrics)
        self.hearing = Hearing(self.database, clock, self._secret)
        self.stall = Stall(monotonic)
        self._loaded_at = clock()
        self._plans: tuple[Plan, ...] = ()
        self._traces: Traces | None = None
        self._ready, self._troubles = False, tuple[str, ...]()
        self.outbox = Outbox(self.database, self._deliver, clock, accepted, lost.follows(self._installation))
        self.front = Front(self.database, clock, self._installation, self._look, self._decided)
        self._monthly = Monthly(self.database, self._installation, clock, self.outbox.poke)
        self.fallen = asyncio.Event()
        """Set when the store has failed for good: the process must end, and the next start recovers from the log."""

    async def start(self) -> None:
        """Number what is configured, take the streams up where they ended, and begin to look."""
        vantage = self.configuration.vantages.get("main")
        self._egress = Egress(resolver_of(vantage), self._monotonic, connects_per_s=CONNECTS_PER_S)
        self._sight = Sight(vantage.canaries if vantage else (), self._egress, self._monotonic)
        worked = Worked(self.configuration.data)
        self._runner = Runner(self._egress, self._clock, self._monotonic, self.stall, self._secret, self.hearing.heard, worked)
        key = service_key(self.configuration.data)
        self.board = Board(
            Reading(self.database).timelines, key, self._clock, self._ground, self._told, Shelf(self.configuration.data)
        )
        self.publisher, sink = self._way()
        self.herald = Herald(self.database, self._clock, self._renew)
        self.conductor = Conductor(self.database, self._clock, self._installation, self._decided)
        self._telling = Telling(self.database, self._clock, key, self.pages, self.outbox.poke, partial(post, self._egress))
        self._lookout = Lookout(self._look, sink, self._clock, self.metrics, self._saw)
        self._first_looks = FirstLooks(self._lookout, self._clock)
        self._presence = Presence(
            self.database,
            self._clock,
            Clocks(self._clock, self._monotonic, slept),
            self.metrics,
            self.intake,
            self.board,
            self._lookout,
            self._first_looks,
            self._stepped,
        )
        self._schedule = Schedule(self._clock, self._lookout.due, self._presence.missed)
        self.stall.start()
        self._lookout.start()
        self._schedule.start()
        await self.apply(self.configuration, await self.database.read(heartbeats.last))
        hearing = (self.publisher.run(self.events.listen()), self.herald.run(self.events.listen()))
        telling = (self.conductor.run(), self.outbox.run(), *self._telling.works())
        works = (self._sight.run(), *hearing, *telling, self._presence.beat(), self._attend())
        self._tasks = [asyncio.create_task(work) for work in works]
        self._keep_jobs()
        with suppress(TimeoutError):
            async with asyncio.timeout(FIRST_PAGES_S):
                await self.publisher.complete.wait()
        await self._look_around()
        self._ready = True
        self.metrics.ready(True)

    def _keep_jobs(self) -> None:
        """What is done again and again and is no look."""
        own: tuple[tuple[str, float, Callable[[], Awaitable[object]]], ...] = (
            ("silence", 2, self._quiet),
            ("condition", CONDITION_S, self._look_around),
            ("pack", 600, self.intake.tidy),
            ("maintenance", 20, partial(self._due, tend)),
            ("recurring", 600, partial(self._due, keep_up)),
            ("asked", 1, self.front.look_where_asked),
            ("statements", 60, self._monthly.tend),
            ("count", 60, self._count),
        )
        for name, seconds, job in (*own, *self._telling.jobs()):
            self._schedule.every(name, seconds, _spared(job))

    def _way(self) -> tuple[Publisher, ResultSink]:
        """Where results go and what publishes them; traced where the configuration says so."""
        published, sink = (self.board, self.pages, self.own, self._monotonic), LocalSink(self.intake)
        if (tracing := self.configuration.tracing) is None:
            return Publisher(*published), sink
        self._traces = traces = Traces(tracing, version("threenines"), self._clock, self.board.owner)
        return TracedPublisher(traces, *published), TracedSink(traces, sink, self._clock)

    async def apply(self, configuration: Configuration, here: Instant | None = None) -> None:
        """Watch exactly what ``configuration`` names from now on. ``here``: when we were last here, if we come back."""
        began = self._clock()
        numbers = await self.database.write(lambda db: records.enlisted(db, configuration, began))
        self._plans = plans_of(configuration, numbers)
        await self.intake.watch(self._plans)
        await self.hearing.watch(plan.check.probe for plan in self._plans)
        self.board.watch(configuration, self._plans)
        self.herald.watch(configuration, self._plans)
        self.front.watch(configuration, self._plans)
        self._telling.watch(configuration)
        self._presence.watch(configuration, self._plans)
        self.configuration = configuration
        self._loaded_at = self._clock()
        kinds = Counter(component.kind for site in configuration.sites for component in site.components)
        self.metrics.watched(len(configuration.sites), kinds)
        self.metrics.reloaded(True, self._clock())
        fresh = self._schedule.plan(self._plans)
        if here is not None:
            self._presence.back(here)
        self._first_looks.begin(fresh)
        self.publisher.watch()
        if self._traces is not None:
            self._traces.watch(configuration, self._plans, began)
        gc.freeze()  # what lives as long as the configuration need not be walked again and again: that holds up every look

    async def reload(self) -> str | None:
        """Read the files again. What is wrong with them, if anything: then the old configuration stays whole."""
        try:
            fresh = await asyncio.to_thread(load, self._path, self._environ)
        except ConfigurationErrors as errors:
            self.metrics.reloaded(False, self._clock())
            return reload_refused(errors, self._loaded_at)
        await self.apply(fresh)
        return None

    def scrape(self, wanted: Collection[str] = COLLECTED) -> Sequence[bytes]:
        """The text of ``/metrics`` in parts: the service's own, then the checks and sites; of it what is ``wanted``."""
        self.metrics.loop_lag(self.stall.worst(self._monotonic() - 10))
        threads = self._egress.threads
        self.metrics.threads(threads.lost, threads.lost_in_all)
        for name in self.configuration.vantages or ("main",):
            self.metrics.blind(name, self._sight.blind)
        series = self.board.series("checks" in wanted, "sla" in wanted)
        self.metrics.series(*self.board.counted())
        own = [self.metrics.render()] if "self" in wanted else []
        return (*own, *series, *(self.condition.parts() if "sla" in wanted else ()))

    def health(self) -> Health:
        """Alive while results can be kept; ready once the first looks are planned."""
        writer = self.database.writer
        troubles = (str(writer.failure),) if writer.failure else ("disk full",) if writer.full else ()
        return Health(alive=not troubles, ready=self._ready and not troubles, troubles=troubles)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[tuple[str, str | None]]:
        """Serve while the block runs; gives the base addresses of the operator and the public listener."""
        configuration = self.configuration
        told = self.metrics.answered, self._monotonic
        api = Api(self.database.read, lambda: self.configuration, self._clock)
        parts = self.own, self.pages, self._clock, self.health, self.scrape, api, Writes(api, self._post)
        operator = measured(operator_app(*parts), *told)
        async with AsyncExitStack() as stack:
            if configuration.gateway is not None:
                ears = hearing_senders(configuration.gateway, self.hearing, self._runner, self._monotonic)
                await stack.enter_async_context(ears)
            own = configuration.operator
            host, port = await stack.enter_async_context(serving(operator, own.host, own.port, own.behind_proxy))
            public = None
            if (open_to := configuration.public) is not None:
                asking = asking_routes(self.front, self._monotonic, open_to.behind_proxy)
                takes = [*forms(self._telling.signup, self._monotonic, open_to.behind_proxy), *asking]
                app, ready = measured(public_app(self.pages, self._clock, takes), *told), Ready(self.pages, self._clock, *told)
                place = open_to.host, open_to.port, open_to.behind_proxy
                bound = await stack.enter_async_context(serving(app, *place, ready=ready))
                public = f"http://{bound[0]}:{bound[1]}"
            await stack.enter_async_context(controlled(configuration.data, self.act, self.pages))
            yield f"http://{host}:{port}", public

    async def act(self, asked: Request, dry_run: bool) -> Reply:
        """What somebody on this host asks of the desk; whatever changes figures is on the pages before it is answered."""
        ours = self._installation()
        if dry_run:
            return await self.database.read(lambda db: preview(db, asked, self._clock(), ours))
        return await self._done(await self.database.write(lambda db: act(db, asked, self._clock(), ours)))

    async def _post(self, posted: Posted) -> Reply:
        """The same for who asks over the API."""
        ours = self._installation()
        return await self._done(await self.database.write(lambda db: act_once(db, posted, self._clock(), ours)))

    async def _done(self, reply: Reply) -> Reply:
        await self._decided(reply.sites)
        self._telling.poke()
        await self._look_around()
        return reply

    async def _decided(self, sites: Collection[str]) -> None:
        """Something was decided or asked of ``sites``: their pages and letters tell it."""
        await self._renew(sites)
        self.outbox.poke()

    async def _renew(self, sites: Collection[str]) -> None:
        """Make the pages of ``sites`` anew, since something was said or decided of them."""
        customers = {customer for site in sites if (customer := self.board.customer_of(site)) is not None}
        for customer in sorted(customers):
            await self.publisher.decided(customer)

    async def stop(self) -> None:
        """Stop looking, keep what was found, close the file."""
        self._ready = False
        self.metrics.ready(False)
        self._schedule.stop()
        self._first_looks.stop()
        await self._lookout.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.intake.close()
        with suppress(StoreError):
            await self._presence.here()
        self.stall.stop()
        self._egress.close()
        if self._traces is not None:
            await self._traces.close()
        self.database.close()

    def _secret(self, ref: SecretRef) -> Secret:
        """The secret behind ``ref``; one that leads nowhere is our own trouble, never the target's."""
        try:
            return reveal(ref, self._environ)
        except ValueError as fault:
            raise Failed(cannot_look(str(fault))) from None

    async def _look(self, plan: Plan) -> LookOutcome:
        check = plan.check
        return await self._sight.judge(await self._runner.look(check.probe, check.deadline_ms / 1000, check.slow_ms))

    async def _deliver(self, sender: str, recipient: str, body: bytes) -> Delivered:
        """A letter to the mail server that is configured now."""
        mailing = self.configuration.mailing
        if mailing is None:
            return Delivered(Fate.LATER, "the configuration names no mail server")
        return await give(mailing, self._environ, sender, recipient, body)

    def _ground(self, site: str, now: Instant) -> Ground | None:
        return self.database.look(lambda connection: ground(connection, site, now))

    def _told(self, sites: Collection[str]) -> Told:
        return self.database.look(lambda connection: told(connection, sites))

    def _installation(self) -> Installation:
        """What deeds and notices need to know of us."""
        return Installation(self.configuration, service_key(self.configuration.data), self.board.ends())

    async def _due(self, work: Callable[[Any, Installation, Instant], tuple[str, ...]]) -> None:
        """Do what is due by the clock alone, and tell it of the sites that ``work`` names."""
        ours = self._installation()
        if sites := await self.database.write(lambda db: work(db, ours, self._clock())):
            await self._decided(sites)

    async def _look_around(self) -> None:
        with suppress(StoreError):  # our health tells of it
            await self.condition.read(self.configuration, self._clock())

    def _stepped(self) -> None:
        self._schedule.clock_stepped()

    async def _quiet(self) -> None:
        await self.intake.silence(self._clock())

    async def _count(self) -> None:
        await counted.keep_up(self.database, self._clock(), self._monotonic)

    async def _attend(self) -> None:
        """Look at ourselves, by time and not by the clock, which may be stepped: clock, ground, health."""
        while True:
            await asyncio.sleep(ATTEND_S)
            self._presence.compare_clocks()
            health = self.health()
            self.metrics.ready(health.ready)
            if health.troubles != self._troubles:
                self._troubles = health.troubles
                log.warning("troubled" if health.troubles else "well_again", troubles=health.troubles)
            if self.database.writer.failure:
                self.fallen.set()

    def _saw(self, plan: Plan, result: Result) -> None:
        """A result was kept. What tells of a clock's step is no look, and may be stamped in what is now the future."""
        if result.cause is not Cause.CLOCK_STEP:
            self.board.saw(plan, result)


def _spared(job: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[None]]:
    """``job`` without the ground's troubles, which our health tells, and ended quietly by a stop: the next round goes on."""

    async def spared() -> None:
        with suppress(StoreError, asyncio.CancelledError):
            await job()

    return spared
