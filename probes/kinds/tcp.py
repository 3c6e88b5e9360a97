"""A TCP port, perhaps with TLS, perhaps with a banner.

Connects, does TLS if asked, sends `send`, and reads until `matches` (RE2) is found, 4 KiB are read or the peer ends.
A bare port proves a kernel, not a service: take the proper kind where there is one.

Down causes: `assert_failed` (nothing matches) and those of every connection. Phases: resolve, connect, tls, request.

```yaml
- id: ssh-gate
  component: jump-host
  kind: tcp
  host: jump.acme.example
  port: 22
  matches: "^SSH-2\\\\.0-"
```
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, ClassVar

from probes.assertions import compiled
from probes.members import Addresses, each_address
from probes.probe import Conversation, Defaults, Fact, Family, Finding, Look, Tls, down, up
from probes.target import checked_host, checked_port, ip_protocol, shown, tls_facts
from sla.state import Cause

BANNER_LIMIT = 4_096
"""Bytes that a match is looked for in."""


@dataclass(frozen=True, slots=True)
class Tcp:
    """One connection to a port."""

    kind: ClassVar[str] = "tcp"
    defaults: ClassVar[Defaults] = Defaults(interval_s=60, deadline_s=5.0, component_kind="")
    failures: ClassVar[tuple[type[Exception], ...]] = ()

    host: str
    port: int
    tls: bool = False
    server_name: str | None = None
    ca_file: str | None = None
    send: str | None = None
    matches: str | None = None
    family: Family = "any"
    addresses: Addresses = "each"
    _pattern: Any = field(init=False, repr=False, compare=False)
    _trust: Tls | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        checked_host("host", self.host)
        checked_port("port", self.port)
        if self.server_name is not None:
            checked_host("server_name", self.server_name)
        object.__setattr__(self, "_pattern", compiled("matches", self.matches))
        object.__setattr__(self, "_trust", Tls(self.server_name or self.host, self.ca_file) if self.tls else None)

    async def check(self, look: Look) -> Finding:
        """One connection to each address."""
        return await each_address(look, self.host, self.family, self.addresses, self._visit)

    async def _visit(self, address: str, look: Look) -> Finding:
        if self.send is None and self._pattern is None:
            transport, _ = await look.gate.open(asyncio.Protocol, address, self.port, self._trust)
            return up(_facts(address, transport))
        stream = await look.gate.stream(address, self.port, self._trust, BANNER_LIMIT + 1)
        facts = _facts(address, stream)
        with look.phase("request"):
            if self.send is not None:
                await stream.write(self.send.encode())
            seen = b"" if self._pattern is None else await self._banner(stream)
        if self._pattern is None or self._pattern.search(seen) is not None:
            return up(facts)
        said = f'"{shown(seen, 80)}"' if seen else "nothing"
        return down(Cause.ASSERT_FAILED, f'peer said {said}, wanted a match of "{shown(self.matches or "", 80)}"', facts)

    async def _banner(self, stream: Conversation) -> bytes:
        """What the peer said until it matches, ends or reaches the limit."""
        seen = b""
        while len(seen) < BANNER_LIMIT and self._pattern.search(seen) is None:
            data = await stream.read(BANNER_LIMIT - len(seen))
            if not data:
                break
            seen += data
        return seen


def _facts(address: str, stream: Any) -> dict[str, Fact]:
    return {"ip_protocol": ip_protocol(address), **tls_facts(stream.get_extra_info("ssl_object"))}
