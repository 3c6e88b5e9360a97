"""One look: the only deadline, stopwatch and catch-all of all kinds."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import structlog

from monitor.clock import Clock, Stopwatch
from monitor.logs import place
from monitor.watch.causes import out_of_time, own_trouble, verdict_of
from monitor.watch.clockstep import STEP_MS
from monitor.watch.credentials import Credentials
from monitor.watch.egress import Egress, Flight
from monitor.watch.stall import Stall
from monitor.watch.worked import Worked
from probes.probe import Finding, Heard, Look, Probe, Secret, SecretRef, degraded, nobody_hears
from sla.span import Instant
from sla.state import Cause, State

STALL_SHARE = 0.25
"""Share of its deadline that a look may lose to our own lateness before its failure is not believed."""
QUEUE = "thread"
"""The phase in which a look waits for a thread of ours."""
MEMBER_SHARE = 0.9
"""Share of the deadline that each member of a look has, so that the rest can still be told."""
_STEPPED = own_trouble(Cause.CLOCK_STEP, "the wall clock was stepped during this look: its stamp means nothing")

Visit: TypeAlias = Callable[[Look], Awaitable[Finding]]


@dataclass(frozen=True, slots=True)
class LookOutcome:
    """A finding with its circumstances. ``at`` is the start (UTC); ``took_ms`` None if a stall took the duration;
    ``phases`` (name, ms) in order; ``lag_ms`` our worst lateness in flight; ``began`` and ``ended`` monotonic seconds.
    """

    finding: Finding
    at: Instant
    took_ms: float | None
    phases: tuple[tuple[str, float], ...]
    lag_ms: int
    began: float
    ended: float


class Runner:
    """Looks at one target at a time; keeps nothing between looks but how credentials stand."""

    def __init__(
        self,
        egress: Egress,
        clock: Clock,
        monotonic: Stopwatch,
        stall: Stall,
        secrets: Callable[[SecretRef], Secret],
        heard: Callable[[SecretRef], Heard | None] = nobody_hears,
        worked: Worked | None = None,
    ) -> None:
        """``worked`` knows the credentials that have been accepted before; without it they begin anew."""
        self._egress, self._clock, self._monotonic, self._stall = egress, clock, monotonic, stall
        self._heard = heard
        self._credentials = Credentials(secrets, clock, monotonic, worked or Worked())
        self._log = structlog.get_logger("watch.runner")

    async def look(self, probe: Probe, deadline_s: float, slow_ms: float | None = None) -> LookOutcome:
        """Look once. Never raises for what a target or a kind does; cancelling it leaves no socket."""
        await self._egress.pace.turn()
        at, began = self._clock(), self._monotonic()
        finding, spent = await self._judged(probe.check, probe, at, deadline_s)
        ended = self._monotonic()
        lag_s = self._stall.worst(began)
        stalled = lag_s > STALL_SHARE * deadline_s or self._stall.suspended(began)
        took_ms = (ended - began) * 1000
        if abs(self._clock() - at - took_ms) > STEP_MS and not self._stall.suspended(began):
            return LookOutcome(_STEPPED, at, None, (), round(lag_s * 1000), began, ended)
        finding = _under_stall(finding) if stalled else _unless_slow(finding, took_ms, lag_s * 1000, slow_ms)
        phases = () if stalled else tuple(spent.items())
        return LookOutcome(finding, at, None if stalled else took_ms, phases, round(lag_s * 1000), began, ended)

    async def _judged(self, visit: Visit, probe: Probe, at: Instant, deadline_s: float) -> tuple[Finding, Mapping[str, float]]:
        """The finding of ``visit`` within ``deadline_s``, and the ms its phases took."""
        flight = self._egress.flight()
        limit = asyncio.timeout(deadline_s)
        try:
            async with limit:
                finding = await visit(self._given(flight, probe, at, deadline_s))
        except Exception as fault:
            finding = self._blamed(flight.fault or fault, probe, flight, deadline_s, limit.expired())
        finally:
            flight.close()
        return finding, dict(flight.spent)  # a copy: a thread that was given up may still be measuring

    def _given(self, flight: Flight, probe: Probe, at: Instant, deadline_s: float) -> Look:
        async def apart(visits: Sequence[Visit]) -> tuple[Finding, ...]:
            share = deadline_s * MEMBER_SHARE
            looks = await asyncio.gather(*(self._judged(visit, probe, at, share) for visit in visits))
            slowest = max((spent for _, spent in looks), key=lambda spent: sum(spent.values()), default={})
            flight.spent.update(slowest)
            return tuple(finding for finding, _ in looks)

        known = self._credentials
        return Look(at, deadline_s, flight, flight.phase, known.use, known.accepted, known.refused, apart, self._heard)

    def _blamed(self, fault: Exception, probe: Probe, flight: Flight, deadline_s: float, expired: bool) -> Finding:
        phase, queued_ms = flight.current, flight.spent.get(QUEUE, 0.0)
        if expired and (phase == QUEUE or queued_ms > STALL_SHARE * deadline_s * 1000):
            return own_trouble(Cause.OVERLOADED, f"no thread was free for this look within {deadline_s:g} s")
        if expired:
            return out_of_time(phase, deadline_s)
        finding = verdict_of(fault, phase, probe.failures)
        if finding.cause is Cause.PROBE_BUG:
            self._log.error("probe_bug", kind=probe.kind, phase=phase, traceback=place(fault))
        return finding


def _under_stall(finding: Finding) -> Finding:
    """We slept during the look: up was seen and stays, anything else is not believed."""
    if finding.state is State.UP:
        return finding
    if finding.cause is not None and finding.state is State.UNKNOWN and finding.cause < Cause.MONITOR_STALLED:
        return finding
    stalled = own_trouble(Cause.MONITOR_STALLED, "we ourselves were stalled during this look")
    return replace(stalled, facts=finding.facts, notices=finding.notices)


def _unless_slow(finding: Finding, took_ms: float, lag_ms: float, slow_ms: float | None) -> Finding:
    """Up but slower than allowed is degraded; our own lateness is not held against the target."""
    if slow_ms is None or finding.state is not State.UP or took_ms - lag_ms <= slow_ms:
        return finding
    return degraded(Cause.SLOW, f"took {took_ms:.0f} ms, wanted at most {slow_ms:g} ms", finding.facts, finding.notices)
