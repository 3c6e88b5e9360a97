"""Metadata of an identity or service provider: there, current, and with a signing certificate that lasts.

Fetches `url` (no redirect is followed) or reads `file`, at most 1 MiB, and judges the entity `entity_id` in it: its `role`
(idp, sp), its endpoints (https, on `sso_hosts` if any are named), `validUntil`, and its signing certificates. What counts
is the certificate that lasts longest: `degraded(expires_soon)` from `degraded_days` on. Several at once are the notice
`rollover`. With `signed_by` (PEM; needs the extra `threenines[saml]`) only what that key signed is believed; without it
unsigned metadata is the notice `metadata_unsigned`.

Down causes: `proto_malformed` (no XML, a DOCTYPE, no metadata), `assert_failed` (another entity, role or endpoint missing,
wrong host, validity passed, signature wrong), `cert_expired` (every signing certificate), `http_status`, `http_redirect`,
`body_too_large`, and those of every connection. Phases: resolve, connect, tls, processing, transfer.

```yaml
- id: idp
  component: saml
  kind: saml
  url: https://idp.acme.example/metadata
  entity_id: https://idp.acme.example/md
  sso_hosts: [idp.acme.example]
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from cryptography import x509

from probes.expiry import Limits, by_days, checked_days
from probes.metadata import BadSignature, Entity, Role, entities, signed_part
from probes.probe import Defaults, Fact, Failed, Family, Finding, Look, Notice, down, up
from probes.request import OK, Request, unwanted
from probes.target import checked_host, shown
from sla.span import DAY
from sla.state import Cause

ACCEPTED = {"Accept": "application/samlmetadata+xml, */*"}
ENDPOINT_WORDS = {"idp": "SingleSignOnService", "sp": "AssertionConsumerService"}


@dataclass(frozen=True, slots=True)
class Saml:
    """One document, from ``url`` or ``file``."""

    kind: ClassVar[str] = "saml"
    defaults: ClassVar[Defaults] = Defaults(interval_s=3600, deadline_s=10.0, component_kind="saml")
    failures: ClassVar[tuple[type[Exception], ...]] = ()
    measures: ClassVar[Mapping[str, str]] = {
        "saml_valid_until_timestamp_seconds": "Until when the metadata says that it is valid.",
        "saml_signing_certificates": "Certificates that may sign.",
        "certificate_not_after_timestamp_seconds.leaf": "Expiry of a certificate, by its position in the chain.",
    }

    entity_id: str
    url: str | None = None
    file: str | None = None
    role: Literal["idp", "sp"] = "idp"
    sso_hosts: tuple[str, ...] = ()
    signed_by: str | None = None
    ca_file: str | None = None
    notice_days: int = 60
    urgent_days: int = 30
    degraded_days: int = 14
    family: Family = "any"
    _request: Request | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if (self.url is None) == (self.file is None):
            raise ValueError(f"url: must be given or file, got {'neither' if self.url is None else 'both'}")
        request = None if self.url is None else Request(self.url, headers=ACCEPTED, ca_file=self.ca_file)
        object.__setattr__(self, "_request", request)
        if self.file is not None and not self.file.startswith("/"):
            raise ValueError(f'file: must be an absolute path, got "{shown(self.file, 80)}"')
        for host in self.sso_hosts:
            checked_host("sso_hosts", host)
        for name in ("notice_days", "urgent_days", "degraded_days"):
            checked_days(name, getattr(self, name))

    async def check(self, look: Look) -> Finding:
        """Fetch or read the document and judge the entity in it."""
        facts: dict[str, Fact] = {}
        signer = None if self.signed_by is None else await look.gate.read(self.signed_by)
        data = await look.gate.read(self.file) if self.file is not None else await self._fetched(look, facts)
        try:
            found = entities(data if signer is None else signed_part(data, signer))
        except BadSignature as fault:
            return down(Cause.ASSERT_FAILED, f"signature does not hold ({fault}), wanted one by signed_by", facts)
        entity = next((one for one in found if one.entity_id == self.entity_id), None)
        if entity is None:
            seen = shown(found[0].entity_id, 120) if len(found) == 1 else f"{len(found)} others"
            return down(Cause.ASSERT_FAILED, f"metadata is of {seen}, wanted {shown(self.entity_id, 120)}", facts)
        return self._judged(entity, look, facts)

    async def _fetched(self, look: Look, facts: dict[str, Fact]) -> bytes:
        """The body of a 200. Raises Failed for another answer."""
        request = self._request
        assert request is not None
        address = (await look.gate.addresses(request.to.host, self.family))[0]
        reply = await request.fetch(address, look)
        facts.update(reply.facts)
        if reply.answer.status != OK:
            raise Failed(unwanted(reply, str(OK)))
        return reply.answer.body

    def _judged(self, entity: Entity, look: Look, facts: dict[str, Fact]) -> Finding:
        facts["saml_entity_id"] = shown(entity.entity_id)
        if entity.valid_until is not None:
            facts["saml_valid_until_timestamp_seconds"] = entity.valid_until // 1000
        role = entity.roles.get(self.role)
        wrong = self._fault(entity, role, look.at)
        if role is None or wrong is not None:
            return down(Cause.ASSERT_FAILED, wrong or f"no role {self.role}, wanted it", facts)
        notices = [] if entity.signed or self.signed_by else [Notice("metadata_unsigned", "metadata bears no signature")]
        if not role.certificates:
            return up(facts, tuple(notices))  # a service provider need not sign
        return self._by_certificates(role, look, facts, notices)

    def _fault(self, entity: Entity, role: Role | None, at: int) -> str | None:
        """What is wrong with the entity itself, if anything."""
        if entity.valid_until is not None and entity.valid_until <= at:
            return f"validUntil passed at {datetime.fromtimestamp(entity.valid_until // 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"
        if role is None:
            return None
        if not role.endpoints:
            return f"no {ENDPOINT_WORDS[self.role]}, wanted one"
        for location in role.endpoints:
            if (fault := self._misplaced(location)) is not None:
                return fault
        return "no signing certificate, wanted one" if self.role == "idp" and not role.certificates else None

    def _misplaced(self, location: str) -> str | None:
        try:
            parts = urlsplit(location)
            host = (parts.hostname or "").lower()
        except ValueError:
            return f'endpoint is "{shown(location, 80)}", wanted an address'
        if parts.scheme != "https":
            return f"endpoint on {shown(host, 80)} is not https, wanted it to be"
        if self.sso_hosts and host not in map(str.lower, self.sso_hosts):
            return f"endpoint is on {shown(host, 80)}, wanted {', '.join(self.sso_hosts)}"
        return None

    def _by_certificates(self, role: Role, look: Look, facts: dict[str, Fact], notices: list[Notice]) -> Finding:
        ends = sorted({_ends(certificate) for certificate in role.certificates})
        facts["saml_signing_certificates"] = len(role.certificates)
        facts["certificate_not_after_timestamp_seconds.leaf"] = ends[-1] // 1000
        left = Fraction(ends[-1] - look.at, DAY)
        if left <= 0:
            return down(Cause.CERT_EXPIRED, f"every signing certificate has expired, the last {float(-left):.1f} days ago", facts)
        if len(ends) > 1:
            first = float(Fraction(ends[0] - look.at, DAY))
            notices.append(Notice("rollover", f"the earlier of {len(ends)} signing certificates ends in {first:.1f} days"))
        limits = Limits(Fraction(self.notice_days), Fraction(self.urgent_days), Fraction(self.degraded_days))
        return by_days("signing certificate", left, limits, facts, tuple(notices))


def _ends(certificate: x509.Certificate) -> int:
    return int(certificate.not_valid_after_utc.timestamp()) * 1000
