"""A tunnel: data through it, what its daemon says of it, and a knock at the far end.

Looks at up to three things at once; at least one is needed. If data passes, the tunnel is up, whatever else is said.

- `data` goes through it: `{host, port}` connects to an address beyond, `{url}` asks there for a page, `{host, ping: true}`
  sends echoes; `source` is our inner address. A refusal has passed as well: the far host answered.
- `control` asks the daemon that holds it, with read-only questions; one of
  `{strongswan: {socket, connection, child}}`: over vici; the association must be ESTABLISHED and the child INSTALLED.
  `{openvpn: {socket, peer}}`: its management, which serves one asker at a time; the state must be CONNECTED, and a server
  must have a client (`peer`: the one of that common name).
  `{wireguard: {socket, peer}}`: wireguard-go and its kin; the peer of that public key must have shaken hands within
  `handshake_max_age_s`, so give the tunnel a persistent keepalive.
  `{wireguard_dump: {file, peer, max_age_s}}`: the kernel's, from a file that a timer writes (below).
- `knock` asks the far IKE daemon, which forgets it at once: `{host, port, style}` with port 500 or 4500 and style version, or
  offer for daemons that are silent to the first. It proves a daemon, never a tunnel: beside the others it is evidence.

| data | control | finding |
|---|---|---|
| passes | a tunnel | up |
| passes | no tunnel | up, notice `control_disagrees`: traffic may run outside it |
| fails | no tunnel | `tunnel_down` |
| fails | a tunnel, not asked or unreadable | `tunnel_no_path` |
| – | a tunnel | up; degraded `path_problem` if packets go out and none have come in for two minutes |
| – | no tunnel | `tunnel_down` |
| – | unreadable | `unknown` |

Look from where the tunnel ends: an agent on or behind the gateway. With `source` and `control` both given the answer is
sound; a route outside the tunnel could make data alone pass. The far end is a component of its own, managed by the customer.
The sockets are as good as root's: give the service's user access to vici's or the management's socket, and to nothing else.
OpenVPN's is `management /run/openvpn-acme.sock unix` with `management-client-user`; one that asks for a password is not read.
For the kernel's WireGuard let a timer of root's run this every 30 s; it leaves every secret of the dump out:

```sh
umask 027
wg show all dump | awk -F '\\t' -v OFS='\\t' 'NF == 9 { $3 = "-"; print }' >/run/wg-peers.new
chgrp threenines /run/wg-peers.new && mv /run/wg-peers.new /run/wg-peers
```

Down causes: `tunnel_down`, `tunnel_no_path`; of a knock alone `udp_refused`, `deadline`, `proto_malformed`. Degraded:
`path_problem`. Notices: `no_data_path`, `control_disagrees`, `control_unreadable`. Phases: resolve, connect, tls, data,
control, knock.

```yaml
- id: ipsec
  component: vpn
  kind: vpn
  data: {host: 10.91.2.1, port: 443, source: 10.91.1.1}
  control: {strongswan: {socket: /run/charon.vici, connection: acme, child: lan}}
  knock: {host: 192.0.2.2}
```
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import ClassVar, Literal, TypeAlias

from probes import ike, path, tunnel
from probes.asking import asked
from probes.path import STRICT, Beyond
from probes.probe import Defaults, Fact, Family, Finding, Look, Notice, cannot_look, down, up
from probes.target import checked_host, checked_port
from probes.tunnel import Control, Daemon
from sla.state import Cause, State

Visit: TypeAlias = Callable[[Look], Awaitable[Finding]]
_NO_ADDRESS = (Cause.DNS_NXDOMAIN, Cause.DNS_NODATA, Cause.DNS_SERVFAIL)
ASK_AGAIN = 0.05
"""Share of the deadline for asking the daemon once more: it answers within milliseconds or not at all."""
_NO_DATA = Notice("no_data_path", "nothing is sent through the tunnel: what passes it is not known, give the check data")


@dataclass(frozen=True, slots=True)
class Knock:
    """The far IKE daemon. On port 4500 each message bears the marker that tells it from ESP."""

    __pydantic_config__ = STRICT
    host: str
    port: int = 500
    style: Literal["version", "offer"] = "version"


@dataclass(frozen=True, slots=True)
class Vpn:
    """One look at a tunnel from up to three sides."""

    kind: ClassVar[str] = "vpn"
    defaults: ClassVar[Defaults] = Defaults(interval_s=60, deadline_s=5.0, component_kind="vpn")
    failures: ClassVar[tuple[type[Exception], ...]] = ()
    volatile: ClassVar[frozenset[str]] = frozenset(
        {"tunnel_last_handshake_timestamp_seconds", "tunnel_bytes_in", "tunnel_bytes_out"}
    )
    measures: ClassVar[Mapping[str, str]] = {
        "tunnel_last_handshake_timestamp_seconds": "When the keys in force were agreed on (OpenVPN: since when it is connected).",
        "tunnel_bytes_in": "Bytes that came through the tunnel as it stands.",
        "tunnel_bytes_out": "Bytes that went through the tunnel as it stands.",
        "tunnel_children": "Child associations that carry data; of an OpenVPN server its clients.",
        "ike_responds": "Whether the far IKE daemon answered the knock.",
    }

    data: Beyond | None = None
    control: Control | None = None
    knock: Knock | None = None
    handshake_max_age_s: int = 180
    family: Family = "any"
    _daemon: Daemon | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.data is None and self.control is None and self.knock is None:
            raise ValueError("data: is missing, a look at a tunnel needs data, control or knock (best all of them)")
        if not 1 <= self.handshake_max_age_s <= 86_400:
            raise ValueError(f"handshake_max_age_s: must be 1 to 86400, got {self.handshake_max_age_s}")
        object.__setattr__(self, "_daemon", None if self.control is None else tunnel.daemon_of("control", self.control))
        if self.data is not None:
            path.check("data", self.data)
        if self.knock is not None:
            checked_host("knock.host", self.knock.host)
            checked_port("knock.port", self.knock.port)

    async def check(self, look: Look) -> Finding:
        """All sides at the same time, each within its share of the deadline."""
        sides = dict(self._sides())
        seen = dict(zip(sides, await look.apart(list(sides.values())), strict=True))
        if "control" in seen and _passes(seen.get("data")) and _says_none(seen["control"]):
            seen["control"] = await self._told_again(look, seen["control"])
        return judged(seen.get("data"), seen.get("control"), seen.get("knock"))

    def _sides(self) -> Iterator[tuple[str, Visit]]:
        if self.data is not None:
            yield "data", partial(self._through, self.data)
        if self._daemon is not None:
            yield "control", partial(self._told, self._daemon)
        if self.knock is not None:
            yield "knock", partial(self._knocked, self.knock)

    async def _through(self, beyond: Beyond, look: Look) -> Finding:
        await path.tried(beyond, look, self.family)
        return up()

    async def _told(self, daemon: Daemon, look: Look) -> Finding:
        return await tunnel.asked(daemon, look, self.handshake_max_age_s)

    async def _told_again(self, look: Look, first: Finding) -> Finding:
        """What the daemon says now: the very data that passed may have woken a tunnel that was asleep."""
        assert self._daemon is not None
        try:
            async with asyncio.timeout(ASK_AGAIN * look.deadline_s):
                return (await look.apart([partial(self._told, self._daemon)]))[0]
        except TimeoutError:
            return first

    async def _knocked(self, knock: Knock, look: Look) -> Finding:
        """Up for any well-formed answer that bears our SPI."""
        address = (await look.gate.addresses(knock.host, self.family))[0]
        spi, marker = os.urandom(ike.SPI_SIZE), ike.MARKER if knock.port == ike.NAT_PORT else b""
        offer = knock.style == "offer"
        message = ike.offer_knock(spi, os.urandom(ike.CHANCE_SIZE)) if offer else ike.version_knock(spi)
        socket = await look.gate.datagram(address, knock.port)
        with look.phase("knock"):
            answer = await asked(socket, marker + message, partial(_answered, marker, spi), look.deadline_s)
        return up({"ike_version": answer.version})


def judged(data: Finding | None, told: Finding | None, knocked: Finding | None) -> Finding:
    """What the sides say together; None was not looked at. Data decides, control explains, a knock is evidence."""
    if data is None and told is None:
        return replace(knocked or up(), facts=_facts(knocked), notices=(_NO_DATA,))
    finding = _of_data_and_control(data, told)
    evidence = ""
    if finding.state is State.DOWN and knocked is not None and _tried(knocked):
        evidence = f"; the far daemon {'answers' if _passes(knocked) else 'does not answer'} IKE"
    return replace(finding, reason=finding.reason + evidence, facts=_facts(knocked, told), notices=tuple(_notices(data, told)))


def _of_data_and_control(data: Finding | None, told: Finding | None) -> Finding:
    if told is not None and (data is None or (_says_none(told) and not _tried(data))):
        readable = _says(told) or told.state is State.UNKNOWN
        return told if readable else cannot_look(f"the daemon could not be asked: {told.reason}")
    if data is None or _passes(data) or not _tried(data):
        return data or up()
    if told is not None and _says_none(told):
        return down(Cause.TUNNEL_DOWN, f"{told.reason}; no data passes: {data.reason}")
    seen = " through the tunnel that stands" if told is not None and _says(told) else ""
    return down(Cause.TUNNEL_NO_PATH, f"no data passes{seen}: {data.reason}")


def _notices(data: Finding | None, told: Finding | None) -> Iterator[Notice]:
    if data is None:
        yield _NO_DATA
    elif told is not None and not _says(told):
        yield Notice("control_unreadable", f"the daemon could not be asked: {told.reason}")
    elif told is not None and _says_none(told) and _passes(data):
        yield Notice("control_disagrees", f"data passes though {told.reason}: traffic may run outside the tunnel")


def _facts(knocked: Finding | None, told: Finding | None = None) -> Mapping[str, Fact]:
    responds: dict[str, Fact] = {}
    if knocked is not None and _tried(knocked):
        responds = {"ike_responds": _passes(knocked), **knocked.facts}
    return responds | dict(told.facts if told is not None else {})


def _passes(side: Finding | None) -> bool:
    return side is not None and side.state is State.UP


def _tried(side: Finding) -> bool:
    """Whether anything was sent: by our own trouble, or without an address, nothing is."""
    return side.state is not State.UNKNOWN and side.cause not in _NO_ADDRESS


def _says_none(told: Finding) -> bool:
    return told.cause is Cause.TUNNEL_DOWN


def _says(told: Finding) -> bool:
    """Whether the daemon was asked and answered."""
    return told.state in (State.UP, State.DEGRADED) or _says_none(told)


def _answered(marker: bytes, spi: bytes, data: bytes) -> ike.Answer | None:
    return ike.answer(data[len(marker) :], spi) if data.startswith(marker) else None
