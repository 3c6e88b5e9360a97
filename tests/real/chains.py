"""A root, intermediates and leaves in every state of health, with the responder and the list that speak for them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

from monitor.clock import system_clock

TOPIC = "com.apple.mgmt.External.0f1e2d3c"
PASSPHRASE = "canary-secret"
LOCALHOST = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class Pair:
    """A certificate with its key and the intermediates that a server sends after it."""

    cert: x509.Certificate
    key: Any
    above: tuple[x509.Certificate, ...] = ()

    def private(self) -> bytes:
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def now() -> datetime:
    return datetime.fromtimestamp(system_clock() // 1000, UTC)


def made(
    name: str,
    issuer: Pair | None = None,
    *,
    ca: bool = False,
    start: float = -40,
    end: float = 365,
    names: Sequence[str] = LOCALHOST,
    rsa_bits: int = 0,
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
    topic: str = "",
    ocsp_url: str = "",
    list_url: str = "",
    staple: bool = False,
    identifiers: bool = True,
) -> Pair:
    """One certificate. Without ``identifiers`` it lacks the key identifiers, as hand-made authorities' do."""
    key: Any = rsa.generate_private_key(65537, rsa_bits) if rsa_bits else ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [x509.NameAttribute(NameOID.USER_ID, topic)] * bool(topic) + [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    )
    signer = issuer or Pair(None, key)  # type: ignore[arg-type]
    builder = (
        x509.CertificateBuilder(
            issuer.cert.subject if issuer else subject, subject, key.public_key(), x509.random_serial_number()
        )
        .not_valid_before(now() + timedelta(days=start))
        .not_valid_after(now() + timedelta(days=end))
        .add_extension(x509.BasicConstraints(ca, None), True)
    )
    if identifiers:
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key())
        builder = builder.add_extension(authority, False)
    if not ca:
        builder = _leaf(builder, names, purpose, ocsp_url, list_url, staple)
    above = (issuer.cert,) if issuer and issuer.cert.issuer != issuer.cert.subject else ()
    return Pair(builder.sign(signer.key, hashes.SHA256()), key, above)


def _leaf(
    builder: x509.CertificateBuilder,
    names: Sequence[str],
    purpose: x509.ObjectIdentifier,
    ocsp_url: str,
    list_url: str,
    staple: bool,
) -> x509.CertificateBuilder:
    builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), False)
    if names:
        alternatives = [x509.IPAddress(ip_address(one)) if one[0].isdigit() else x509.DNSName(one) for one in names]
        builder = builder.add_extension(x509.SubjectAlternativeName(alternatives), False)
    if ocsp_url:
        place = x509.UniformResourceIdentifier(ocsp_url)
        access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), False)
    if list_url:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(list_url)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), False)
    return builder.add_extension(x509.TLSFeature([x509.TLSFeatureType.status_request]), False) if staple else builder


