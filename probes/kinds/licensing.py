"""A licence: is it there, until when, are there seats, does its server answer?

`method` says what is looked at:

- `flexnet_file`: a FlexNet licence `file` on the machine that looks. INCREMENT lines of a feature add up, each with its own
  last day; of several FEATURE lines the daemons believe the first; a PACKAGE grants its components. A last day runs to its
  end in `zone`, by default that of the site.
- `flexnet_lmstat`: a `file` with what `lmutil lmstat -a` (or `-f FEATURE`) prints, written by a timer of yours, since no check
  starts a program; older than `max_age` it says nothing. One server must be up, two of three; every vendor daemon named must be.
- `tcp`: the ports of the licence server and its vendor daemon (`ports`, default 27000 and 7279) on `host` take connections.
- `http_json`: a page of a licence server or console. `seats_pointer`, `used_pointer`, `expires_pointer` (RFC 6901) say where the
  numbers and the date (2026-12-31, a time with offset, or seconds since 1970) stand. `secret_headers` are references.

`features` are the names that must be licensed, each with `min_seats`; without them every feature found is judged. Figures are
those of the first. The days that count run to the first loss of seats, with `min_seats` to the day on which fewer are left; a
line that begins when another ends is no loss. `expires_soon` degrades at `degraded_days`.

A timer that feeds `flexnet_lmstat`, as a line of cron; the rename makes the new text appear whole:
`*/5 * * * * cd /var/lib/threenines && lmutil lmstat -a -c 27000@lic1 >lmstat.new; mv lmstat.new lmstat`

Most products run on for a while without their licence server, so let `composition` name it as `degrading`. Nothing here speaks
the vendor's binary protocol. A licence server that answers at a public address is the notice `exposed_port`: it gives its
licence file to strangers.

Down causes: `licence_expired`, `licence_invalid` (absent, not begun, syntax, a date that no calendar has), `licence_exceeded`
(fewer seats than wanted, or all in use), `service_error` (server or vendor daemon down), `http_status`, `http_redirect`,
`auth_failed`, `proto_malformed`, and those of every connection. Degraded: `seats_low`, `expires_soon`, `members_missing` (two
servers of three). Phases: resolve, connect, tls, processing, transfer.

```yaml
- id: licence
  component: licensing
  kind: licensing
  method: flexnet_file
  file: /var/lib/threenines/acme/mdm.lic
  features: [{name: CXM_ENTU_UD, min_seats: 200}]
```
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import partial
from ipaddress import ip_address
from typing import ClassVar, Literal
from zoneinfo import ZoneInfo

import probes.flexnet as flexnet
import probes.lmstat as lmstat
from probes.assertions import checked_pointer, parsed
from probes.expiry import Limits, checked_days
from probes.licence import Feature, Holding, Percents, granted, judged
from probes.licence_page import Places, shown_by
from probes.probe import (
    Defaults,
    Duration,
    Fact,
    Family,
    Finding,
    Look,
    Malformed,
    Notice,
    SecretRef,
    cannot_look,
    degraded,
    down,
    up,
)
from probes.request import NO_HEADERS, NO_SECRETS, OK, Reply, Request, checked_header, unwanted
from probes.target import checked_host, checked_port, shown
from sla.state import Cause, State

FLEXNET_PORTS = (27000, 7279)
MAX_PORTS = 8
MAX_AGE = Duration(900_000)
"""Three rounds of a timer that runs every five minutes."""
AHEAD_MS = 60_000
"""A file that is stamped further ahead of us was written under another clock: its age says nothing."""
_POINTERS = ("seats_pointer", "used_pointer", "expires_pointer")
_BELONGS = {
    "flexnet_file": frozenset({"file"}),
    "flexnet_lmstat": frozenset({"file"}),
    "tcp": frozenset({"host"}),
    "http_json": frozenset({"url"}),
}


@dataclass(frozen=True, slots=True)
class Licensing:
    """One licence by one ``method``."""

    kind: ClassVar[str] = "licensing"
    defaults: ClassVar[Defaults] = Defaults(interval_s=300, deadline_s=10.0, component_kind="licensing")
    failures: ClassVar[tuple[type[Exception], ...]] = ()
    volatile: ClassVar[frozenset[str]] = frozenset({"license_seats_used"})
    measures: ClassVar[Mapping[str, str]] = {
        "license_seats": "Seats of the licence in force.",
        "license_seats_used": "Seats in use.",
        "license_not_after_timestamp_seconds": "Earliest end of a licence in force.",
        "license_features": "Features that were judged.",
        "license_servers_up": "Licence servers that are up.",
    }

    method: Literal["flexnet_file", "flexnet_lmstat", "tcp", "http_json"]
    features: tuple[Feature, ...] = ()
    file: str | None = None
    max_age: Duration = MAX_AGE
    host: str | None = None
    ports: tuple[int, ...] = FLEXNET_PORTS
    url: str | None = None
    headers: Mapping[str, str] = field(default_factory=lambda: NO_HEADERS)
    secret_headers: Mapping[str, SecretRef] = field(default_factory=lambda: NO_SECRETS)
    ca_file: str | None = None
    seats_pointer: str | None = None
    used_pointer: str | None = None
    expires_pointer: str | None = None
    zone: str = "UTC"
    seats_notice_percent: int = 85
    seats_degraded_percent: int = 95
    notice_days: int = 60
    urgent_days: int = 30
    degraded_days: int = 14
    family: Family = "any"
    _request: Request | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._check_target()
        for name in ("seats_notice_percent", "seats_degraded_percent"):
            if not 1 <= getattr(self, name) <= 100:
                raise ValueError(f"{name}: must be 1 to 100, got {getattr(self, name)}")
        for name in ("notice_days", "urgent_days", "degraded_days"):
            checked_days(name, getattr(self, name))
        try:
            ZoneInfo(self.zone)
        except (ValueError, OSError, LookupError):
            raise ValueError(f'zone: must be an IANA zone, got "{shown(self.zone, 80)}"') from None
        names = [feature.name.casefold() for feature in self.features]
        if len(set(names)) < len(names) or len(names) > 100:
            raise ValueError("features: must be at most 100 different ones, got more or one twice")
        request = None if self.url is None else Request(self.url, headers=self.headers, ca_file=self.ca_file)
        object.__setattr__(self, "_request", request)

    def _check_target(self) -> None:
        """Raises ValueError if what the method looks at is missing, wrong, or another's."""
        for name in ("file", "host", "url"):
            given, wanted = getattr(self, name) is not None, name in _BELONGS[self.method]
            if given != wanted:
                raise ValueError(f"{name}: must {'be given' if wanted else 'not be given'} with method {self.method}")
        if self.file is not None and not self.file.startswith("/"):
            raise ValueError(f'file: must be an absolute path, got "{shown(self.file, 80)}"')
        if self.host is not None:
            checked_host("host", self.host)
        if not 1 <= len(self.ports) <= MAX_PORTS:
            raise ValueError(f"ports: must be 1 to {MAX_PORTS}, got {len(self.ports)}")
        for port in self.ports:
            checked_port("ports", port)
        for name in _POINTERS:
            if (pointer := getattr(self, name)) is not None:
                checked_pointer(name, pointer)
        if self.method == "http_json" and not any(self._places):
            raise ValueError("seats_pointer: must be given, or used_pointer or expires_pointer, got none")
        for name in self.secret_headers:
            checked_header(name, "")

    @property
    def _places(self) -> Places:
        return Places(self.seats_pointer, self.used_pointer, self.expires_pointer)

    async def check(self, look: Look) -> Finding:
        """Look by the method."""
        if self.method == "tcp":
            return await self._by_ports(look)
        if self.method == "http_json":
            return await self._by_page(look)
        return await (self._by_file(look) if self.method == "flexnet_file" else self._by_lmstat(look))

    async def _by_file(self, look: Look) -> Finding:
        data = await look.gate.read(self.file or "")
        try:
            found = flexnet.licence_file(data)
        except Malformed as fault:
            return down(Cause.LICENCE_INVALID, str(fault))
        features = self.features or tuple(Feature(lines[0].feature) for lines in found.grants.values())
        return self._judged([granted(found, one, look.at, self.zone) for one in features], look, _supported(found, features[0]))

    async def _by_lmstat(self, look: Look) -> Finding:
        file = self.file or ""
        written_at = await look.gate.changed(file)  # before it is read: an old text must not pass for the new one
        data = await look.gate.read(file)
        if not lmstat.is_lmstat(data):
            return cannot_look(f"{self.file}: no text of lmstat, wanted what `lmutil lmstat` prints")
        age_s = (look.at - written_at) / 1000
        if age_s > self.max_age / 1000 or written_at > look.at + AHEAD_MS:
            return cannot_look(
                f"{self.file}: written {age_s:.0f} s ago, wanted at most {self.max_age / 1000:g} s; does its timer run?"
            )
        found = lmstat.status(data)
        facts: dict[str, Fact] = {"license_servers_up": sum(group.up for group in found.groups)}
        if (fault := _servers_fault(found)) is not None:
            return down(Cause.SERVICE_ERROR, fault, facts)
        features = self.features or tuple(Feature(name) for name in found.usage)
        finding = self._judged([_reported(found, one) for one in features], look, facts) if features else up(facts)
        return _unless_missing(found, finding)

    async def _by_ports(self, look: Look) -> Finding:
        """Every port takes a connection."""
        address = (await look.gate.addresses(self.host or "", self.family))[0]
        found = await look.apart([partial(_connects, address, port) for port in self.ports])
        failed = next((port for port, one in zip(self.ports, found, strict=True) if one.state is not State.UP), None)
        if failed is None:
            return up({"ip_protocol": 6 if ":" in address else 4}, exposed(address, self.ports))
        finding = found[self.ports.index(failed)]
        return replace(finding, reason=f"port {failed}: {finding.reason}")

    async def _by_page(self, look: Look) -> Finding:
        request = self._request
        assert request is not None
        address = (await look.gate.addresses(request.to.host, self.family))[0]
        reply = await request.fetch(address, look, self.secret_headers)
        if reply.answer.status != OK:
            return self._unwanted(reply, look)
        for ref in self.secret_headers.values():
            look.accepted(ref)
        page = parsed(reply.answer.body)
        feature = self.features[0] if self.features else Feature("licence")
        holding = shown_by(page, self._places, feature, look.at, self.zone)
        return self._judged([holding], look, reply.facts)

    def _unwanted(self, reply: Reply, look: Look) -> Finding:
        finding = unwanted(reply, str(OK))
        if reply.answer.status in (401, 403) and self.secret_headers:
            refused = [look.refused(ref, finding.reason) for ref in self.secret_headers.values()]
            return refused[0]
        return finding

    def _judged(self, holdings: list[Holding], look: Look, facts: Mapping[str, Fact]) -> Finding:
        days = Limits(Fraction(self.notice_days), Fraction(self.urgent_days), Fraction(self.degraded_days))
        return judged(holdings, look.at, days, Percents(self.seats_notice_percent, self.seats_degraded_percent), facts)


