"""Looks from where a tunnel ends, as an agent there would."""

from __future__ import annotations

import asyncio

from namespaces import inside

from monitor.watch.runner import LookOutcome, Runner
from probes.probe import Probe
from sla.state import Cause


class Gateway:
    """Looks from inside a namespace. Whatever is found, none of ``secrets`` is in it."""

    def __init__(self, namespace: str, runner: Runner, secrets: tuple[str, ...]) -> None:
        self._namespace, self._runner, self._secrets = namespace, runner, secrets

    async def look(self, probe: Probe, deadline_s: float = 2.0) -> LookOutcome:
        with inside(self._namespace):
            outcome = await self._runner.look(probe, deadline_s)
        told = repr(outcome)
        assert not any(secret in told for secret in self._secrets)
        return outcome

    async def sees(self, probe: Probe, cause: Cause | None, seconds: float) -> LookOutcome:
        """The first look that finds ``cause`` (None: that is up). Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            while True:
                outcome = await self.look(probe)
                if outcome.finding.cause is cause:
                    return outcome
                await asyncio.sleep(0.3)
