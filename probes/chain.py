"""What certificates say and what ails them: dates, names, keys, and the path to a root. Pure; nothing is asked of anybody."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID
from OpenSSL import crypto

from probes.probe import Fact, Malformed
from probes.target import is_address, shown
from sla.span import DAY, Instant
from sla.state import Cause

Fault: TypeAlias = tuple[Cause, str]
"""A down cause, and what was seen and wanted."""

UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What the library raises for certificates that break their own rules (KeyError: an unknown TLS feature)."""
_CODES = {9: Cause.CERT_NOT_YET_VALID, 10: Cause.CERT_EXPIRED, 23: Cause.CERT_REVOKED}
_WEAK_HASHES = (hashes.MD5, hashes.SHA1)
LEAST_RSA, LEAST_EC = 2048, 224
"""Bits below which current clients refuse a key."""
_SERVER_PURPOSES = frozenset({ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE})


@dataclass(frozen=True, slots=True)
class Link:
    """One certificate of a chain. ``names`` are its alternative names (None: it bears none), ``key`` is like "rsa 2048",
    ``weak`` says what current clients refuse in it, and ``serves`` whether it may stand for a server.
    """

    certificate: x509.Certificate
    begins: Instant
    ends: Instant
    names: tuple[str | IPv4Address | IPv6Address, ...] | None
    key: str
    weak: str | None
    serves: bool

    @classmethod
    def of(cls, certificate: x509.Certificate) -> Link:
        """Read a certificate. Raises Malformed if it breaks X.509's rules."""
        try:
            return cls(
                certificate,
                instant(certificate.not_valid_before_utc),
                instant(certificate.not_valid_after_utc),
                _names(certificate.extensions),
                _key_words(certificate.public_key()),
                _weakness(certificate),
                _serves(certificate.extensions),
            )
        except UNREADABLE:
            raise Malformed("a certificate of the chain breaks the rules of X.509, wanted one that can be read") from None

    @property
    def self_issued(self) -> bool:
        """Whether it is its own issuer, as a root is."""
        return self.certificate.issuer == self.certificate.subject


def instant(moment: datetime) -> Instant:
    """The instant of an aware datetime, to the second."""
    return int(moment.timestamp()) * 1000


def links(certificates: Iterable[x509.Certificate]) -> tuple[Link, ...]:
    """Each certificate read. Raises Malformed."""
    return tuple(Link.of(one) for one in certificates)


def verified(chain: Sequence[Link], roots: Iterable[bytes], at: Instant) -> tuple[tuple[Link, ...], Fault | None]:
    """The path from the leaf to one of ``roots`` (DER) at ``at``, or no path and why there is none. Raises Malformed."""
    store = crypto.X509Store()
    for root in roots:
        store.add_cert(crypto.load_certificate(crypto.FILETYPE_ASN1, root))
    store.set_time(datetime.fromtimestamp(at / 1000, UTC))
    try:
        leaf, *rest = [crypto.X509.from_cryptography(link.certificate) for link in chain]
        path = crypto.X509StoreContext(store, leaf, rest).get_verified_chain()
    except crypto.X509StoreContextError as fault:
        code, depth, text = fault.errors[0], fault.errors[1], fault.errors[2]
        return (), (_CODES.get(int(code), Cause.CERT_CHAIN), f"certificate {depth} of the chain refused: {shown(str(text), 80)}")
    except crypto.Error:
        raise Malformed("a certificate of the chain breaks the rules of X.509, wanted one that can be read") from None
    return links(one.to_cryptography() for one in path), None


def name_fault(leaf: Link, name: str) -> Fault | None:
    """Whether ``name`` is among the leaf's alternative names (RFC 9525: the subject itself does not count)."""
    if leaf.names is None:
        return Cause.CERT_NAME, f"certificate names no host, wanted {name}"
    if is_address(name):
        fits = ip_address(name) in leaf.names
    else:
        fits = any(covers(pattern, name) for pattern in leaf.names if isinstance(pattern, str))
    seen = ", ".join(shown(str(one), 80) for one in leaf.names[:3]) or "nobody"
    return None if fits else (Cause.CERT_NAME, f"certificate is for {seen}, wanted {name}")


