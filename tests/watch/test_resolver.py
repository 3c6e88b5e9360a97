"""SERVFAIL is the zone's fault only while our resolvers answer for the canary name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from monitor.config.load import load
from monitor.wiring import resolver_of
from probes.probe import Failed
from sla.state import Cause

MAIN = """\
provider: {{name: Example}}
vantages:
  main:
    resolvers: [{resolvers}]
    {canary}
"""
SITE = """\
id: acme
name: Acme
components: [{id: a, kind: instance}]
checks: [{id: a, component: a, kind: tcp, host: a.example, port: 80}]
"""
BROKEN, CANARY = "broken.example.", "canary.example."


class Scripted(asyncio.DatagramProtocol):
    """Answers each name with an address or a code; silent for names that it was not given."""

    def __init__(self, script: Mapping[str, str | dns.rcode.Rcode]) -> None:
        self._script = script

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, peer: object) -> None:
        query = dns.message.from_wire(data)
        name = query.question[0].name.to_text()
        if name not in self._script:
            return
        answer, said = dns.message.make_response(query), self._script[name]
        answer.flags |= dns.flags.RA
        if isinstance(said, str):
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "A", said))
        else:
            answer.set_rcode(said)
        self._transport.sendto(answer.to_wire(), peer)  # type: ignore[attr-defined]


@asynccontextmanager
async def resolvers(*scripts: Mapping[str, str | dns.rcode.Rcode]) -> AsyncIterator[list[int]]:
    """One server a script; gives their ports."""
    loop, running = asyncio.get_running_loop(), []
    for script in scripts:
        running.append((await loop.create_datagram_endpoint(lambda s=script: Scripted(s), ("127.0.0.1", 0)))[0])  # type: ignore[misc]
    try:
        yield [transport.get_extra_info("sockname")[1] for transport in running]
    finally:
        for transport in running:
            transport.close()


async def cause(folder: Path, ports: list[int], canary: str) -> Cause | None:
    """Why the broken name is refused under a configuration with these resolvers."""
    (folder / "sites").mkdir(exist_ok=True)
    (folder / "sites" / "acme.yaml").write_text(SITE)
    texts = ", ".join(f'"127.0.0.1:{port}"' for port in ports)
    (folder / "threenines.yaml").write_text(MAIN.format(resolvers=texts, canary=canary))
    vantage = load(folder / "threenines.yaml", {}).vantages["main"]
    with pytest.raises(Failed) as raised:
        await resolver_of(vantage).addresses(BROKEN.rstrip("."))
    return raised.value.finding.cause


NAMED = f"canary_name: {CANARY.rstrip('.')}"
FAIL = dns.rcode.SERVFAIL
WELL = {BROKEN: FAIL, CANARY: "192.0.2.1"}
ILL = {BROKEN: FAIL, CANARY: FAIL}


async def test_servfail_from_two_while_the_canary_name_resolves_is_down(tmp_path: Path) -> None:
    async with resolvers(WELL, WELL) as ports:
        assert await cause(tmp_path, ports, NAMED) is Cause.DNS_SERVFAIL


async def test_resolvers_that_fail_for_everything_are_our_own_trouble(tmp_path: Path) -> None:
    async with resolvers(ILL, ILL) as ports:
        assert await cause(tmp_path, ports, NAMED) is Cause.RESOLVER


async def test_one_resolver_alone_or_no_canary_name_proves_nothing(tmp_path: Path) -> None:
    async with resolvers(WELL, WELL) as ports:
        assert await cause(tmp_path, ports[:1], NAMED) is Cause.RESOLVER
        assert await cause(tmp_path, ports, "") is Cause.RESOLVER
    async with resolvers(WELL, {CANARY: "192.0.2.1"}) as ports:
        assert await cause(tmp_path, ports, NAMED) is Cause.RESOLVER
