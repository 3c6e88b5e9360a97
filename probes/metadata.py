"""SAML 2.0 metadata: from bytes to the one entity asked for, or what is wrong with them."""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from cryptography import x509
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from probes.probe import Failed, Malformed, cannot_look
from probes.target import shown
from sla.span import Instant

MAX_DEPTH = 64
MAX_CERTIFICATES = 20
MD, DS = "{urn:oasis:names:tc:SAML:2.0:metadata}", "{http://www.w3.org/2000/09/xmldsig#}"
ENTITY, ENTITIES, SIGNATURE = f"{MD}EntityDescriptor", f"{MD}EntitiesDescriptor", f"{DS}Signature"
DESCRIPTORS = {"idp": f"{MD}IDPSSODescriptor", "sp": f"{MD}SPSSODescriptor"}
ENDPOINTS = {"idp": f"{MD}SingleSignOnService", "sp": f"{MD}AssertionConsumerService"}


class BadSignature(Exception):
    """The metadata is not signed by whom it should be."""


@dataclass(frozen=True, slots=True)
class Role:
    """One role of an entity: certificates for signing and the places to send users to."""

    certificates: tuple[x509.Certificate, ...]
    endpoints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity. ``valid_until`` is the earliest of those that bind it; ``roles`` by ``idp`` and ``sp``."""

    entity_id: str
    valid_until: Instant | None
    roles: Mapping[str, Role]
    signed: bool


def entities(data: bytes) -> tuple[Entity, ...]:
    """Every entity in ``data``, as it comes. Raises Malformed."""
    root = _root(data)
    if root.tag not in (ENTITY, ENTITIES):
        raise Malformed(f"root is {shown(_local(root.tag), 80)}, wanted EntityDescriptor or EntitiesDescriptor")
    signed = root.find(SIGNATURE) is not None
    found = tuple(_below(root, None, signed))
    if not found:
        raise Malformed("no EntityDescriptor, wanted one")
    return found


def signed_part(data: bytes, signer: bytes) -> bytes:
    """What of ``data`` is signed by the key of ``signer`` (PEM), as XML: nothing else may be believed.

    The certificate is a box for the key: its own dates do not matter (SAML V2.0 Metadata Interoperability Profile).
    Raises BadSignature, or Failed without the extra or without a certificate.
    """
    try:
        from lxml import etree
        from signxml.exceptions import SignXMLException
        from signxml.verifier import SignatureConfiguration, XMLVerifier
    except ImportError:
        raise Failed(cannot_look("signed_by needs the extra: pip install threenines[saml]")) from None
    try:
        certificate = x509.load_pem_x509_certificate(signer)
    except ValueError:
        raise Failed(cannot_look("signed_by: no certificate in PEM, wanted one")) from None
    _root(data)  # refuses document types and depth before another parser sees it
    at = certificate.not_valid_before_utc + timedelta(seconds=1)
    config = SignatureConfiguration(location="./", verification_time=at)
    try:
        result: Any = XMLVerifier().verify(data, x509_cert=certificate, expect_config=config)
    except (SignXMLException, ValueError, SyntaxError) as fault:
        raise BadSignature(type(fault).__name__) from None
    part: bytes = etree.tostring(result.signed_xml)
    return part


def _root(data: bytes) -> Any:
    """The root of a document that is plain, shallow XML. Raises Malformed."""
    depth, root = 0, None
    try:
        for event, element in iterparse(io.BytesIO(data), ("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            root = element if root is None else root
            if depth > MAX_DEPTH:
                raise Malformed(f"elements deeper than {MAX_DEPTH}, wanted at most that")
    except DefusedXmlException as fault:
        raise Malformed(f"document has what metadata never has: {type(fault).__name__}") from None
    except (ParseError, ValueError, LookupError):  # LookupError: an encoding that nobody knows
        raise Malformed("answer is no XML, wanted SAML metadata") from None
    if root is None:
        raise Malformed("answer is empty, wanted SAML metadata")
    return root


def _below(element: Any, until: Instant | None, signed: bool) -> Iterator[Entity]:
    until = _earliest(until, _until(element))
    if element.tag == ENTITY:
        signed = signed or element.find(SIGNATURE) is not None
        roles = {name: _role(found, name) for name, tag in DESCRIPTORS.items() if (found := element.find(tag)) is not None}
        ends = [_until(found) for tag in DESCRIPTORS.values() if (found := element.find(tag)) is not None]
        for end in ends:
            until = _earliest(until, end)
        yield Entity(element.get("entityID", ""), until, MappingProxyType(roles), signed)
        return
    for child in element:
        if child.tag in (ENTITY, ENTITIES):
            yield from _below(child, until, signed)


def _role(descriptor: Any, name: str) -> Role:
    keys = [key for key in descriptor.findall(f"{MD}KeyDescriptor") if key.get("use", "signing") == "signing"]
    texts = [text for key in keys for text in key.iter(f"{DS}X509Certificate")]
    if len(texts) > MAX_CERTIFICATES:
        raise Malformed(f"{len(texts)} signing certificates, wanted at most {MAX_CERTIFICATES}")
    places = tuple(endpoint.get("Location", "") for endpoint in descriptor.findall(ENDPOINTS[name]))
    return Role(tuple(_certificate(text.text or "") for text in texts), places)


def _certificate(text: str) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(base64.b64decode("".join(text.split()), validate=True))
    except (ValueError, binascii.Error):
        raise Malformed("X509Certificate holds no certificate, wanted one") from None


def _until(element: Any) -> Instant | None:
    """``validUntil`` (an xs:dateTime in UTC). Raises Malformed."""
    text = element.get("validUntil")
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text.strip())
        return int(at.replace(tzinfo=at.tzinfo or UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        raise Malformed(f'validUntil is "{shown(text, 40)}", wanted a time like 2030-01-01T00:00:00Z') from None


def _earliest(one: Instant | None, other: Instant | None) -> Instant | None:
    return other if one is None else one if other is None else min(one, other)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
