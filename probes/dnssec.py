"""Whether a name server's answers are signed as the parent zone says (DNSSEC, RFC 4035), judged without I/O.

The way from the trust given to the answer: a DS record names a key, that key signs the zone's keys, one of them signs
the records asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import dns.dnssec
import dns.exception
import dns.message
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from dns.rdtypes.ANY.DNSKEY import DNSKEY
from dns.rdtypes.ANY.DS import DS
from dns.rdtypes.ANY.RRSIG import RRSIG

from probes.target import shown
from sla.span import Instant

MAX_KEYS = 16
MAX_SIGNATURES = 8
"""Keys of a zone, and signatures of one set, that are tried: each pair may cost a verification (CVE-2023-50387)."""


class Broken(Exception):
    """The signatures do not hold; the text says what was seen and wanted."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The signature that ends first, of all that the answer stands on."""

    begins: Instant
    ends: Instant


def anchors(field: str, texts: Iterable[str]) -> tuple[DS, ...]:
    """DS records as a registry shows them ("12345 13 2 49FD…"). Raises ValueError, beginning with ``field``."""
    return tuple(_anchor(f"{field}[{place}]", text) for place, text in enumerate(texts))


def _anchor(field: str, text: str) -> DS:
    try:
        found = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.DS, text)
    except (dns.exception.DNSException, ValueError):
        said = f'must be a DS record like "12345 13 2 49FD46E6…", got "{shown(text, 80)}"'
        raise ValueError(f"{field}: {said}") from None
    assert isinstance(found, DS)
    return found


def signer(answer: dns.message.Message, name: dns.name.Name) -> dns.name.Name:
    """The zone that signed the records of ``name`` in ``answer``. Raises Broken if nobody did."""
    signed = next((rrset for rrset in answer.answer if rrset.rdtype == dns.rdatatype.RRSIG and rrset.name == name), None)
    if signed is None:
        raise Broken("answer bears no signature, wanted one")
    zone: dns.name.Name = signed[0].signer
    if not name.is_subdomain(zone):
        raise Broken(f"signed by {shown(zone.to_text(), 80)}, which is not above the name")
    return zone


def checked(
    answer: dns.message.Message, keys: dns.message.Message, zone: dns.name.Name, trust: Sequence[DS], at: Instant
) -> Signature:
    """The first signature to end, of those that lead from ``trust`` to the answer. Raises Broken.

    ``keys`` is the server's answer about the keys of ``zone``. Records of other zones in the answer are not judged.
    """
    known = next((one for one in keys.answer if one.rdtype == dns.rdatatype.DNSKEY and one.name == zone), None)
    if known is None:
        raise Broken("zone has no keys, wanted some")
    if len(known) > MAX_KEYS:
        raise Broken(f"zone has {len(known)} keys, wanted at most {MAX_KEYS}")
    entry = [key for key in known if isinstance(key, DNSKEY) and any(_named(zone, key, ds) for ds in trust)]
    if not entry:
        raise Broken("no key of the zone is the one that the DS record names")
    found = [_holds(known, keys.answer, zone, dns.rrset.from_rdata(zone, 0, *entry), at)]
    for rrset in answer.answer:
        if rrset.rdtype != dns.rdatatype.RRSIG and rrset.name.is_subdomain(zone):
            found.append(_holds(rrset, answer.answer, zone, known, at))
    return min(found, key=lambda one: one.ends)


def _named(zone: dns.name.Name, key: DNSKEY, ds: DS) -> bool:
    """Whether ``ds`` is the digest of ``key``."""
    if dns.dnssec.key_id(key) != ds.key_tag or key.algorithm != ds.algorithm:
        return False
    try:
        return bool(dns.dnssec.make_ds(zone, key, ds.digest_type, validating=True) == ds)
    except (dns.exception.DNSException, ValueError):
        return False


def _holds(
    rrset: dns.rrset.RRset, section: Iterable[dns.rrset.RRset], zone: dns.name.Name, keys: dns.rrset.RRset, at: Instant
) -> Signature:
    """The signature over ``rrset`` by one of ``keys``. Raises Broken."""
    what = f"{shown(rrset.name.to_text(), 80)} {dns.rdatatype.to_text(rrset.rdtype)}"
    signatures = [
        signature
        for one in section
        if one.rdtype == dns.rdatatype.RRSIG and one.name == rrset.name and one.covers == rrset.rdtype
        for signature in one
        if isinstance(signature, RRSIG) and signature.signer == zone
    ]
    if not signatures:
        raise Broken(f"{what} bears no signature of its zone, wanted one")
    if len(signatures) > MAX_SIGNATURES:
        raise Broken(f"{what} bears {len(signatures)} signatures, wanted at most {MAX_SIGNATURES}")
    why = ""
    for signature in signatures:
        if (why := _fault(rrset, signature, zone, keys, at)) == "":
            return Signature(signature.inception * 1000, signature.expiration * 1000)
    raise Broken(f"signature over {what} {why}")


def _fault(rrset: dns.rrset.RRset, signature: RRSIG, zone: dns.name.Name, keys: dns.rrset.RRset, at: Instant) -> str:
    """Why one signature does not hold; empty if it does."""
    if at >= signature.expiration * 1000:
        return f"ended at {_utc(signature.expiration)}"
    if at < signature.inception * 1000:
        return f"begins at {_utc(signature.inception)}"
    try:
        dns.dnssec.validate_rrsig(rrset, signature, {zone: keys}, now=at / 1000)
    except (dns.exception.DNSException, ValueError):
        return "is wrong, wanted one by a key of the zone"
    return ""


def _utc(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M} UTC"
