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

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar, Literal

from probes.assertions import JsonRule
from probes.members import Addresses, each_address
from probes.probe import Defaults, Family, Finding, Look
from probes.request import NO_HEADERS, Request
from probes.target import host_and_port


@dataclass(frozen=True, slots=True)
class Instance:
    """One HTTP(S) request. ``max_body_bytes`` bounds the decoded body."""

    kind: ClassVar[str] = "instance"
    defaults: ClassVar[Defaults] = Defaults(interval_s=60, deadline_s=10.0, component_kind="instance", slow_ms=1000)
    failures: ClassVar[tuple[type[Exception], ...]] = ()
    volatile: ClassVar[frozenset[str]] = frozenset({"http_content_length", "http_uncompressed_body_length"})

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
    _request: Request = field(init=False, repr=False, compare=False)
    _host: str = field(init=False, repr=False, compare=False)
    _port: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        keep = partial(object.__setattr__, self)
        request = Request(
            self.url,
            self.method,
            self.headers,
            self.body,
            self.expect_status,
            self.contains,
            self.not_contains,
            self.matches,
            self.json,
            self.ca_file,
            self.client_cert,
            self.compression,
            self.max_body_bytes,
        )
        to = request.to
        host, port = host_and_port("connect_to", self.connect_to, to.port) if self.connect_to else (to.host, to.port)
        keep("_request", request)
        keep("_host", host)
        keep("_port", port)

    async def check(self, look: Look) -> Finding:
        """One request to each address."""
        visit = partial(self._request.visit, port=self._port)
        return await each_address(look, self._host, self.family, self.addresses, visit)
