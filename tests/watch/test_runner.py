from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import ClassVar

import pytest

from monitor.clock import monotonic, system_clock
from monitor.watch.egress import Egress
from monitor.watch.resolver import Resolver
from monitor.watch.runner import LookOutcome, Runner
from monitor.watch.stall import Stall
from probes.probe import Defaults, Finding, Look, Secret, SecretRef, down, up
from sla.state import Cause, State


@dataclass(frozen=True)
class Scripted:
    act: Callable[[Look], Awaitable[Finding]]
    kind: ClassVar[str] = "scripted"
    defaults: ClassVar[Defaults] = Defaults(60, 10, "instance")
    failures: ClassVar[tuple[type[Exception], ...]] = ()

    async def check(self, look: Look) -> Finding:
        return await self.act(look)


async def looked(
    act: Callable[[Look], Awaitable[Finding]], deadline_s: float, slow_ms: int | None = None, secret: str = "x"
) -> LookOutcome:
    egress, stall = Egress(Resolver(()), monotonic), Stall(monotonic, lambda: 0.0)
    stall.start()
    try:
        return await Runner(egress, system_clock, monotonic, stall, lambda ref: Secret(secret)).look(
            Scripted(act), deadline_s, slow_ms
        )
    finally:
        stall.stop()
        egress.close()


async def test_a_bug_of_ours_is_unknown_not_down() -> None:
    async def act(look: Look) -> Finding:
        raise KeyError("secret text")

    finding = (await looked(act, 10)).finding
    assert (finding.state, finding.cause) == (State.UNKNOWN, Cause.PROBE_BUG)
    assert "secret text" not in finding.reason


@pytest.mark.parametrize(
    ("phase", "cause"), [("connect", Cause.TCP_TIMEOUT), ("bind", Cause.DEADLINE), ("resolve", Cause.RESOLVER)]
)
async def test_the_deadline_is_judged_by_its_phase(phase: str, cause: Cause) -> None:
    async def act(look: Look) -> Finding:
        with look.phase(phase):
            await asyncio.sleep(60)
        return up()

    outcome = await looked(act, 2)
    assert outcome.finding.cause is cause
    assert [name for name, _ in outcome.phases] == [phase]


async def test_a_failure_under_a_stall_is_not_believed_and_up_loses_its_duration() -> None:
    async def failing(look: Look) -> Finding:
        time.sleep(0.6)  # noqa: ASYNC251  the loop is blocked on purpose
        return down(Cause.DEADLINE, "late")

    async def well(look: Look) -> Finding:
        time.sleep(0.6)  # noqa: ASYNC251
        return up()

    assert (await looked(failing, 1)).finding.cause is Cause.MONITOR_STALLED
    outcome = await looked(well, 1, slow_ms=10)
    assert (outcome.finding.state, outcome.took_ms) == (State.UP, None)


async def test_what_a_bug_leaves_in_the_log_holds_no_secret(capsys: pytest.CaptureFixture[str]) -> None:
    async def act(look: Look) -> Finding:
        password = look.secret(SecretRef("env:PASSWORD")).reveal()
        raise KeyError(f"no {password} here")

    assert (await looked(act, 10, secret="canary-secret")).finding.cause is Cause.PROBE_BUG
    said = capsys.readouterr()
    logged = said.out + said.err
    assert "raise KeyError" in logged, "where it happened must be told"
    assert "canary-secret" not in logged


async def test_a_look_that_had_to_wait_for_our_threads_is_overloaded_not_down() -> None:
    async def queued(look: Look) -> Finding:
        with look.phase("thread"):
            await asyncio.sleep(60)
        return up()

    async def queued_long(look: Look) -> Finding:
        with look.phase("thread"):
            await asyncio.sleep(0.6)
        with look.phase("bind"):
            await asyncio.sleep(60)
        return up()

    for act in (queued, queued_long):
        finding = (await looked(act, 1)).finding
        assert (finding.state, finding.cause) == (State.UNKNOWN, Cause.OVERLOADED)


async def test_one_silent_member_does_not_hide_the_others() -> None:
    async def well(look: Look) -> Finding:
        return up()

    async def hangs(look: Look) -> Finding:
        with look.phase("connect"):
            await asyncio.sleep(60)
        return up()

    async def act(look: Look) -> Finding:
        findings = await look.apart([well, hangs])
        assert [finding.cause for finding in findings] == [None, Cause.TCP_TIMEOUT]
        return findings[0]

    assert (await looked(act, 5)).finding.state is State.UP


@pytest.mark.parametrize("jump_ms", [3_600_000, -3_600_000])
async def test_a_look_that_a_clock_step_overlapped_has_no_stamp_and_says_nothing(jump_ms: int) -> None:
    moved = 0

    async def act(look: Look) -> Finding:
        nonlocal moved
        moved = jump_ms
        return down(Cause.HTTP_STATUS, "answered 503, wanted 200")

    egress, stall = Egress(Resolver(()), monotonic), Stall(monotonic, lambda: 0.0)
    runner = Runner(egress, lambda: system_clock() + moved, monotonic, stall, lambda ref: Secret("x"))
    overlapped, after = await runner.look(Scripted(act), 10), await runner.look(Scripted(act), 10)
    egress.close()
    assert (overlapped.finding.state, overlapped.finding.cause) == (State.UNKNOWN, Cause.CLOCK_STEP)
    assert overlapped.took_ms is None
    assert after.finding.cause is Cause.HTTP_STATUS
