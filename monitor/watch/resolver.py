"""Names to addresses by our own resolvers: a name is down only on a definite answer, never because a resolver is silent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.resolver

from monitor.watch.causes import own_trouble
from probes.probe import Failed, Family, Finding, down
from sla.state import Cause

TRY_S = 2.0
"""How long one resolver is waited for; the look's deadline stands above it."""
MAX_RESOLVERS = 4
LOOPBACK = {"any": ("127.0.0.1",), "4": ("127.0.0.1",), "6": ("::1",)}


@dataclass(frozen=True, slots=True)
class _Said:
    """What one resolver said: addresses, or a definite no, or SERVFAIL, or nothing of use."""

    addresses: tuple[str, ...] = ()
    no: Cause | None = None


def system_resolvers() -> tuple[str, ...]:
    """The machine's own resolvers as addresses; empty if it has none."""
    try:
        found = dns.resolver.Resolver().nameservers
    except dns.exception.DNSException:
        return ()
    return tuple(str(server) for server in found)


class Resolver:
    """``servers`` are (address, port). ``canary_name`` must resolve before two SERVFAILs count as the zone's fault."""

    def __init__(self, servers: Sequence[tuple[str, int]], canary_name: str | None = None) -> None:
        self._servers = tuple(servers)[:MAX_RESOLVERS]
        self._canary = canary_name

    async def addresses(self, host: str, family: Family = "any") -> tuple[str, ...]:
        """Addresses of ``host``; ``any`` means A if there is one, else AAAA. Raises Failed (dns_* or unknown resolver)."""
        if host == "localhost":
            return LOOPBACK[family]
        if family != "any":
            return await self._ask(host, "A" if family == "4" else "AAAA")
        try:
            return await self._ask(host, "A")
        except Failed as failed:
            if failed.finding.cause is not Cause.DNS_NODATA:
                raise
        return await self._ask(host, "AAAA")

    async def _ask(self, host: str, kind: str) -> tuple[str, ...]:
        """The first resolver that has addresses decides; a no needs all that answer, and two where there are two."""
        refusals: list[Cause] = []
        for server in self._servers:
            said = await _question(server, host, kind)
            if said.addresses and not refusals:
                return said.addresses
            if said.addresses:
                raise Failed(own_trouble(Cause.RESOLVER, f"resolvers contradict one another about {host}"))
            if said.no is not None:
                refusals.append(said.no)
        raise Failed(await self._refused(host, kind, refusals))

    async def _refused(self, host: str, kind: str, refusals: list[Cause]) -> Finding:
        needed = min(2, len(self._servers))
        if not refusals or len(refusals) < needed:
            return own_trouble(Cause.RESOLVER, f"{len(refusals)} of {len(self._servers)} resolvers answered for {host}")
        if len(set(refusals)) > 1:
            return own_trouble(Cause.RESOLVER, f"resolvers contradict one another about {host}")
        cause = refusals[0]
        if cause is Cause.DNS_SERVFAIL and (len(refusals) < 2 or not await self._canary_resolves()):
            return own_trouble(Cause.RESOLVER, f"resolvers answered SERVFAIL for {host}")
        return down(cause, f"{host} has no {kind} address: {cause.word.removeprefix('dns_').upper()}")

    async def _canary_resolves(self) -> bool:
        if self._canary is None:
            return False
        said = await asyncio.gather(*(_question(server, self._canary, "A") for server in self._servers))
        return any(one.addresses for one in said)


async def _question(server: tuple[str, int], host: str, kind: str) -> _Said:
    """Ask one resolver; anything but an answer to our question is silence."""
    query = dns.message.make_query(host, kind)
    try:
        answer, _ = await dns.asyncquery.udp_with_fallback(
            query, server[0], timeout=TRY_S, port=server[1], ignore_unexpected=True
        )
    except (dns.exception.DNSException, OSError, EOFError):
        return _Said()
    return _read(answer)


def _read(answer: dns.message.Message) -> _Said:
    rcode = answer.rcode()
    if rcode == dns.rcode.SERVFAIL:
        return _Said(no=Cause.DNS_SERVFAIL)
    if rcode not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN) or not isinstance(answer, dns.message.QueryMessage):
        return _Said()
    try:
        chain = answer.resolve_chaining()
    except dns.exception.DNSException:
        return _Said()
    if chain.answer is not None:
        return _Said(addresses=tuple(sorted(rdata.address for rdata in chain.answer)))
    if not any(rrset.rdtype == dns.rdatatype.SOA for rrset in answer.authority):
        return _Said()
    return _Said(no=Cause.DNS_NXDOMAIN if rcode == dns.rcode.NXDOMAIN else Cause.DNS_NODATA)
