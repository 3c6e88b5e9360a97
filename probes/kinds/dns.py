"""Name servers and the zone they serve.

Asks each server by itself over UDP (TCP if the answer is cut) and checks id, question, authority, code and answers.
All servers failing is down, some is `degraded(members_missing)`, different serials are `degraded(lagging)`.

Down causes: `dns_nxdomain`, `dns_servfail`, `dns_nodata`, `service_error` (another code), `assert_failed` (no
authority, answer missing), `udp_refused`, `deadline`, `proto_malformed`. Phases: resolve, request.

```yaml
- id: zone
  component: customer-dns
  kind: dns
  servers: [192.0.2.53, 198.51.100.53]
  name: acme.example
  type: SOA
```
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from functools import partial
from ipaddress import ip_address, ip_network
from typing import ClassVar, TypeAlias

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from probes.members import MAX_MEMBERS, together
from probes.probe import Defaults, Fact, Family, Finding, Look, Malformed, degraded, down, up
from probes.target import host_and_port, shown
from sla.state import Cause, State

ASK_AGAIN = 0.4
"""Share of the deadline after which a lost datagram is sent once more."""
UDP_PAYLOAD = 1232
"""Largest UDP answer asked for: passes every path unfragmented (DNS flag day 2020)."""
_Exceptions: TypeAlias = tuple[type[Exception], ...]  # the field "type" hides the builtin inside the class
_CODES = {dns.rcode.NXDOMAIN: Cause.DNS_NXDOMAIN, dns.rcode.SERVFAIL: Cause.DNS_SERVFAIL}


@dataclass(frozen=True, slots=True)
class Dns:
    """One question to each of ``servers``."""

    kind: ClassVar[str] = "dns"
    defaults: ClassVar[Defaults] = Defaults(interval_s=60, deadline_s=5.0, component_kind="dns", slow_ms=100)
    failures: ClassVar[_Exceptions] = (dns.exception.DNSException,)

    servers: tuple[str, ...]
    name: str
    type: str = "SOA"
    rcode: str = "NOERROR"
    answers: tuple[str, ...] = ()
    authoritative: bool = True
    same_serial: bool = True
    family: Family = "any"
    _places: tuple[tuple[str, int], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not 1 <= len(self.servers) <= MAX_MEMBERS:
            raise ValueError(f"servers: must name 1 to {MAX_MEMBERS} servers, got {len(self.servers)}")
        object.__setattr__(self, "_places", tuple(host_and_port("servers", text, 53) for text in self.servers))
        for what, parse, text in (("name", dns.name.from_text, self.name), ("type", dns.rdatatype.from_text, self.type)):
            try:
                parse(text)
            except (dns.exception.DNSException, ValueError):
                raise ValueError(f'{what}: must be a DNS {what}, got "{shown(text, 80)}"') from None
        try:
            dns.rcode.from_text(self.rcode)
        except dns.exception.DNSException:
            raise ValueError(f'rcode: must be like NOERROR or NXDOMAIN, got "{shown(self.rcode, 40)}"') from None

    async def check(self, look: Look) -> Finding:
        """Ask every server at the same time."""
        if len(self._places) == 1:
            return await self._visit(*self._places[0], look)
        findings = await look.apart([partial(self._visit, host, port) for host, port in self._places])
        found = together(self.servers, findings)
        serials = {finding.facts["dns_serial"] for finding in findings if "dns_serial" in finding.facts}
        if found.state is State.UP and self.same_serial and len(serials) > 1:
            seen = ", ".join(str(serial) for serial in sorted(serials, key=str))
            return degraded(Cause.LAGGING, f"serials {seen}, wanted one", found.facts)
        return found

    async def _visit(self, host: str, port: int, look: Look) -> Finding:
        address = (await look.gate.addresses(host, self.family))[0]
        query = dns.message.make_query(self.name, self.type, use_edns=0, payload=UDP_PAYLOAD)
        if self.authoritative:
            query.flags &= ~dns.flags.RD
        with look.phase("request"):
            answer = await self._asked(query, address, port, look)
            if answer.flags & dns.flags.TC:
                answer = await _over_tcp(query, address, port, look)
        finding = self._judge(answer)
        return replace(finding, facts=_facts(answer))

    async def _asked(self, query: dns.message.Message, address: str, port: int, look: Look) -> dns.message.Message:
        """The answer over UDP; strangers' datagrams are not ours to judge."""
        socket, wire = await look.gate.datagram(address, port), query.to_wire()
        await socket.send(wire)
        try:
            async with asyncio.timeout(ASK_AGAIN * look.deadline_s):
                return _parsed(query, await _received(socket.receive, wire))
        except TimeoutError:
            await socket.send(wire)
        return _parsed(query, await _received(socket.receive, wire))

    def _judge(self, answer: dns.message.Message) -> Finding:
        code = answer.rcode()
        if dns.rcode.to_text(code) != self.rcode:
            seen = f"answered {dns.rcode.to_text(code)}, wanted {self.rcode}"
            return down(_CODES.get(code, Cause.SERVICE_ERROR), seen)
        if self.authoritative and not answer.flags & dns.flags.AA:
            return down(Cause.ASSERT_FAILED, "answered without authority, wanted it")
        if code != dns.rcode.NOERROR:
            return up()
        kind = dns.rdatatype.from_text(self.type)
        texts = [str(rdata) for rrset in answer.answer if rrset.rdtype == kind for rdata in rrset]
        if not texts:
            return down(Cause.DNS_NODATA, f"no {self.type} record, wanted one")
        missing = [wanted for wanted in self.answers if not any(_fits(text, wanted) for text in texts)]
        if missing:
            return down(Cause.ASSERT_FAILED, f"answered {shown(', '.join(texts), 80)}, wanted {shown(missing[0], 80)}")
        return up()