async def _connects(address: str, port: int, look: Look) -> Finding:
    (await look.gate.stream(address, port)).close()
    return up()


def exposed(address: str, ports: tuple[int, ...]) -> tuple[Notice, ...]:
    """Advice where FlexNet's own ports answer at a public address."""
    known = [str(port) for port in ports if port in FLEXNET_PORTS]
    if not known or not ip_address(address).is_global:
        return ()
    text = f"port {' and '.join(known)} answers at the public address {address}: the daemon gives its licence file to strangers"
    return (Notice("exposed_port", text),)


def _supported(found: flexnet.LicenceFile, feature: Feature) -> dict[str, Fact]:
    """Until when the feature's versions are supported, where its version is written as a date: ``2038.0115``."""
    dates = []
    for grant in found.of(feature.name):
        year, _, rest = grant.version.partition(".")
        if len(year) == 4 and len(rest) == 4 and (year + rest).isascii() and (year + rest).isdigit():
            dates.append(f"{year}-{rest[:2]}-{rest[2:]}")
    return {"license_support_date": max(dates)} if dates else {}


def _servers_fault(found: lmstat.Status) -> str | None:
    """What of the servers and daemons keeps seats from being given out."""
    for group in found.groups:
        if group.up < group.quorum:
            silent = lmstat.names(group.servers, False)
            return f"{group.up} of {len(group.servers)} licence servers up, wanted {group.quorum}; down: {silent}"[:400]
        if not all(well for _, well in group.daemons):
            return f"vendor daemon {lmstat.names(group.daemons, False)} is down, wanted it up"[:400]
    return None


def _reported(found: lmstat.Status, feature: Feature) -> Holding:
    usage = found.of(feature.name)
    if usage is None:
        return Holding(feature, fault=(Cause.LICENCE_INVALID, f"{shown(feature.name, 80)} is not reported, wanted it"))
    if usage.fault:
        return Holding(feature, fault=(Cause.LICENCE_INVALID, f"{shown(feature.name, 80)}: {usage.fault}"))
    return Holding(feature, usage.issued, usage.used)


def _unless_missing(found: lmstat.Status, finding: Finding) -> Finding:
    """Two servers of three still give out seats; the next that fails ends that."""
    missing = [pair for group in found.groups for pair in group.servers if not pair[1]]
    if not missing or finding.state is not State.UP:
        return finding
    total = sum(len(group.servers) for group in found.groups)
    reason = f"{total - len(missing)} of {total} licence servers up; down: {lmstat.names(missing, False)}"
    return degraded(Cause.MEMBERS_MISSING, reason, finding.facts, finding.notices)
