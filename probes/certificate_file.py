"""Certificates that lie in a file: PEM, DER (.cer), or PKCS #12 with its key (.p12, as push services hand them out)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key, pkcs12
from cryptography.x509.oid import NameOID

from probes import chain
from probes.chain import UNREADABLE, Fault, Link
from probes.target import shown
from sla.span import DAY, Instant
from sla.state import Cause

Format: TypeAlias = Literal["auto", "pem", "der", "p12"]
MAX_CERTIFICATES = 200
"""More than any bundle of trusted roots has."""
MAX_ROUNDS = 1_000_000
"""Ten times what tools ask for. The library counts them without letting anybody else run: here they cost about a second."""
MAX_DEPTH = 24
"""Layers of a PKCS #12 file: the rounds lie in the thirteenth."""
_INTEGER, _OCTET_STRING, _CONSTRUCTED = 0x02, 0x04, 0x20


@dataclass(frozen=True, slots=True)
class Kept:
    """What the file holds, leaf first; ``key_fits`` is None where there is no key beside them that could be read."""

    chain: tuple[Link, ...]
    key_fits: bool | None


class NothingIn(Exception):
    """The file holds no certificate that could be read; the text says why."""


def opened(data: bytes, form: Format, password: str | None) -> Kept:
    """The certificates in ``data``. Raises NothingIn, also for a wrong passphrase; Malformed if one breaks X.509's rules."""
    form = _guessed(data) if form == "auto" else form
    try:
        match form:
            case "pem":
                certificates, key = _from_pem(data, password)
            case "der":
                certificates, key = [x509.load_der_x509_certificate(data)], None
            case _:
                certificates, key = _from_p12(data, password)
    except UNREADABLE:
        words = "wrong passphrase, or no PKCS #12" if form == "p12" else f"no certificate in {form.upper()}"
        raise NothingIn(words) from None
    if not 1 <= len(certificates) <= MAX_CERTIFICATES:
        raise NothingIn(f"{len(certificates)} certificates, wanted 1 to {MAX_CERTIFICATES}")
    return _ordered([Link.of(one) for one in certificates], key)


def dates_fault(kept: Kept, at: Instant) -> Fault | None:
    """Whether every certificate of the file is in force at ``at``."""
    for link in kept.chain:
        whose = chain.whose(link, kept.chain)
        if link.ends <= at:
            return Cause.CERT_EXPIRED, f"{whose} ended {float(Fraction(at - link.ends, DAY)):.1f} days ago"
        if link.begins > at:
            return Cause.CERT_NOT_YET_VALID, f"{whose} begins in {float(Fraction(link.begins - at, DAY)):.1f} days"
    return None


def key_fault(kept: Kept) -> Fault | None:
    """Whether the key beside the certificates is of one of them."""
    if kept.key_fits is False:
        return Cause.CERT_CHAIN, "key in the file belongs to none of its certificates, wanted it to"
    return None


def topic(leaf: Link) -> str:
    """The push topic of an APNs certificate: the user id in its subject; empty if there is none."""
    found = leaf.certificate.subject.get_attributes_for_oid(NameOID.USER_ID)
    return shown(found[0].value, 120) if found else ""


def _guessed(data: bytes) -> Format:
    if b"-----BEGIN" in data:
        return "pem"
    try:
        x509.load_der_x509_certificate(data)
    except UNREADABLE:
        return "p12"
    return "der"


def _from_pem(data: bytes, password: str | None) -> tuple[list[x509.Certificate], PrivateKeyTypes | None]:
    """A key that cannot be read (of another passphrase, or none of ours to read) leaves the certificates judged alone."""
    certificates = x509.load_pem_x509_certificates(data)
    try:
        return certificates, load_pem_private_key(data, _bytes(password))
    except UNREADABLE:
        return certificates, None


def _from_p12(data: bytes, password: str | None) -> tuple[list[x509.Certificate], PrivateKeyTypes | None]:
    if (rounds := most_rounds(data)) > MAX_ROUNDS:
        raise NothingIn(f"asks for {rounds} rounds of key derivation, wanted at most {MAX_ROUNDS}")
    key, leaf, others = pkcs12.load_key_and_certificates(data, _bytes(password))
    return ([] if leaf is None else [leaf]) + others, key


def most_rounds(data: bytes, depth: int = 0) -> int:
    """The largest number of rounds that a PKCS #12 file asks for where it is not encrypted.

    Everywhere in it a number of rounds is the INTEGER after the OCTET STRING of its salt (RFC 7292, RFC 8018).
    """
    most, before = 0, 0
    for tag, content in _elements(data):
        if tag == _INTEGER and before == _OCTET_STRING:
            most = max(most, int.from_bytes(content, "big"))
        elif tag & _CONSTRUCTED or tag == _OCTET_STRING:
            most = max(most, most_rounds(content, depth + 1) if depth < MAX_DEPTH else 0)
        before = tag
    return most


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of the DER elements in ``data``, up to where it is none any more."""
    place = 0
    while place + 2 <= len(data):
        tag, size = data[place], data[place + 1]
        place += 2
        if size & 0x80:
            width = size & 0x7F
            size = int.from_bytes(data[place : place + width], "big")
            place += width
        if place + size > len(data):
            return
        yield tag, data[place : place + size]
        place += size


def _bytes(password: str | None) -> bytes | None:
    return None if password is None else password.encode()


def _ordered(found: list[Link], key: PrivateKeyTypes | None) -> Kept:
    """The certificate of the key first, whatever the file's order."""
    if key is None:
        return Kept(tuple(found), None)
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    own = [link for link in found if _public(link) == public]
    others = [link for link in found if link not in own]
    return Kept((*own, *others), bool(own))


def _public(link: Link) -> bytes:
    return link.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