def covers(pattern: str, name: str) -> bool:
    """Whether a certificate's DNS name covers ``name``: equal, or ``*`` for exactly the left-most label."""
    pattern, name = pattern.lower().rstrip("."), name.lower()
    if not pattern.startswith("*."):
        return pattern == name
    return pattern.count(".") >= 2 and name.partition(".")[2] == pattern[2:]


def strength_fault(chain: Iterable[Link]) -> Fault | None:
    """Keys and signatures that current clients refuse, though the chain may be whole."""
    weak = next((link.weak for link in chain if link.weak is not None), None)
    return None if weak is None else (Cause.CERT_CHAIN, f"{weak}, refused by current clients")


def earliest(chain: Iterable[Link]) -> Link:
    """The link that ends first."""
    return min(chain, key=lambda link: link.ends)


def whose(link: Link, path: Sequence[Link]) -> str:
    """The link in words: the certificate itself, or one above it by its name."""
    if link == path[0]:
        return "certificate"
    return f"issuer's certificate {shown(link.certificate.subject.rfc4514_string(), 80)}"


def facts(chain: Sequence[Link]) -> dict[str, Fact]:
    """What is told of a chain as it was shown, leaf first; dates as Unix seconds."""
    leaf = chain[0]
    told: dict[str, Fact] = {
        "certificate_not_after_timestamp_seconds.leaf": leaf.ends // 1000,
        "ssl_earliest_cert_expiry": earliest(chain).ends // 1000,
        "certificate_lifetime_days": (leaf.ends - leaf.begins) // DAY,
        "certificate_serial": f"{leaf.certificate.serial_number:x}",
        "certificate_issuer": shown(leaf.certificate.issuer.rfc4514_string()),
        "certificate_sha256": leaf.certificate.fingerprint(hashes.SHA256()).hex(),
        "certificate_key": leaf.key,
    }
    if between := [link for link in chain[1:] if not link.self_issued]:
        told["certificate_not_after_timestamp_seconds.intermediate"] = earliest(between).ends // 1000
    return told


def path_facts(path: Sequence[Link]) -> dict[str, Fact]:
    """What a verified path adds: when it ends, when its root does."""
    told: dict[str, Fact] = {"ssl_last_chain_expiry_timestamp_seconds": earliest(path).ends // 1000}
    if between := path[1:-1]:
        told["certificate_not_after_timestamp_seconds.intermediate"] = earliest(between).ends // 1000
    if len(path) > 1:
        told["certificate_not_after_timestamp_seconds.root"] = path[-1].ends // 1000
    return told


def _names(extensions: x509.Extensions) -> tuple[str | IPv4Address | IPv6Address, ...] | None:
    try:
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return None
    addresses = [one for one in names.get_values_for_type(x509.IPAddress) if isinstance(one, IPv4Address | IPv6Address)]
    return (*names.get_values_for_type(x509.DNSName), *addresses)


def _serves(extensions: x509.Extensions) -> bool:
    try:
        purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return not _SERVER_PURPOSES.isdisjoint(purposes)


def _weakness(certificate: x509.Certificate) -> str | None:
    key, signed = certificate.public_key(), certificate.signature_hash_algorithm
    if isinstance(key, dsa.DSAPublicKey):
        return "dsa key"
    if (isinstance(key, rsa.RSAPublicKey) and key.key_size < LEAST_RSA) or (
        isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < LEAST_EC
    ):
        return f"{_key_words(key)} key"
    if certificate.issuer != certificate.subject and isinstance(signed, _WEAK_HASHES):
        return f"{signed.name} signature"
    return None


def _key_words(key: object) -> str:
    match key:
        case rsa.RSAPublicKey():
            return f"rsa {key.key_size}"
        case ec.EllipticCurvePublicKey():
            return f"ec {key.key_size}"
    return type(key).__name__.removesuffix("PublicKey").lower()
