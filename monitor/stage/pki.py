"""The stage's own certificate authority, made anew at each start."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from monitor.stage.listening import HOST
from sla.span import HOUR, Instant

_BACKDATED_MS = HOUR
"""Certificates begin an hour ago, so that a clock slightly behind finds none that is not yet valid."""


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA: its key, its certificate, and the file that checks name as ``ca_file``."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    file: Path


def found(folder: Path, now: Instant, lifetime_ms: int) -> Authority:
    """A new CA valid from ``now``; writes ``ca.pem`` into ``folder``. Raises OSError if that cannot be written."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _named("threenines demo CA")
    made = (
        builder(name, name, key.public_key(), now, lifetime_ms)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
    )
    certificate = made.sign(key, hashes.SHA256())
    file = folder / "ca.pem"
    file.write_bytes(certificate.public_bytes(Encoding.PEM))
    return Authority(key, certificate, file)


def server_context(authority: Authority, names: tuple[str, ...], now: Instant, lifetime_ms: int) -> ssl.SSLContext:
    """A server's TLS context with a new certificate for ``names`` and the loopback address."""
    key = ec.generate_private_key(ec.SECP256R1())
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    alternatives.append(x509.IPAddress(IPv4Address(HOST)))
    issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    made = (
        builder(_named(names[0]), authority.certificate.subject, key.public_key(), now, lifetime_ms)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(issuer_key, critical=False)
    )
    return _context(authority, made.sign(authority.key, hashes.SHA256()), key)


def signing(authority: Authority, name: str, now: Instant, lifetime_ms: int) -> x509.Certificate:
    """A certificate for signing alone; its key is thrown away, for nothing is ever signed with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = builder(_named(name), authority.certificate.subject, key.public_key(), now, lifetime_ms)
    return made.sign(authority.key, hashes.SHA256())


def client_context(authority: Authority) -> ssl.SSLContext:
    """A client's TLS context that trusts this CA alone."""
    return ssl.create_default_context(cafile=str(authority.file))


def _context(authority: Authority, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> ssl.SSLContext:
    """The ssl module takes key and certificate only from a file: it lies beside the CA, for this user alone, and goes at once."""
    file = authority.file.parent / f"{certificate.serial_number:x}.pem"
    file.touch(mode=0o600)
    file.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + certificate.public_bytes(Encoding.PEM)
    )
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(file)
    finally:
        file.unlink()
    return context


def builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: Instant, lifetime_ms: int
) -> x509.CertificateBuilder:
    """What every certificate of the stage has; it begins an hour before ``now``."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(_utc(now - _BACKDATED_MS))
        .not_valid_after(_utc(now + lifetime_ms))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _utc(at: Instant) -> datetime:
    return datetime.fromtimestamp(at // 1000, UTC)


def _usage(signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
