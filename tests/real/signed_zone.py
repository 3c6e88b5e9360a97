"""A zone signed offline, so that its signatures may be as old or as wrong as a test wants."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import dns.dnssec
import dns.rdataset
import dns.zone
from chains import now
from cryptography.hazmat.primitives.asymmetric import ec
from dns.rdtypes.ANY.DNSKEY import DNSKEY

ORIGIN = "signed.example."
ZONE = """$ORIGIN signed.example.
$TTL 300
@ SOA ns1 hostmaster 7 3600 600 86400 300
@ NS ns1
ns1 A 127.0.0.1
mdm A 192.0.2.10
www CNAME mdm
*.wild A 192.0.2.11
"""


@dataclass(frozen=True)
class Signer:
    """One key that signs everything, as small zones do."""

    key: ec.EllipticCurvePrivateKey
    dnskey: DNSKEY

    @property
    def ds(self) -> str:
        return dns.dnssec.make_ds(ORIGIN, self.dnskey, "SHA256").to_text()

    def signed(self, since_d: float = -1, until_d: float = 30, text: str = ZONE) -> str:
        """The zone's text with signatures from then to then, in days from now."""
        zone = dns.zone.from_text(text, ORIGIN, relativize=False)
        begins, ends = now() + timedelta(days=since_d), now() + timedelta(days=until_d)
        with zone.writer() as writer:
            dns.dnssec.sign_zone(zone, writer, [(self.key, self.dnskey)], inception=begins, expiration=ends)  # type: ignore[list-item]
        return f"$ORIGIN {ORIGIN}\n" + zone.to_text(relativize=False)


def made_signer() -> Signer:
    key = ec.generate_private_key(ec.SECP256R1())
    return Signer(key, dns.dnssec.make_dnskey(key.public_key(), dns.dnssec.ECDSAP256SHA256, flags=257))  # type: ignore[attr-defined, arg-type]
