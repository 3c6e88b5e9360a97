"""Echoes: does the host answer pings, and how many of them?

Sends `count` echoes, 200 ms apart, to the first address. None back is `deadline`, a router's word that the host cannot be
reached `tcp_unreachable`; from a loss of `loss_degraded_percent` on it is degraded. An echo proves a kernel and a path, no
service, and many networks drop it: never let it be the only check of a component that counts (`config check` tells).

Needs no privilege, but the kernel must allow it: `sysctl -w net.ipv4.ping_group_range="GID GID"` with the group of the
service's user (it holds for IPv6 as well). Until then the look is `unknown` and says so.

Down causes: `deadline`, `tcp_unreachable`. Degraded: `path_problem`. Phases: resolve, setup, rtt (of the first echo).

```yaml
- id: gateway-ping
  component: connector-machine
  kind: icmp
  host: 10.20.9.5
```
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from probes import echo
from probes.probe import Defaults, Fact, Family, Finding, Look, Pings, degraded, down, up
from probes.target import checked_host, ip_protocol
from sla.state import Cause

PAYLOAD = bytes(range(56))
"""As long as that of ping(8)."""
GAP_S = 0.2
MAX_COUNT = 20
FIRST_SHARE, ALL_SHARE, SENT_SHARE = 0.3, 0.85, 0.5
"""Shares of the deadline: waiting for the first echo alone, for all of them, and within which the rest is sent."""


@dataclass(frozen=True, slots=True)
class Icmp:
    """A handful of echoes to one host."""

    kind: ClassVar[str] = "icmp"
    defaults: ClassVar[Defaults] = Defaults(interval_s=60, deadline_s=5.0, component_kind="")
    failures: ClassVar[tuple[type[Exception], ...]] = ()
    volatile: ClassVar[frozenset[str]] = frozenset({"icmp_loss_percent"})
    measures: ClassVar[Mapping[str, str]] = {"icmp_loss_percent": "Echoes that did not come back."}

    host: str
    count: int = 5
    loss_degraded_percent: int = 40
    family: Family = "any"

    def __post_init__(self) -> None:
        checked_host("host", self.host)
        if not 1 <= self.count <= MAX_COUNT:
            raise ValueError(f"count: must be 1 to {MAX_COUNT}, got {self.count}")
        if not 1 <= self.loss_degraded_percent <= 100:
            raise ValueError(f"loss_degraded_percent: must be 1 to 100, got {self.loss_degraded_percent}")

    async def check(self, look: Look) -> Finding:
        """Echoes to the first address; those that are not back in time are lost."""
        address = (await look.gate.addresses(self.host, self.family))[0]
        with look.phase("setup"):
            echoes = _Echoes(await look.gate.ping(address), ip_protocol(address))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ALL_SHARE * look.deadline_s):
                await self._sent_and_heard(echoes, look)
        return self._judged(echoes, {"ip_protocol": ip_protocol(address)})

    async def _sent_and_heard(self, echoes: _Echoes, look: Look) -> None:
        with look.phase("rtt"):
            await echoes.send(0)
            await echoes.hear(1, FIRST_SHARE * look.deadline_s)
        gap_s = min(GAP_S, SENT_SHARE * look.deadline_s / self.count)
        for number in range(1, self.count):
            await echoes.send(number)
            await asyncio.sleep(gap_s if number < self.count - 1 else 0)
        await echoes.hear(self.count, look.deadline_s)

    def _judged(self, echoes: _Echoes, facts: dict[str, Fact]) -> Finding:
        lost = self.count - len(echoes.back)
        loss_percent = 100 * lost / self.count
        facts["icmp_loss_percent"] = loss_percent
        if not echoes.back and echoes.unreachable is not None:
            raise echoes.unreachable
        if not echoes.back:
            return down(Cause.DEADLINE, f"none of {self.count} echoes came back, wanted all", facts)
        if echoes.hop_limit is not None:
            facts["icmp_reply_hop_limit"] = echoes.hop_limit
        if loss_percent >= self.loss_degraded_percent:
            return degraded(Cause.PATH_PROBLEM, f"{lost} of {self.count} echoes were lost, wanted all back", facts)
        return up(facts)


class _Echoes:
    """The echoes of one look: ``back`` are the numbers that were answered, ``unreachable`` a router's word instead."""

    def __init__(self, socket: Pings, version: int) -> None:
        self._socket, self._version = socket, version
        self.back: set[int] = set()
        self.unreachable: OSError | None = None
        self.hop_limit: int | None = None

    async def send(self, number: int) -> None:
        """Send one. A router's word about an earlier one may come out here."""
        try:
            await self._socket.send(echo.request(self._version, number, PAYLOAD))
        except OSError as fault:
            self._note(fault)

    async def hear(self, wanted: int, limit_s: float) -> None:
        """Listen until ``wanted`` echoes are back, a router spoke and none is, or ``limit_s`` is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                while len(self.back) < wanted and (self.back or self.unreachable is None):
                    await self._hear_one()

    async def _hear_one(self) -> None:
        try:
            answer = await self._socket.receive()
        except OSError as fault:
            self._note(fault)
            return
        if (number := echo.number_of(self._version, answer, PAYLOAD)) is not None:
            self.back.add(number)
            self.hop_limit = self._socket.hop_limit

    def _note(self, fault: OSError) -> None:
        """Keep a router's word for the end. Raises what is our own kernel's."""
        if fault.errno != errno.EHOSTUNREACH:
            raise fault
        self.unreachable = fault
