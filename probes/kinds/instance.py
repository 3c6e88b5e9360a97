"""One HTTP(S) request to a node or a site.

Connects, does TLS, sends one request and judges status, headers and body. Redirects are not followed: an unwanted one
is `http_redirect`. `connect_to` looks at one node under the URL's name. A name with several addresses is looked at each
(`addresses: one` takes the first): some failing is `degraded(members_missing)`.

Down causes: `http_status`, `http_redirect`, `assert_failed`, `body_too_large` (only where JSON needs the whole body),
and those of every connection. Phases: resolve, connect, tls, processing, transfer.

A virtual address and each node behind it, all under one name:

```yaml
- id: vip
  component: load-balancer
  kind: instance
  url: https://mdm.acme.example/health
- id: node-1
  component: node-1
  kind: instance
  url: https://mdm.acme.example/health
  connect_to: 10.20.1.11
  json: [{pointer: /status, equals: UP}]
- id: node-2
  component: node-2
  kind: instance
  url: https://mdm.acme.example/health
  connect_to: 10.20.1.12:8443
  json: [{pointer: /status, equals: UP}]
```
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import ClassVar, Literal

from probes.assertions import BodyRules, JsonRule, StatusSet
from probes.http1 import Answer, Exchange, instant_of
from probes.members import Addresses, each_address
from probes.probe import Defaults, Fact, Family, Finding, Look, Tls, down, up
from probes.target import host_and_port, ip_protocol, shown, tls_facts
from probes.url import Url, agent, host_of
from sla.state import Cause

UNNEEDED_BODY = 64 << 10
"""Bytes read of a body that no assertion needs."""
MAX_BODY = 16 << 20
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Instance:
    """One HTTP(S) request. ``max_body_bytes`` bounds the decoded body."""

    kind: ClassVar[str] = "instance"
    defaults: ClassVar[Defaults] = Defaults(interval_s=60, deadline_s=10.0, component_kind="instance", slow_ms=1000)
    failures: ClassVar[tuple[type[Exception], ...]] = ()

    url: str
    method: Literal["GET", "HEAD", "POST"] = "GET"
    headers: Mapping[str, str] = field(default_factory=lambda: NO_HEADERS)
    body: str | None = None
    expect_status: tuple[int | str, ...] = ("200-299",)
    contains: str | None = None
    not_contains: str | None = None
    matches: str | None = None
    json: tuple[JsonRule, ...] = ()
    connect_to: str | None = None
    ca_file: str | None = None
    client_cert: str | None = None
    compression: Literal["identity", "gzip"] = "identity"
    max_body_bytes: int = 1_048_576
    family: Family = "any"
    addresses: Addresses = "each"
    _host: str = field(init=False, repr=False, compare=False)
    _port: int = field(init=False, repr=False, compare=False)
    _tls: Tls | None = field(init=False, repr=False, compare=False)
    _request: bytes = field(init=False, repr=False, compare=False)
    _statuses: StatusSet = field(init=False, repr=False, compare=False)
    _rules: BodyRules = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        keep = partial(object.__setattr__, self)
        if not 1 <= self.max_body_bytes <= MAX_BODY:
            raise ValueError(f"max_body_bytes: must be 1 to {MAX_BODY}, got {self.max_body_bytes}")
        keep("_statuses", StatusSet("expect_status", self.expect_status))
        keep("_rules", BodyRules(self.contains, self.not_contains, self.matches, self.json))
        url = Url.of("url", self.url)
        host, port = host_and_port("connect_to", self.connect_to, url.port) if self.connect_to else (url.host, url.port)
        keep("_host", host)
        keep("_port", port)
        keep("_tls", Tls(url.host, self.ca_file, self.client_cert) if url.secure else None)
        keep("_request", self._written(url))

    def _written(self, url: Url) -> bytes:
        """The request's bytes. Raises ValueError for a header that could smuggle another line."""
        lines = {"Host": url.authority, "User-Agent": agent(), "Accept": "*/*", "Accept-Encoding": self.compression}
        for name, value in self.headers.items():
            if not _is_token(name) or not value.isascii() or any(c < " " or c == "\x7f" for c in value):
                raise ValueError(f'headers.{shown(name, 40)}: must be an ASCII header, got "{shown(name, 40)}"')
            if name.lower() in ("connection", "content-length", "transfer-encoding"):
                raise ValueError(f'headers.{name}: must be left to the monitor, got "{shown(value, 40)}"')
            lines = {known: text for known, text in lines.items() if known.lower() != name.lower()} | {name: value}
        content = (self.body or "").encode()
        if self.body is not None or self.method == "POST":
            lines["Content-Length"] = str(len(content))
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"{self.method} {url.target} HTTP/1.1\r\n{head}Connection: close\r\n\r\n".encode("ascii") + content

    async def check(self, look: Look) -> Finding:
        """One request to each address."""
        return await each_address(look, self._host, self.family, self.addresses, self._visit)

    async def _visit(self, address: str, look: Look) -> Finding:
        limit = self.max_body_bytes if self._rules.needed else UNNEEDED_BODY
        answer = Answer(self.method, limit, self._rules.whole)
        transport, exchange = await look.gate.open(partial(Exchange, self._request, answer), address, self._port, self._tls)
        with look.phase("processing"):
            await exchange.first
        with look.phase("transfer"):
            await exchange.done
        return self._judge(answer, self._facts(answer, address, transport))

    def _facts(self, answer: Answer, address: str, transport: asyncio.BaseTransport) -> dict[str, Fact]:
        facts: dict[str, Fact] = {
            "http_status_code": answer.status,
            "http_version": answer.version,
            "http_ssl": self._tls is not None,
            "http_content_length": -1 if answer.length is None else answer.length,
            "http_uncompressed_body_length": answer.size,
            "ip_protocol": ip_protocol(address),
        }
        if (modified := instant_of(answer.modified)) is not None:
            facts["http_last_modified_timestamp_seconds"] = modified
        if self._tls is not None:
            facts.update(tls_facts(transport.get_extra_info("ssl_object")))
        return facts

    def _judge(self, answer: Answer, facts: dict[str, Fact]) -> Finding:
        if answer.status not in self._statuses:
            return self._unwanted(answer, facts)
        if not self._rules.needed:
            return up(facts)
        broken = self._rules.broken(answer.body)
        facts["failed_due_to_regex"] = broken is not None and broken.by_pattern
        return up(facts) if broken is None else down(Cause.ASSERT_FAILED, broken.reason, facts)

    def _unwanted(self, answer: Answer, facts: dict[str, Fact]) -> Finding:
        seen = f"answered {answer.status}, wanted {self._statuses.text}"
        if 300 <= answer.status < 400 and answer.location:
            return down(Cause.HTTP_REDIRECT, f"{seen}; redirects to {host_of(answer.location)}", facts)
        return down(Cause.HTTP_STATUS, seen, facts)


def _is_token(name: str) -> bool:
    return bool(name) and name.isascii() and all(c.isalnum() or c in "!#$%&'*+-.^_`|~" for c in name)
