"""An authoritative DNS server for a few names, over UDP and TCP."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias, cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from monitor.stage.listening import Talk

TTL_S = 30
Signatures: TypeAlias = Mapping[tuple[str, dns.rdatatype.RdataType], dns.rrset.RRset]
_UNSIGNED: Signatures = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Zone:
    """One zone: its origin and the addresses of its names, all absolute (``www.acme.example.``).

    A signed zone has its ``keys``, ``signatures`` by name and type, and the ``ds`` that its parent publishes.
    """

    origin: str
    addresses: Mapping[str, str]
    keys: dns.rrset.RRset | None = None
    signatures: Signatures = field(default_factory=lambda: _UNSIGNED)
    ds: str = ""

    def owns(self, name: dns.name.Name) -> bool:
        """Whether ``name`` lies in the zone."""
        return name.is_subdomain(dns.name.from_text(self.origin))

    def soa(self) -> dns.rrset.RRset:
        """The start of authority; its minimum is how long a missing name may be remembered."""
        text = f"ns.{self.origin} hostmaster.{self.origin} 1 3600 600 86400 {TTL_S}"
        return dns.rrset.from_text(self.origin, TTL_S, "IN", "SOA", text)

    def address(self, name: str) -> dns.rrset.RRset:
        """The address record of ``name``. Raises KeyError for a name that has none."""
        return dns.rrset.from_text(name, TTL_S, "IN", "A", self.addresses[name])

    def found(self, name: str, kind: dns.rdatatype.RdataType) -> dns.rrset.RRset | None:
        """The records of ``name`` of this type."""
        if name == self.origin and kind == dns.rdatatype.SOA:
            return self.soa()
        if name == self.origin and kind == dns.rdatatype.DNSKEY:
            return self.keys
        return self.address(name) if name in self.addresses and kind == dns.rdatatype.A else None


def reply(zones: tuple[Zone, ...], wire: bytes) -> bytes | None:
    """The answer to one question in wire format; None where no answer can be given (not DNS, or itself an answer)."""
    try:
        query = dns.message.from_wire(wire)
    except (dns.exception.DNSException, struct.error, ValueError):
        return None
    if query.flags & dns.flags.QR or len(query.question) != 1:
        return None
    return _answered(zones, query).to_wire()


def _answered(zones: tuple[Zone, ...], query: dns.message.Message) -> dns.message.Message:
    response = dns.message.make_response(query)
    question = query.question[0]
    zone = next((zone for zone in zones if zone.owns(question.name)), None)
    if zone is None:
        response.set_rcode(dns.rcode.REFUSED)
        return response
    response.flags |= dns.flags.AA
    _fill(response, zone, question, signed=bool(query.ednsflags & dns.flags.DO))
    return response


def _fill(response: dns.message.Message, zone: Zone, question: dns.rrset.RRset, signed: bool) -> None:
    name = question.name.to_text().lower()
    records = zone.found(name, question.rdtype)
    if records is None:
        if name not in zone.addresses and name != zone.origin:
            response.set_rcode(dns.rcode.NXDOMAIN)
        response.authority.append(zone.soa())
        return
    response.answer.append(records)
    if signed and (signature := zone.signatures.get((name, question.rdtype))) is not None:
        response.answer.append(signature)


def over_tcp(zones: tuple[Zone, ...]) -> Talk:
    """A talk that answers questions over TCP, each behind its two bytes of length (RFC 1035, 4.2.2)."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while prefix := await reader.read(1):
            size = int.from_bytes(prefix + await reader.readexactly(1), "big")
            answered = reply(zones, await reader.readexactly(size))
            if answered is None:
                return
            writer.write(len(answered).to_bytes(2, "big") + answered)
            await writer.drain()

    return talk


class OverUdp(asyncio.DatagramProtocol):
    """Answers each datagram; what is no question gets silence, as a real server gives."""

    def __init__(self, zones: tuple[Zone, ...]) -> None:
        self._zones = zones
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """Answer one question."""
        answered = reply(self._zones, data)
        if answered is not None and self._transport is not None:
            self._transport.sendto(answered, addr)
