"""The certificate that an endpoint shows: chain, name, key and the days it has left.

Reads the chain in a handshake that refuses nothing, sends nothing and judges afterwards, so that an expired or
untrusted certificate still gives its facts. `expires_soon` degrades at min(7 d, lifetime/12); notices come at
min(30 d, lifetime/3) and min(14 d, lifetime/6).

Down causes: `cert_expired`, `cert_not_yet_valid`, `cert_name`, `cert_chain` (also keys that current clients refuse),
`tls_handshake` (also a version below `min_tls`). Phases: resolve, connect, tls.

```yaml
- id: public-cert
  component: certificate
  kind: certificate
  host: mdm.acme.example
  port: 443
```
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from ipaddress import ip_address
from typing import Any, ClassVar, Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from OpenSSL import SSL, crypto

from probes.expiry import Limits, by_days, checked_days
from probes.members import Addresses, each_address
from probes.probe import Conversation, Defaults, Fact, Family, Finding, Look, Malformed, Tls, down
from probes.target import checked_host, checked_port, ip_protocol, is_address, shown
from sla.span import DAY
from sla.state import Cause

TLS_CAP = 256 << 10
MAX_CHAIN = 10
_VERSIONS = {"TLSv1": 0, "TLSv1.1": 1, "TLSv1.2": 2, "TLSv1.3": 3}
_LOWEST = {"1.2": 2, "1.3": 3}
_CODES = {9: Cause.CERT_NOT_YET_VALID, 10: Cause.CERT_EXPIRED, 23: Cause.CERT_REVOKED}
_WEAK_HASHES = (hashes.MD5, hashes.SHA1)
_UNREADABLE = (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.InvalidVersion, crypto.Error)
"""What the decoder raises for something that OpenSSL has taken for a certificate."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the endpoint showed: the chain as sent (leaf first), TLS version and cipher."""

    chain: tuple[x509.Certificate, ...]
    version: str
    cipher: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """One handshake with an endpoint. Days None: by the certificate's lifetime."""

    kind: ClassVar[str] = "certificate"
    defaults: ClassVar[Defaults] = Defaults(interval_s=3600, deadline_s=10.0, component_kind="certificate")
    failures: ClassVar[tuple[type[Exception], ...]] = ()
    measures: ClassVar[Mapping[str, str]] = {
        "certificate_not_after_timestamp_seconds.leaf": "Expiry of a certificate, by its position in the chain.",
        "certificate_lifetime_days": "From the start of the leaf's validity to its end.",
    }

    host: str
    port: int = 443
    server_name: str | None = None
    ca_file: str | None = None
    min_tls: Literal["1.2", "1.3"] = "1.2"
    notice_days: int | None = None
    urgent_days: int | None = None
    degraded_days: int | None = None
    family: Family = "any"
    addresses: Addresses = "each"
    _name: str = field(init=False, repr=False, compare=False)
    _context: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        checked_host("host", self.host)
        checked_port("port", self.port)
        object.__setattr__(self, "_name", checked_host("server_name", self.server_name or self.host))
        for name, days in (("notice", self.notice_days), ("urgent", self.urgent_days), ("degraded", self.degraded_days)):
            checked_days(f"{name}_days", days)
        object.__setattr__(self, "_context", _reading_context())

    async def check(self, look: Look) -> Finding:
        """One handshake with each address."""
        return await each_address(look, self.host, self.family, self.addresses, self._visit)

    async def _visit(self, address: str, look: Look) -> Finding:
        roots = look.gate.trust(Tls(self._name, self.ca_file)).get_ca_certs(binary_form=True)
        stream = await look.gate.stream(address, self.port, None, TLS_CAP)
        with look.phase("tls"):
            shown_ = await self._handshake(stream)
        if isinstance(shown_, Finding):
            return shown_
        try:
            return self._judged(shown_, roots, address, look)
        except _UNREADABLE as fault:
            raise Malformed(f"certificate cannot be read: {type(fault).__name__}, wanted X.509") from None

    def _judged(self, shown_: Shown, roots: Sequence[bytes], address: str, look: Look) -> Finding:
        """Chain, name, strength, days; the first that fails tells."""
        at = datetime.fromtimestamp(look.at / 1000, UTC)
        facts = _facts(shown_, look.at) | {"ip_protocol": ip_protocol(address)}
        fault = _chain_fault(shown_.chain, roots, at, facts) or _name_fault(shown_.chain[0], self._name)
        fault = fault or _weakness(shown_.chain) or self._old_tls(shown_)
        return down(fault[0], fault[1], facts) if fault else self._by_days(shown_.chain[0], look.at, facts)

    async def _handshake(self, stream: Conversation) -> Shown | Finding:
        """The chain, or the finding that there was no handshake."""
        connection = SSL.Connection(self._context, None)
        if not is_address(self._name):
            connection.set_tlsext_host_name(self._name.encode())
        connection.set_connect_state()
        while True:
            try:
                connection.do_handshake()
                break
            except SSL.WantReadError:
                await stream.write(_to_send(connection))
            except SSL.Error as fault:
                said = fault.args[0][0][2] if fault.args and fault.args[0] else "no handshake"
                return down(Cause.TLS_HANDSHAKE, f"TLS failed: {shown(str(said), 80)}")
            data = await stream.read()
            if not data:
                raise EOFError("closed during the TLS handshake")
            connection.bio_write(data)
        chain = _chain(connection)
        if not chain or len(chain) > MAX_CHAIN:
            raise Malformed(f"{len(chain)} certificates shown, wanted 1 to {MAX_CHAIN}")
        return Shown(tuple(chain), connection.get_protocol_version_name(), connection.get_cipher_name() or "")

    def _old_tls(self, seen: Shown) -> tuple[Cause, str] | None:
        if _VERSIONS.get(seen.version, 0) >= _LOWEST[self.min_tls]:
            return None
        return Cause.TLS_HANDSHAKE, f"best version is {seen.version}, wanted at least TLSv{self.min_tls}"

    def _by_days(self, leaf: x509.Certificate, at: int, facts: dict[str, Fact]) -> Finding:
        """Valid: how soon must somebody act?"""
        ends = _instant(leaf.not_valid_after_utc)
        lifetime = Fraction(ends - _instant(leaf.not_valid_before_utc), DAY)
        left = Fraction(ends - at, DAY)
        limits = Limits(
            _limit(self.notice_days, 30, lifetime / 3),
            _limit(self.urgent_days, 14, lifetime / 6),
            _limit(self.degraded_days, 7, lifetime / 12),
        )
        return by_days("certificate", left, limits, facts)


