"""Do we hear? We knock at our own gateway, the way senders come in: what comes through is kept like any sign."""

from __future__ import annotations

import asyncio

import structlog

from monitor.watch.runner import Runner
from probes.kinds.instance import Instance
from sla.state import State

KNOCK_S = 5
DEADLINE_S = 4.0


async def knock(runner: Runner, url: str, token: str, ca_file: str | None = None) -> None:
    """Knock every five seconds at the gateway ``url`` until cancelled; the log tells when it stops to hear, and begins again."""
    log = structlog.get_logger("watch.ear")
    probe = Instance(f"{url.rstrip('/')}/beat/{token}", "POST", expect_status=(200,), ca_file=ca_file)
    hears = True
    while True:
        finding = (await runner.look(probe, DEADLINE_S)).finding
        if hears is not (finding.state is State.UP):
            hears = not hears
            (log.info if hears else log.warning)("gateway_heard" if hears else "gateway_deaf", url=url, reason=finding.reason)
        await asyncio.sleep(KNOCK_S)
