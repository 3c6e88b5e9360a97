"""The certificate that an endpoint shows, or that lies in a file: chain, name, key, revocation and the days it has left.

**Endpoint** (`host`, `port`): reads the chain in a handshake that refuses nothing, sends nothing and judges afterwards, so
that an expired or untrusted certificate still gives its facts. `starttls` says what is spoken before TLS: `smtp`, `imap`,
`pop3`, `ldap`, `postgres`, `mysql`, `mssql`, `xmpp`; `none` (TLS at once, as HTTPS and LDAPS do) is the default. Trust is
`ca_file`, else the system's. The path that a client would verify counts, with the end that comes first in it. A name with
several addresses is looked at each.

`revocation` reads the OCSP answer stapled to the handshake, else asks the responder that the certificate names (or
`ocsp_url`, which may be inside), else its issuer's list. Only a signed "revoked" is down; no answer is the notice
`revocation_unchecked`, and asking takes at most half of the time that is left. A suite without forward secrecy, or a
certificate that must be stapled and is not, is advice as well.

**File** (`file`): `.pem`, `.cer`, `.p12` (`format` says which if it cannot be seen), with its `password` by reference; a
`.p12` that asks for more than a million rounds of key derivation is not opened. `purpose: apns` is a push certificate:
`topic` is what devices are enrolled under, and a renewal under another one loses them. `names` must be covered. With
`ca_file` the chain is judged as a client would.

`expires_soon` degrades at min(7 d, lifetime/12); notices come at min(30 d, lifetime/3) and min(14 d, lifetime/6); for
`apns` at 14, 60 and 30 days. `degraded_days`, `notice_days`, `urgent_days` say otherwise.

Down causes: `cert_expired`, `cert_not_yet_valid`, `cert_name`, `cert_revoked`, `cert_chain` (also keys that current clients
refuse, or a key that does not belong to its certificate), `tls_handshake` (also a version below `min_tls`),
`assert_failed` (STARTTLS not offered, another topic), `service_error` (STARTTLS refused). A file that cannot be opened is
our mistake (`unknown`). Phases: resolve, connect, preamble, tls, revocation.

```yaml
- id: public-cert
  component: certificate
  kind: certificate
  host: mdm.acme.example
  port: 443
- id: apns
  component: certificate
  kind: certificate
  file: /etc/threenines/acme/apns.p12
  password: "env:ACME_APNS"
  purpose: apns
  topic: com.apple.mgmt.External.0f1e2d3c
```
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import ClassVar, Literal

from probes import chain, handshake, preamble, revocation
from probes.certificate_file import Format, Kept, NothingIn, dates_fault, key_fault, opened, topic
from probes.chain import Fault, Link
from probes.expiry import Limits, by_days, checked_days
from probes.handshake import Shown
from probes.members import Addresses, each_address
from probes.probe import Defaults, Fact, Family, Finding, Look, Notice, SecretRef, Tls, cannot_look, down
from probes.revocation import Standing
from probes.standing import standing_of
from probes.target import checked_host, checked_port, ip_protocol, shown
from probes.url import Url
from sla.span import DAY
from sla.state import Cause

_LOWEST = {"1.2": 2, "1.3": 3}
_APNS_DAYS = (60, 30, 14)
"""A push certificate is renewed by a person, at a vendor's portal, and enrolled devices are lost if nobody does."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """An endpoint or a file. Days None: by the certificate's lifetime."""

    kind: ClassVar[str] = "certificate"
    defaults: ClassVar[Defaults] = Defaults(interval_s=3600, deadline_s=10.0, component_kind="certificate")
    failures: ClassVar[tuple[type[Exception], ...]] = ()
    measures: ClassVar[Mapping[str, str]] = {
        "certificate_not_after_timestamp_seconds.leaf": "Expiry of a certificate, by its position in the chain.",
        "certificate_lifetime_days": "From the start of the leaf's validity to its end.",
    }

    host: str | None = None
    port: int = 443
    server_name: str | None = None
    starttls: preamble.Protocol = "none"
    ca_file: str | None = None
    min_tls: Literal["1.2", "1.3"] = "1.2"
    revocation: bool = True
    ocsp_url: str | None = None
    file: str | None = None
    format: Format = "auto"
    password: SecretRef | None = None
    purpose: Literal["server", "apns", "client", "ca"] = "server"
    names: tuple[str, ...] = ()
    topic: str | None = None
    notice_days: int | None = None
    urgent_days: int | None = None
    degraded_days: int | None = None
    family: Family = "any"
    addresses: Addresses = "each"
    _name: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if (self.host is None) == (self.file is None):
            raise ValueError(f"host: must be given or file, got {'neither' if self.host is None else 'both'}")
        self._check_file()
        name = "" if self.host is None else checked_host("server_name", self.server_name or checked_host("host", self.host))
        object.__setattr__(self, "_name", name)
        if self.ocsp_url is not None:
            Url.of("ocsp_url", self.ocsp_url)
        checked_port("port", self.port)
        for what, days in (("notice", self.notice_days), ("urgent", self.urgent_days), ("degraded", self.degraded_days)):
            checked_days(f"{what}_days", days)

    def _check_file(self) -> None:
        for name in self.names:
            checked_host("names", name.removeprefix("*."))
        if self.file is not None and not self.file.startswith("/"):
            raise ValueError(f'file: must be an absolute path, got "{shown(self.file, 80)}"')
        if self.topic is not None and self.purpose != "apns":
            raise ValueError(f"topic: is of push certificates, got purpose {self.purpose}, expected apns")
        if self.file is None and (self.password is not None or self.names or self.purpose != "server"):
            field_ = "password" if self.password is not None else "names" if self.names else "purpose"
            raise ValueError(f"{field_}: is for a file, got a host, expected file")

    async def check(self, look: Look) -> Finding:
        """One handshake with each address, or one reading of the file."""
        if self.host is None:
            return await self._read(look)
        return await each_address(look, self.host, self.family, self.addresses, self._visit)

    async def _visit(self, address: str, look: Look) -> Finding:
        began = asyncio.get_running_loop().time()  # asking an issuer must never cost the endpoint its finding
        roots = self._roots(look)
        stream = await look.gate.stream(address, self.port, None, handshake.CAP)
        exchange: handshake.Exchange = stream
        if self.starttls != "none":
            with look.phase("preamble"):
                exchange = await preamble.begun(self.starttls, stream, self._name)
        with look.phase("tls"):
            seen = await handshake.read(exchange, self._name)
        stream.close()
        links = chain.links(seen.chain)
        facts: dict[str, Fact] = chain.facts(links) | _tls_facts(seen) | {"ip_protocol": ip_protocol(address)}
        path, fault = chain.verified(links, roots, look.at)
        fault = fault or self._endpoint_fault(path, seen)
        facts |= chain.path_facts(path) if path else {}
        if fault is not None:
            return down(fault[0], fault[1], facts)
        left_s = look.deadline_s - (asyncio.get_running_loop().time() - began)
        standing = await standing_of(path, seen.staple, look, left_s / 2, self.ocsp_url) if self.revocation else None
        return self._with_standing(path, seen, standing, look, facts)

    def _roots(self, look: Look) -> Iterable[bytes]:
        return look.gate.trust(Tls(self._name, self.ca_file)).get_ca_certs(binary_form=True)

    def _endpoint_fault(self, path: Sequence[Link], seen: Shown) -> Fault | None:
        if not path[0].serves:
            return Cause.CERT_CHAIN, "certificate is not meant for a server, wanted one that is"
        return chain.name_fault(path[0], self._name) or chain.strength_fault(path) or self._old_tls(seen)

    def _old_tls(self, seen: Shown) -> Fault | None:
        if handshake.VERSIONS.get(seen.version, 0) >= _LOWEST[self.min_tls]:
            return None
        return Cause.TLS_HANDSHAKE, f"best version is {seen.version}, wanted at least TLSv{self.min_tls}"

    def _with_standing(
        self, path: Sequence[Link], seen: Shown, standing: Standing | None, look: Look, facts: dict[str, Fact]
    ) -> Finding:
        notices = [] if seen.forward_secret else [Notice("weak_crypto", f"{seen.cipher} has no forward secrecy")]
        if standing is not None:
            facts["revocation"] = standing.word
            if standing.word == "revoked":
                return down(Cause.CERT_REVOKED, f"certificate is {standing.said}", facts)
            if standing.word == "unchecked":
                notices.append(Notice("revocation_unchecked", standing.said))
            elif not seen.staple and revocation.must_staple(path[0].certificate):
                notices.append(Notice("revocation_unchecked", "certificate must be stapled, and is not"))
        return self._by_days(path, look.at, facts, tuple(notices))

    async def _read(self, look: Look) -> Finding:
        """The file's own judgement; nobody is asked."""
        password = None if self.password is None else look.secret(self.password).reveal()
        assert self.file is not None
        try:
            kept = opened(await look.gate.read(self.file), self.format, password)
        except NothingIn as fault:
            return cannot_look(f"{shown(self.file)}: {fault}, wanted a certificate that can be read")
        facts = chain.facts(kept.chain)
        if self.purpose == "apns":
            facts["apns_topic"] = topic(kept.chain[0])
        path, wrong = kept.chain, self._file_fault(kept, look.at)
        if wrong is None and self.ca_file is not None:
            path, wrong = chain.verified(kept.chain, self._roots(look), look.at)
            facts |= chain.path_facts(path) if path else {}
        return down(wrong[0], wrong[1], facts) if wrong else self._by_days(path, look.at, facts, ())

    def _file_fault(self, kept: Kept, at: int) -> Fault | None:
        if (fault := dates_fault(kept, at) or key_fault(kept)) is not None:
            return fault
        leaf = kept.chain[0]
        if self.topic is not None and topic(leaf) != self.topic:
            seen = topic(leaf) or "none"
            return Cause.ASSERT_FAILED, f"topic changed to {seen}, wanted {self.topic}: enrolled devices would be lost"
        if self.purpose == "server" and not leaf.serves:
            return Cause.CERT_CHAIN, "certificate is not meant for a server, wanted one that is"
        named = next((found for name in self.names if (found := chain.name_fault(leaf, name)) is not None), None)
        return named or chain.strength_fault(kept.chain)

    def _by_days(self, path: Sequence[Link], at: int, facts: dict[str, Fact], notices: tuple[Notice, ...]) -> Finding:
        """Valid: how soon must somebody act? What counts is the end that comes first."""
        first = chain.earliest(path)
        lifetime = Fraction(first.ends - first.begins, DAY)
        most = _APNS_DAYS if self.purpose == "apns" else (30, 14, 7)
        share = (1, 1, 1) if self.purpose == "apns" else (3, 6, 12)
        given = (self.notice_days, self.urgent_days, self.degraded_days)
        limits = Limits(*map(partial(_limit, lifetime), given, most, share))
        return by_days(chain.whose(first, path), Fraction(first.ends - at, DAY), limits, facts, notices)


def _limit(lifetime: Fraction, days: int | None, at_most: int, share: int) -> Fraction:
    return Fraction(days) if days is not None else min(Fraction(at_most), lifetime / share)


def _tls_facts(seen: Shown) -> dict[str, Fact]:
    return {"tls_version": seen.version, "tls_cipher": seen.cipher, "ocsp_stapled": bool(seen.staple)}