async def _received(receive: object, wire: bytes) -> bytes:
    """The next datagram that bears our id."""
    assert callable(receive)
    while True:
        data: bytes = await receive()
        if data[:2] == wire[:2]:
            return data


def _parsed(query: dns.message.Message, data: bytes) -> dns.message.Message:
    try:
        answer = dns.message.from_wire(data)
    except (dns.exception.DNSException, ValueError):
        raise Malformed("datagram is no DNS answer, wanted one") from None
    if not query.is_response(answer):
        raise Malformed("answer belongs to another question, wanted ours")
    return answer


async def _over_tcp(query: dns.message.Message, address: str, port: int, look: Look) -> dns.message.Message:
    """The whole answer over TCP (RFC 7766: two bytes of length first)."""
    stream = await look.gate.stream(address, port, None, 65_537)
    wire = query.to_wire()
    await stream.write(len(wire).to_bytes(2, "big") + wire)
    data = b""
    while len(data) < 2 or len(data) < 2 + int.from_bytes(data[:2], "big"):
        part = await stream.read()
        if not part:
            raise EOFError("closed before the answer was complete")
        data += part
    return _parsed(query, data[2 : 2 + int.from_bytes(data[:2], "big")])


def _facts(answer: dns.message.Message) -> dict[str, Fact]:
    facts: dict[str, Fact] = {
        "dns_answer_rrs": sum(len(rrset) for rrset in answer.answer),
        "dns_authority_rrs": sum(len(rrset) for rrset in answer.authority),
        "dns_additional_rrs": sum(len(rrset) for rrset in answer.additional),
        "dns_query_succeeded": answer.rcode() == dns.rcode.NOERROR,
    }
    for rrset in answer.answer:
        if rrset.rdtype == dns.rdatatype.SOA:
            facts["dns_serial"] = int(rrset[0].serial)
    return facts


def _fits(text: str, wanted: str) -> bool:
    """Whether a record is what was wanted: the same text, or an address in a CIDR."""
    try:
        return ip_address(text) in ip_network(wanted, strict=False)
    except ValueError:
        return text.rstrip(".").lower() == wanted.rstrip(".").lower()
