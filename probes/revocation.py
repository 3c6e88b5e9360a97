"""Whether an issuer has taken a certificate back: OCSP answers (RFC 6960) and revocation lists, judged without I/O.

Only what the issuer signed, itself or by a responder it appointed, and what is in force now, counts. Anything less
decides nothing: a revocation service that is away or lies must not make an outage.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from probes.chain import UNREADABLE, instant
from sla.span import DAY, MINUTE, Instant

OCSP_CAP = 64 << 10
LIST_CAP = 1 << 20
SKEW_MS = 5 * MINUTE
"""How far ahead of ours a responder's clock may be."""
UNDATED_MS = DAY
"""How long an answer counts that does not say when the next one comes."""


@dataclass(frozen=True, slots=True)
class Standing:
    """``unchecked`` is no answer that counts; ``said`` is why."""

    word: Literal["good", "revoked", "unchecked"]
    said: str = ""


def responders(certificate: x509.Certificate) -> tuple[str, ...]:
    """Where the certificate says its OCSP responders are; over plain HTTP, as answers are signed."""
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, *UNREADABLE):
        return ()
    return tuple(_uris(one.access_location for one in access if one.access_method == AuthorityInformationAccessOID.OCSP))


def lists(certificate: x509.Certificate) -> tuple[str, ...]:
    """Where the certificate says its issuer's revocation lists are."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, *UNREADABLE):
        return ()
    return tuple(_uris(name for point in points for name in point.full_name or ()))


def must_staple(certificate: x509.Certificate) -> bool:
    """Whether the certificate says that its server always shows an OCSP answer (RFC 7633)."""
    try:
        features = certificate.extensions.get_extension_for_class(x509.TLSFeature).value
    except (x509.ExtensionNotFound, *UNREADABLE):
        return False
    return x509.TLSFeatureType.status_request in features


def question(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """The OCSP request. SHA-1 names the issuer here and proves nothing; responders know no other."""
    request = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303
    return request.build().public_bytes(Encoding.DER)


def by_answer(answer: bytes, certificate: x509.Certificate, issuer: x509.Certificate, at: Instant) -> Standing:
    """What an OCSP answer says of ``certificate`` at ``at``."""
    try:
        return _by_answer(ocsp.load_der_ocsp_response(answer), certificate, issuer, at)
    except UNREADABLE:
        return Standing("unchecked", "answer is no OCSP")


def by_list(data: bytes, certificate: x509.Certificate, issuer: x509.Certificate, at: Instant) -> Standing:
    """What a revocation list (DER or PEM) says of ``certificate`` at ``at``."""
    try:
        pem = data.lstrip().startswith(b"-----BEGIN")
        found = x509.load_pem_x509_crl(data) if pem else x509.load_der_x509_crl(data)
        if found.issuer != issuer.subject or not found.is_signature_valid(_issuing_key(issuer)):
            return Standing("unchecked", "revocation list is not the issuer's")
        if found.next_update_utc is None or instant(found.next_update_utc) < at:
            return Standing("unchecked", "revocation list is out of date")
        entry = found.get_revoked_certificate_by_serial_number(certificate.serial_number)
    except UNREADABLE:
        return Standing("unchecked", "answer is no revocation list")
    if entry is None:
        return Standing("good")
    return Standing("revoked", f"revoked on {entry.revocation_date_utc:%Y-%m-%d}, says its issuer's list")


def _by_answer(answer: ocsp.OCSPResponse, certificate: x509.Certificate, issuer: x509.Certificate, at: Instant) -> Standing:
    if answer.response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL:
        return Standing("unchecked", f"responder said {answer.response_status.name.lower()}")
    single = next((one for one in answer.responses if _is_of(one, certificate, issuer)), None)
    if single is None:
        return Standing("unchecked", "answer is of another certificate")
    if not _in_force(single, at):
        return Standing("unchecked", "answer is out of date")
    if not _signed(answer, issuer, at):
        return Standing("unchecked", "answer is not signed by the issuer")
    match single.certificate_status:
        case ocsp.OCSPCertStatus.GOOD:
            return Standing("good")
        case ocsp.OCSPCertStatus.REVOKED:
            since = single.revocation_time_utc
            return Standing("revoked", "revoked" + (f" on {since:%Y-%m-%d}" if since else "") + ", says its issuer")
    return Standing("unchecked", "responder does not know the certificate")


def _is_of(single: ocsp.OCSPSingleResponse, certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether a single answer is of ``certificate``: by serial, and the issuer's name and key as the answer hashes them."""
    if single.serial_number != certificate.serial_number:
        return False
    ours = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, single.hash_algorithm).build()
    return ours.issuer_name_hash == single.issuer_name_hash and ours.issuer_key_hash == single.issuer_key_hash


def _in_force(single: ocsp.OCSPSingleResponse, at: Instant) -> bool:
    begins = instant(single.this_update_utc)
    ends = begins + UNDATED_MS if single.next_update_utc is None else instant(single.next_update_utc)
    return begins - SKEW_MS <= at <= ends


def _signed(answer: ocsp.OCSPResponse, issuer: x509.Certificate, at: Instant) -> bool:
    """Whether the issuer signed it, or a responder that the issuer appointed by a certificate for that purpose."""
    signers = [issuer, *(one for one in answer.certificates[:4] if _appointed(one, issuer, at))]
    return any(_verifies(answer, signer) for signer in signers)


def _appointed(responder: x509.Certificate, issuer: x509.Certificate, at: Instant) -> bool:
    try:
        responder.verify_directly_issued_by(issuer)
        purposes = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (InvalidSignature, x509.ExtensionNotFound, *UNREADABLE):
        return False
    in_force = instant(responder.not_valid_before_utc) <= at <= instant(responder.not_valid_after_utc)
    return in_force and ExtendedKeyUsageOID.OCSP_SIGNING in purposes


def _verifies(answer: ocsp.OCSPResponse, signer: x509.Certificate) -> bool:
    key, signature, signed, by = (
        signer.public_key(),
        answer.signature,
        answer.tbs_response_bytes,
        answer.signature_hash_algorithm,
    )
    try:
        match key:
            case rsa.RSAPublicKey() if by is not None:
                key.verify(signature, signed, padding.PKCS1v15(), by)
            case ec.EllipticCurvePublicKey() if by is not None:
                key.verify(signature, signed, ec.ECDSA(by))
            case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
                key.verify(signature, signed)
            case _:
                return False
    except InvalidSignature:
        return False
    return True


def _issuing_key(issuer: x509.Certificate) -> CertificateIssuerPublicKeyTypes:
    return cast(CertificateIssuerPublicKeyTypes, issuer.public_key())


def _uris(names: object) -> list[str]:
    assert hasattr(names, "__iter__")
    return [
        name.value
        for name in names
        if isinstance(name, x509.UniformResourceIdentifier) and name.value.lower().startswith("http://")
    ]
