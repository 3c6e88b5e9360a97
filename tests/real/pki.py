"""A throw-away certificate authority: a root and the leaf variants that a TLS look must tell apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from monitor.clock import system_clock

Pair = tuple[x509.Certificate, ec.EllipticCurvePrivateKey]


def _made(name: str, issuer: Pair | None, start: int, end: int, host: str | None) -> Pair:
    now = datetime.fromtimestamp(system_clock() // 1000, UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer[0].subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=start))
        .not_valid_after(now + timedelta(days=end))
        .add_extension(x509.BasicConstraints(host is None, None), True)
    )
    if host is not None:
        names: list[x509.GeneralName] = [x509.DNSName(host)]
        if host == "localhost":
            names.append(x509.IPAddress(ip_address("127.0.0.1")))
        builder = builder.add_extension(x509.SubjectAlternativeName(names), False)
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256()), key


def _save(folder: Path, name: str, pair: Pair) -> None:
    private = pair[1].private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / f"{name}.pem").write_bytes(pair[0].public_bytes(serialization.Encoding.PEM) + private)


def make_pki(folder: Path) -> Path:
    """Writes ca.pem and, with its key, each of good, soon, expired, notyet, wronghost, selfsigned, stranger .pem."""
    root = _made("Test Root", None, -40, 3650, None)
    (folder / "ca.pem").write_bytes(root[0].public_bytes(serialization.Encoding.PEM))
    _save(folder, "good", _made("good", root, -40, 365, "localhost"))
    _save(folder, "soon", _made("soon", root, -340, 5, "localhost"))
    _save(folder, "expired", _made("expired", root, -40, -1, "localhost"))
    _save(folder, "notyet", _made("notyet", root, 2, 365, "localhost"))
    _save(folder, "wronghost", _made("wronghost", root, -40, 365, "other.example"))
    _save(folder, "selfsigned", _made("selfsigned", None, -40, 365, "localhost"))
    _save(folder, "stranger", _made("stranger", _made("Other Root", None, -40, 3650, None), -40, 365, "localhost"))
    return folder
