"""An identity provider as far as its metadata goes (SAML V2.0): one signing certificate, one place to sign in."""

from __future__ import annotations

import asyncio
import base64
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from monitor.stage.listening import Talk
from monitor.stage.web import Answer, answer, asked_path, send
from sla.span import Instant

ENTITY_ID = "https://idp.acme.example/metadata"
SIGN_IN = "https://idp.acme.example/sso"
_METADATA = """\
<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{entity_id}" validUntil="{until}">
  <md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:KeyDescriptor use="signing">
      <ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
        <ds:X509Data><ds:X509Certificate>{certificate}</ds:X509Certificate></ds:X509Data>
      </ds:KeyInfo>
    </md:KeyDescriptor>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="{sign_in}"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>
"""


def metadata(certificate: x509.Certificate, until: Instant) -> bytes:
    """The document, valid ``until``, with ``certificate`` for signing."""
    der = base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()
    ends = datetime.fromtimestamp(until // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _METADATA.format(entity_id=ENTITY_ID, until=ends, certificate=der, sign_in=SIGN_IN).encode()


def shows_metadata(document: bytes) -> Talk:
    """A server that shows ``document`` at ``/metadata``."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found = await asked_path(reader) == "/metadata"
        send(writer, Answer(200, document) if found else answer(404, {"status": "not found"}))

    return talk
