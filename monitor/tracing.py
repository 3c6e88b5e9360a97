"""Traces of a result's way: due, looked at, kept, published. For operators who keep an OpenTelemetry collector.

The one home of OpenTelemetry, which is an extra: it is imported when the configuration names where traces go, and only then
does anything of this file stand in a result's way. A trace is made after the commit, from the stamps that the result bears
anyway, so a look itself costs the same. What is told of a result: whose it is by ids, its state, its cause and its times.
Never its reason or its facts, which quote what a target said, and never what is configured.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from monitor.board import Board
from monitor.clock import Clock, Stopwatch
from monitor.config.configuration import Configuration, Tracing
from monitor.ports import Result, ResultSink, StreamKey
from monitor.publisher import Publisher
from monitor.watch.schedule import Plan
from monitor.web.pages import Pages
from sla.span import Instant
from sla.state import State

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.trace import Span, SpanContext

LINKS = 32
"""Looks with news that a publication names: the newest. A mass outage has thousands."""
EXPORT_S = 5.0
"""How long one export may take, and the last one at the end: a collector that is away holds up nobody longer."""
MS_NS = 1_000_000


class Traces:
    """Makes spans and hands them to a thread that sends them in batches; what it can't send in time is let go."""

    def __init__(self, tracing: Tracing, release: str, clock: Clock, owner: Callable[[int], str | None]) -> None:
        """``owner`` knows the customer of a check's number."""
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ALWAYS_ON

        named = Resource({"service.name": "threenines", "service.version": release})
        self._provider = TracerProvider(sampler=ALWAYS_ON, resource=named, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(tracing.endpoint, timeout=EXPORT_S)))
        self._tracer = self._provider.get_tracer("threenines", release)
        self._share, self._clock, self._owner = tracing.share, clock, owner
        self._plans: dict[StreamKey, Plan] = {}
        self._states: dict[StreamKey, State] = {}
        self._news: defaultdict[str, deque[SpanContext]] = defaultdict(lambda: deque(maxlen=LINKS))
        self._owed = 0.0

    def watch(self, configuration: Configuration, plans: Iterable[Plan], began: Instant) -> None:
        """``configuration`` has been taken over since ``began``; results of its ``plans`` are traced from now on."""
        self._plans = {plan.stream: plan for plan in plans}
        self._states = {stream: state for stream, state in self._states.items() if stream in self._plans}
        counted = {"threenines.sites": len(configuration.sites), "threenines.checks": len(self._plans)}
        span = self._tracer.start_span("configuration", start_time=began * MS_NS, attributes=counted)
        span.end(max(began, self._clock()) * MS_NS)

    @contextmanager
    def published(self, customer: str) -> Iterator[None]:
        """A customer's pages are made while the block runs, because of the looks that it links to, if of any."""
        from opentelemetry.trace import Link

        links = [Link(context) for context in self._news.pop(customer, ())]
        with self._tracer.start_as_current_span("publish", attributes={"threenines.customer": customer}, links=links):
            yield

    def kept(self, results: Sequence[Result], handed: Instant, committed: Instant) -> None:
        """``results`` were handed over and committed together."""
        for result in results:
            stream = (result.check_no, result.location_no)
            plan = self._plans.get(stream)
            news = self._states.get(stream) is not result.state
            if plan is not None and (news or result.state is not State.UP or self._due()):
                trace = self._traced(plan, result, handed, committed)
                owner = self._owner(result.check_no)
                if news and owner is not None:
                    self._news[owner].append(trace)
            self._states[stream] = result.state

    async def close(self) -> None:
        """Send what waits. No span is made any more."""
        await asyncio.to_thread(self._provider.shutdown)

    def _due(self) -> bool:
        """Whether one of those without news is sent again."""
        self._owed += self._share
        if self._owed < 1:
            return False
        self._owed -= 1
        return True

    def _traced(self, plan: Plan, result: Result, handed: Instant, committed: Instant) -> SpanContext:
        """One trace: the slot until its commit, and in it how long nobody looked, the look with its phases, the keeping."""
        from opentelemetry.trace import set_span_in_context

        root = self._tracer.start_span("result", start_time=result.slot * MS_NS, attributes=_said(plan, result))
        inside = set_span_in_context(root)
        self._step("schedule", inside, result.slot, result.at)
        ended = result.at + (result.took_ms or 0.0)
        look = self._step("look", inside, result.at, ended)
        start: float = result.at
        for name, took_ms in result.phases:
            self._step(name, set_span_in_context(look), start, start + took_ms)
            start += took_ms
        self._step("deliver", inside, ended, handed)
        self._step("intake", inside, handed, committed)
        root.end(max(result.slot, committed) * MS_NS)
        return root.get_span_context()

    def _step(self, name: str, inside: Context, start: float, end: float) -> Span:
        """A part of the way. A clock that was stepped back makes it short, never negative."""
        span = self._tracer.start_span(name, inside, start_time=round(start * MS_NS))
        span.end(round(max(start, end) * MS_NS))
        return span


def _said(plan: Plan, result: Result) -> dict[str, str | int]:
    said: dict[str, str | int] = {
        "threenines.site": plan.site,
        "threenines.check": plan.check.key,
        "threenines.kind": plan.check.probe.kind,
        "threenines.vantage": plan.location,
        "threenines.state": result.state.word,
        "threenines.lag_ms": result.lag_ms,
    }
    if result.cause is not None:
        said["threenines.cause"] = result.cause.word
    return said


class TracedSink:
    """A sink whose results are traced once they are committed."""

    def __init__(self, traces: Traces, sink: ResultSink, clock: Clock) -> None:
        self._traces, self._sink, self._clock = traces, sink, clock

    async def deliver(self, results: Sequence[Result]) -> None:
        """Keep ``results``, as the sink behind it does; raises what that raises, and then nothing is traced."""
        handed = self._clock()
        await self._sink.deliver(results)
        self._traces.kept(results, handed, self._clock())


class TracedPublisher(Publisher):
    """A publisher whose making of each customer's page is traced."""

    def __init__(self, traces: Traces, board: Board, pages: Pages, own: Pages, monotonic: Stopwatch) -> None:
        super().__init__(board, pages, own, monotonic)
        self._traces = traces

    async def renew(self, customer: str) -> None:
        """As ever, with a span around it."""
        with self._traces.published(customer):
            await super().renew(customer)
