"""The customer's push certificate: a .p12 file that a person must renew in time."""

from __future__ import annotations

from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from monitor.stage import pki
from sla.span import DAY, Instant

TOPIC = "com.apple.mgmt.External.demo"
PASSPHRASE = "demo"  # noqa: S105 (a stage has no secrets)
VALID_MS = 200 * DAY
"""Long enough to be no warning: a push certificate warns 60 days ahead."""


class PushFile:
    """The file, in force while it is open; closing leaves one that has ended, as when nobody renewed it."""

    def __init__(self, authority: pki.Authority, folder: Path, now: Instant) -> None:
        self.path = folder / "push.p12"
        self._authority, self._now = authority, now

    async def open(self) -> None:
        """A certificate in force."""
        self._write(self._now, VALID_MS)

    async def close(self) -> None:
        """A certificate that ended yesterday."""
        self._write(self._now - 365 * DAY, 364 * DAY)

    async def release(self) -> None:
        """Take the file away."""
        self.path.unlink(missing_ok=True)

    def _write(self, begins: Instant, lifetime_ms: int) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.USER_ID, TOPIC), x509.NameAttribute(NameOID.COMMON_NAME, "APSP:demo")])
        builder = pki.builder(subject, self._authority.certificate.subject, key.public_key(), begins, lifetime_ms)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        certificate = builder.sign(self._authority.key, hashes.SHA256())
        locked = BestAvailableEncryption(PASSPHRASE.encode())
        fresh = self.path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_bytes(pkcs12.serialize_key_and_certificates(b"push", key, certificate, None, locked))
        fresh.replace(self.path)  # whole or not at all: somebody may be reading
