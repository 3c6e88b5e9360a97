"""Looking at several members of one target (addresses, servers): "half up" must show."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Literal, TypeAlias

from probes.probe import Family, Finding, Look, degraded
from sla.state import Cause, State

MAX_MEMBERS = 8
"""Addresses of one name that a look visits: more is a pool that needs a check for each."""

Addresses: TypeAlias = Literal["each", "one"]


async def each_address(
    look: Look, host: str, family: Family, addresses: Addresses, visit: Callable[[str, Look], Awaitable[Finding]]
) -> Finding:
    """Visit every address of ``host`` (or the first only) and say what they show together."""
    found = (await look.gate.addresses(host, family))[:MAX_MEMBERS]
    if addresses == "one" or len(found) == 1:
        return await visit(found[0], look)
    findings = await look.apart([partial(visit, address) for address in found])
    return together(found, findings)


def together(names: Sequence[str], findings: Sequence[Finding]) -> Finding:
    """All down: the first one's cause. Some down: degraded(members_missing). Else the first that is not up, or up."""
    failed = [(name, finding) for name, finding in zip(names, findings, strict=True) if finding.state is State.DOWN]
    others = [finding for finding in findings if finding.state is not State.DOWN]
    if not others:
        return findings[0]
    first = next((finding for finding in others if finding.state is not State.UP), others[0])
    if not failed or first.state is State.UNKNOWN:
        return first
    name, finding = failed[0]
    seen = f"{len(others)} of {len(findings)} answer; {name}: {finding.reason}"
    return degraded(Cause.MEMBERS_MISSING, seen, others[0].facts, others[0].notices)
