"""SAML metadata for tests, good and bad."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from monitor.clock import system_clock

ENTITY_ID = "https://idp.tenant.example/md"
MD, DS = "urn:oasis:names:tc:SAML:2.0:metadata", "http://www.w3.org/2000/09/xmldsig#"
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
PROTOCOL = "urn:oasis:names:tc:SAML:2.0:protocol"


def key_descriptor(pem: Path, use: str = ' use="signing"') -> str:
    body = "".join(pem.read_text().split("-----BEGIN CERTIFICATE-----")[1].split("-----END")[0].split())
    data = f"<ds:X509Data><ds:X509Certificate>{body}</ds:X509Certificate></ds:X509Data>"
    return f'<md:KeyDescriptor{use}><ds:KeyInfo xmlns:ds="{DS}">{data}</ds:KeyInfo></md:KeyDescriptor>'


def in_days(days: float) -> str:
    at = datetime.fromtimestamp(system_clock() // 1000, UTC) + timedelta(days=days)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def metadata(
    certificates: Sequence[Path],
    days: float = 30,
    entity_id: str = ENTITY_ID,
    location: str | None = "https://idp.tenant.example/sso",
    descriptor: str = "IDPSSODescriptor",
) -> str:
    service = "SingleSignOnService" if descriptor.startswith("IDP") else "AssertionConsumerService"
    place = f'<md:{service} Binding="{REDIRECT}" Location="{location}"/>' if location is not None else ""
    keys = "".join(key_descriptor(path) for path in certificates)
    return (
        f'<md:EntityDescriptor xmlns:md="{MD}" ID="e1" entityID="{entity_id}" validUntil="{in_days(days)}" cacheDuration="PT6H">'
        f'<md:{descriptor} protocolSupportEnumeration="{PROTOCOL}">{keys}{place}</md:{descriptor}></md:EntityDescriptor>'
    )


def federation(*documents: str) -> str:
    return f'<md:EntitiesDescriptor xmlns:md="{MD}" ID="f1">{"".join(documents)}</md:EntitiesDescriptor>'


def bomb() -> str:
    entities = "".join(f'<!ENTITY {chr(98 + n)} "{("&" + chr(97 + n) + ";") * 10}">' for n in range(9))
    return f'<!DOCTYPE l [<!ENTITY a "ha">{entities}]><l>&j;</l>'