@dataclass
class Authority:
    """The PKI of one test session, in ``folder``: ``<name>.pem`` is a leaf with its key, ``<name>.chain`` what is above it."""

    folder: Path
    ocsp_url: str
    list_url: str
    root: Pair = field(init=False)
    inter: Pair = field(init=False)
    responder: Pair = field(init=False)
    stranger: Pair = field(init=False)
    leaves: dict[str, Pair] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root = made("Test Root", ca=True, end=3650)
        self.inter = made("Test Intermediate", self.root, ca=True, end=1000)
        self.responder = made("Responder", self.inter, names=(), purpose=ExtendedKeyUsageOID.OCSP_SIGNING)
        self.stranger = made("No Responder", self.inter, names=(), purpose=ExtendedKeyUsageOID.CLIENT_AUTH)
        inter = self.inter
        old, late = (
            made(f"{word} Intermediate", self.root, ca=True, start=-300, end=end) for word, end in (("Old", -2), ("Late", 5))
        )
        bare = made("Hand-made Authority", ca=True, end=3650, identifiers=False)
        ways = {"ocsp_url": self.ocsp_url, "list_url": self.list_url}
        self.leaves = {
            "good": made("good", inter),
            "rsa": made("rsa", inter, rsa_bits=2048),
            "weakkey": made("weakkey", inter, rsa_bits=1024),
            "expired": made("expired", inter, end=-1),
            "notyet": made("notyet", inter, start=2),
            "ends20": made("ends20", inter, start=-300, end=20),
            "ends10": made("ends10", inter, start=-300, end=10),
            "ends5": made("ends5", inter, start=-300, end=5),
            "wronghost": made("wronghost", inter, names=("other.example",)),
            "nosan": made("nosan", inter, names=()),
            "wildcard": made("wildcard", inter, names=("*.tenant.example",)),
            "client": made("client", inter, purpose=ExtendedKeyUsageOID.CLIENT_AUTH),
            "selfsigned": made("selfsigned"),
            "oldinter": made("oldinter", old),
            "lateinter": made("lateinter", late),
            "bare": made("bare", bare, identifiers=False),
            "checked": made("checked", inter, ocsp_url=self.ocsp_url),
            "revoked": made("revoked", inter, ocsp_url=self.ocsp_url),
            "listed": made("listed", inter, list_url=self.list_url),
            "unlisted": made("unlisted", inter, list_url=self.list_url),
            "both": made("both", inter, **ways),
            "muststaple": made("muststaple", inter, staple=True, ocsp_url=self.ocsp_url),
        }
        self.leaves["nochain"] = Pair(self.leaves["good"].cert, self.leaves["good"].key)
        for name, pair in self.leaves.items():
            (self.folder / f"{name}.pem").write_bytes(pair.cert.public_bytes(serialization.Encoding.PEM) + pair.private())
            (self.folder / f"{name}.chain").write_bytes(pems(pair.above))
        (self.folder / "ca.pem").write_bytes(pems((self.root.cert, bare.cert)))

    def answer(self, request: bytes, mode: str) -> bytes:
        """What the responder says in ``mode``: honest, stale, foreign (signed by one not appointed), busy, garbage, unknown."""
        if mode == "garbage":
            return b"<html>not found</html>"
        asked = ocsp.load_der_ocsp_request(request)
        if mode == "busy":
            return ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(
                serialization.Encoding.DER
            )
        since = now() - timedelta(days=2 if mode == "stale" else 0)
        gone = asked.serial_number == self.leaves["revoked"].cert.serial_number
        status = ocsp.OCSPCertStatus.REVOKED if gone else ocsp.OCSPCertStatus.GOOD
        status = ocsp.OCSPCertStatus.UNKNOWN if mode == "unknown" else status
        cert = next(pair.cert for pair in self.leaves.values() if pair.cert.serial_number == asked.serial_number)
        signer = self.stranger if mode == "foreign" else self.responder
        taken = since if status is ocsp.OCSPCertStatus.REVOKED else None
        return (
            ocsp.OCSPResponseBuilder()
            .add_response(cert, self.inter.cert, hashes.SHA1(), status, since, since + timedelta(days=1), taken, None)
            .responder_id(ocsp.OCSPResponderEncoding.HASH, signer.cert)
            .certificates([signer.cert])
            .sign(signer.key, hashes.SHA256())
            .public_bytes(serialization.Encoding.DER)
        )

    def revocation_list(self, stale: bool = False) -> bytes:
        """The intermediate's list, in DER: ``listed`` is on it."""
        since = now() - timedelta(days=8 if stale else 0)
        serial = self.leaves["listed"].cert.serial_number
        gone = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since).build()
        builder = x509.CertificateRevocationListBuilder().issuer_name(self.inter.cert.subject).add_revoked_certificate(gone)
        builder = builder.last_update(since).next_update(since + timedelta(days=7))
        return builder.sign(self.inter.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def push(self, topic: str = TOPIC, end: float = 300) -> Path:
        """A push certificate with its key in a .p12."""
        pair = made("APSP:0f1e2d3c", self.inter, names=(), end=end, purpose=ExtendedKeyUsageOID.CLIENT_AUTH, topic=topic)
        encryption = serialization.BestAvailableEncryption(PASSPHRASE.encode())
        path = self.folder / f"apns-{topic[-8:]}-{end:g}.p12"
        path.write_bytes(pkcs12.serialize_key_and_certificates(b"apns", pair.key, pair.cert, [self.inter.cert], encryption))
        return path


def pems(certificates: Sequence[x509.Certificate]) -> bytes:
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)


class Responder:
    """The authority's HTTP service: OCSP by POST, the list by GET. ``mode`` bends its answers, ``asked`` counts them."""

    def __init__(self, authority: Authority) -> None:
        self.authority, self.mode, self.asked = authority, "honest", 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked += 1
        if self.mode == "silent":
            await reader.read()
            return
        if self.mode == "reset":
            writer.transport.abort()
            return
        if head.startswith("POST"):
            size = int(head.lower().partition("content-length: ")[2].split("\r\n")[0])
            body = self.authority.answer(await reader.readexactly(size), self.mode)
        else:
            body = self.authority.revocation_list(self.mode == "stale")
        status = b"500 Broken" if self.mode == "broken" else b"200 OK"
        writer.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n" % (status, len(body)) + body)
        await writer.drain()