def _reading_context() -> SSL.Context:
    """A context that takes every certificate and version, to read and judge them; nothing is ever sent through it."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(SSL.TLS1_VERSION)
    context.set_cipher_list(b"ALL:@SECLEVEL=0")
    context.set_verify(SSL.VERIFY_NONE)
    return context


def _chain(connection: SSL.Connection) -> Sequence[x509.Certificate]:
    """The certificates that the peer has shown. Raises Malformed."""
    try:
        return connection.get_peer_cert_chain(as_cryptography=True) or []
    except _UNREADABLE as fault:
        raise Malformed(f"certificate cannot be read: {type(fault).__name__}, wanted X.509") from None


def _to_send(connection: SSL.Connection) -> bytes:
    """What the handshake wants to say; nothing where the peer's flight has come in part only."""
    try:
        return connection.bio_read(65536)
    except SSL.WantReadError:
        return b""


def _limit(days: int | None, at_most: int, share: Fraction) -> Fraction:
    return Fraction(days) if days is not None else min(Fraction(at_most), share)


def _instant(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000


def _facts(seen: Shown, at: int) -> dict[str, Fact]:
    leaf = seen.chain[0]
    ends = _instant(leaf.not_valid_after_utc)
    return {
        "tls_version": seen.version,
        "tls_cipher": seen.cipher,
        "certificate_not_after_timestamp_seconds.leaf": ends // 1000,
        "ssl_earliest_cert_expiry": min(_instant(one.not_valid_after_utc) for one in seen.chain) // 1000,
        "certificate_lifetime_days": (ends - _instant(leaf.not_valid_before_utc)) // DAY,
        "certificate_serial": f"{leaf.serial_number:x}",
        "certificate_issuer": shown(leaf.issuer.rfc4514_string()),
        "certificate_sha256": leaf.fingerprint(hashes.SHA256()).hex(),
        "certificate_key": _key_words(leaf.public_key()),
    }


def _chain_fault(
    chain: Sequence[x509.Certificate], roots: Sequence[bytes], at: datetime, facts: dict[str, Fact]
) -> tuple[Cause, str] | None:
    """What OpenSSL says of the chain at ``at``; a good path adds its earliest end to the facts."""
    store = crypto.X509Store()
    for root in roots:
        store.add_cert(crypto.X509.from_cryptography(x509.load_der_x509_certificate(root)))
    store.set_time(at)
    leaf, *rest = [crypto.X509.from_cryptography(one) for one in chain]
    judge = crypto.X509StoreContext(store, leaf, rest)
    try:
        path = judge.get_verified_chain()
    except crypto.X509StoreContextError as fault:
        code, depth, text = fault.errors[0], fault.errors[1], fault.errors[2]
        return _CODES.get(int(code), Cause.CERT_CHAIN), f"certificate {depth} of the chain refused: {shown(str(text), 80)}"
    ends = min(_instant(one.to_cryptography().not_valid_after_utc) for one in path)
    facts["ssl_last_chain_expiry_timestamp_seconds"] = ends // 1000
    return None


def _name_fault(leaf: x509.Certificate, name: str) -> tuple[Cause, str] | None:
    """Whether ``name`` is among the leaf's subject alternative names (RFC 9525: the subject itself does not count)."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return Cause.CERT_NAME, f"certificate names no host, wanted {name}"
    except ValueError:
        return Cause.CERT_CHAIN, "certificate's extensions are malformed"
    if is_address(name):
        fits = ip_address(name) in names.get_values_for_type(x509.IPAddress)
    else:
        fits = any(covers(pattern, name) for pattern in names.get_values_for_type(x509.DNSName))
    return None if fits else (Cause.CERT_NAME, f"certificate is for {_first(names)}, wanted {name}")


def covers(pattern: str, name: str) -> bool:
    """Whether a certificate's DNS name covers ``name``: equal, or ``*`` for exactly the left-most label."""
    pattern, name = pattern.lower().rstrip("."), name.lower()
    if not pattern.startswith("*."):
        return pattern == name
    return pattern.count(".") >= 2 and name.partition(".")[2] == pattern[2:]


def _first(names: x509.SubjectAlternativeName) -> str:
    return ", ".join(shown(str(one.value), 80) for one in list(names)[:3]) or "nobody"


def _weakness(chain: Sequence[x509.Certificate]) -> tuple[Cause, str] | None:
    """Keys and signatures that current clients refuse."""
    for one in chain:
        key = one.public_key()
        if (isinstance(key, rsa.RSAPublicKey) and key.key_size < 2048) or (
            isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < 224
        ):
            return Cause.CERT_CHAIN, f"{_key_words(key)} key, refused by current clients"
        if one.issuer != one.subject and isinstance(one.signature_hash_algorithm, _WEAK_HASHES):
            return Cause.CERT_CHAIN, f"{one.signature_hash_algorithm.name} signature, refused by current clients"
    return None


def _key_words(key: object) -> str:
    match key:
        case rsa.RSAPublicKey():
            return f"rsa {key.key_size}"
        case ec.EllipticCurvePublicKey():
            return f"ec {key.key_size}"
    return type(key).__name__.removesuffix("PublicKey").lower()
