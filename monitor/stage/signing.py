"""Signatures over a zone (DNSSEC) by one key that is made anew at each start."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import dns.dnssec
import dns.rdatatype
import dns.rrset
from cryptography.hazmat.primitives.asymmetric import ec
from dns.dnssectypes import Algorithm, DSDigest

from monitor.stage.zone import TTL_S, Zone
from sla.span import DAY, HOUR, Instant

VALID_MS = 30 * DAY
_BACKDATED_MS = HOUR
_ENTRY_KEY = 257


def signed(zone: Zone, now: Instant) -> Zone:
    """``zone`` with its key, a signature over each of its record sets, and the DS record that a parent would publish."""
    secret = ec.generate_private_key(ec.SECP256R1())
    key = dns.dnssec.make_dnskey(secret.public_key(), Algorithm.ECDSAP256SHA256, flags=_ENTRY_KEY)
    keys = dns.rrset.from_rdata(zone.origin, TTL_S, key)
    begins, ends = (datetime.fromtimestamp(at // 1000, UTC) for at in (now - _BACKDATED_MS, now + VALID_MS))

    def signature(records: dns.rrset.RRset) -> dns.rrset.RRset:
        found = dns.dnssec.sign(records, secret, keys.name, key, inception=begins, expiration=ends)
        return dns.rrset.from_rdata(records.name, TTL_S, found)

    sets = [zone.soa(), keys, *(zone.address(name) for name in zone.addresses)]
    signatures = {(one.name.to_text(), one.rdtype): signature(one) for one in sets}
    ds = dns.dnssec.make_ds(zone.origin, key, DSDigest.SHA256).to_text()
    return replace(zone, keys=keys, signatures=MappingProxyType(signatures), ds=ds)
