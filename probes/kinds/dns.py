"""Name servers and the zone they serve.

Asks each server by itself over UDP (TCP if the answer is cut) and checks id, question, authority, code and answers.
All servers failing is down, some is `degraded(members_missing)`, different serials are `degraded(lagging)`; so are
different records with `same_answers: true` (off, as a server may answer by place or in turn).

`dnssec: {ds: [...]}` holds every answer to the DS records that the parent zone publishes: a signature that is missing,
wrong, or out of its time, and a key that no DS names, are what a validating resolver refuses. The signature that ends
first degrades (`expires_soon`) at min(2 d, lifetime/12), or at `signature_degraded_days`, with notices from min(7 d,
lifetime/3) on: a signer that has stopped is seen before its zone is gone. Proofs that a name does not exist are not judged.

Down causes: `dns_nxdomain`, `dns_servfail`, `dns_nodata`, `service_error` (another code), `assert_failed` (no
authority, answer missing, DNSSEC), `udp_refused`, `deadline`, `proto_malformed`. Phases: resolve, request.

```yaml
- id: zone
  component: customer-dns
  kind: dns
  servers: [192.0.2.53, 198.51.100.53]
  name: acme.example
  type: SOA
  dnssec: {ds: ["20326 8 2 E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D"]}
```
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from ipaddress import ip_address, ip_network
from typing import ClassVar, Literal, TypeAlias

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
from dns.rdtypes.ANY.DS import DS

from probes.dnssec import Broken, anchors, checked, signer
from probes.expiry import Limits, by_days, checked_days
from probes.members import MAX_MEMBERS, together
from probes.probe import Defaults, Fact, Family, Finding, Look, Malformed, degraded, down, up
from probes.target import host_and_port, shown
from sla.span import DAY
from sla.state import Cause, State

ASK_AGAIN = 0.4
"""Share of the deadline after which a lost datagram is sent once more."""
UDP_PAYLOAD = 1232
"""Largest UDP answer asked for: passes every path unfragmented (DNS flag day 2020)."""
MAX_CNAMES = 10
_Exceptions: TypeAlias = tuple[type[Exception], ...]  # the field "type" hides the builtin inside the class
_CODES = {dns.rcode.NXDOMAIN: Cause.DNS_NXDOMAIN, dns.rcode.SERVFAIL: Cause.DNS_SERVFAIL}


@dataclass(frozen=True, slots=True)
class Dns:
    """One question to each of ``servers``."""

    kind: ClassVar[str] = "dns"
    defaults: ClassVar[Defaults] = Defaults(interval_s=60, deadline_s=5.0, component_kind="dns", slow_ms=100)
    failures: ClassVar[_Exceptions] = (dns.exception.DNSException,)
    measures: ClassVar[Mapping[str, str]] = {
        "dns_signature_expiry_timestamp_seconds": "First end of the signatures that a signed answer stands on.",
    }

    servers: tuple[str, ...]
    name: str
    type: str = "SOA"
    rcode: str = "NOERROR"
    answers: tuple[str, ...] = ()
    authoritative: bool = True
    same_serial: bool = True
    same_answers: bool = False
    dnssec: Literal["off"] | Mapping[Literal["ds"], tuple[str, ...]] = "off"
    signature_degraded_days: int | None = None
    family: Family = "any"
    _places: tuple[tuple[str, int], ...] = field(init=False, repr=False, compare=False)
    _trust: tuple[DS, ...] = field(init=False, repr=False, compare=False)

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
        checked_days("signature_degraded_days", self.signature_degraded_days)
        object.__setattr__(self, "_trust", self._anchors())

    def _anchors(self) -> tuple[DS, ...]:
        if isinstance(self.dnssec, str):
            return ()
        found = anchors("dnssec.ds", self.dnssec.get("ds", ()))
        if not found:
            raise ValueError("dnssec.ds: must name at least one DS record, got none")
        if self.rcode != "NOERROR":
            raise ValueError(f"dnssec: needs an answer to judge, got rcode {self.rcode}, expected NOERROR")
        return found

    async def check(self, look: Look) -> Finding:
        """Ask every server at the same time."""
        if len(self._places) == 1:
            return await self._visit(*self._places[0], look)
        findings = await look.apart([partial(self._visit, host, port) for host, port in self._places])
        found = together(self.servers, findings)
        return self._agreed(found, findings)

    def _agreed(self, found: Finding, findings: Sequence[Finding]) -> Finding:
        """What they show together, once each has answered well: one serial, and one answer where that is wanted."""
        serials = {finding.facts["dns_serial"] for finding in findings if "dns_serial" in finding.facts}
        if found.state is State.UP and self.same_serial and len(serials) > 1:
            seen = ", ".join(str(serial) for serial in sorted(serials, key=str))
            return degraded(Cause.LAGGING, f"serials {seen}, wanted one", found.facts, found.notices)
        answers = {finding.facts["dns_answer_sha256"] for finding in findings if "dns_answer_sha256" in finding.facts}
        if found.state is State.UP and self.same_answers and len(answers) > 1:
            return degraded(Cause.LAGGING, f"{len(answers)} different answers, wanted one", found.facts, found.notices)
        return found

    async def _visit(self, host: str, port: int, look: Look) -> Finding:
        address = (await look.gate.addresses(host, self.family))[0]
        with look.phase("request"):
            answer = await self._answer(dns.name.from_text(self.name), self.type, address, port, look)
            finding, facts = self._judge(answer), _facts(answer)
            if finding.state is State.UP and self.same_answers:
                facts["dns_answer_sha256"] = hashlib.sha256("\n".join(sorted(_texts(answer, self.type))).encode()).hexdigest()
            if finding.state is State.UP and self._trust:
                return await self._signed(answer, facts, address, port, look)
        return replace(finding, facts=facts)

    async def _signed(self, answer: dns.message.Message, facts: dict[str, Fact], address: str, port: int, look: Look) -> Finding:
        """The finding for a good answer whose signatures are held to the DS records; asks for the zone's keys."""
        try:
            zone = signer(answer, dns.name.from_text(self.name))
            keys = await self._answer(zone, "DNSKEY", address, port, look)
            found = checked(answer, keys, zone, self._trust, look.at)
        except Broken as broken:
            return down(Cause.ASSERT_FAILED, f"DNSSEC: {broken}", facts)
        facts["dns_signature_expiry_timestamp_seconds"] = found.ends // 1000
        lifetime = Fraction(found.ends - found.begins, DAY)
        given = self.signature_degraded_days
        degraded_days = min(Fraction(2), lifetime / 12) if given is None else Fraction(given)
        limits = Limits(max(degraded_days, min(Fraction(7), lifetime / 3)), degraded_days, degraded_days)
        return by_days("signature of the zone", Fraction(found.ends - look.at, DAY), limits, facts)

    async def _answer(self, name: dns.name.Name, kind: str, address: str, port: int, look: Look) -> dns.message.Message:
        """The server's whole answer to one question."""
        query = dns.message.make_query(name, kind, use_edns=0, payload=UDP_PAYLOAD, want_dnssec=bool(self._trust))
        if self.authoritative:
            query.flags &= ~dns.flags.RD
        answer = await self._asked(query, address, port, look)
        return await _over_tcp(query, address, port, look) if answer.flags & dns.flags.TC else answer

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
        texts = _texts(answer, self.type)
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


def _texts(answer: dns.message.Message, kind: str) -> list[str]:
    """The records asked for, at the end of at most MAX_CNAMES aliases. Raises Malformed."""
    wanted, name = dns.rdatatype.from_text(kind), answer.question[0].name
    for _ in range(MAX_CNAMES + 1):
        if (found := _rrset(answer, name, wanted)) is not None:
            return [str(rdata) for rdata in found]
        if (alias := _rrset(answer, name, dns.rdatatype.CNAME)) is None:
            return []
        name = alias[0].target
    raise Malformed(f"more than {MAX_CNAMES} aliases, wanted at most that")


def _rrset(answer: dns.message.Message, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> dns.rrset.RRset | None:
    return next((rrset for rrset in answer.answer if rrset.name == name and rrset.rdtype == kind), None)


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
