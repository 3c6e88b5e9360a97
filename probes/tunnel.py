"""What the daemon that holds a tunnel says of it: strongSwan over vici, OpenVPN's management, WireGuard's interface or dump.

Each gives a finding: up, degraded(path_problem) or down(tunnel_down) as the daemon says; what is raised, and any other
finding, means that it could not be asked. The sockets are root's equals, so only questions are sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

from probes import openvpn, vici, wireguard
from probes.dialogue import Lines
from probes.path import STRICT
from probes.probe import Conversation, Fact, Failed, Finding, Look, Malformed, cannot_look, degraded, down, up
from probes.target import shown
from sla.span import SECOND
from sla.state import Cause

CAP = 4 << 20
"""Bytes of a daemon's answer: thousands of peers."""
MAX_NAME = 80
RECENT_S, MUTE_S = 60, 120
"""Packets out within the first and none in for the second longer: nobody answers inside the tunnel."""


@dataclass(frozen=True, slots=True)
class Strongswan:
    """A child association of a connection, both by their names in swanctl.conf; ``socket`` is vici's."""

    __pydantic_config__ = STRICT
    socket: str
    connection: str
    child: str


@dataclass(frozen=True, slots=True)
class Openvpn:
    """A client, or a server with at least one client; ``peer`` is the common name of the one that must be there."""

    __pydantic_config__ = STRICT
    socket: str
    peer: str | None = None


@dataclass(frozen=True, slots=True)
class Wireguard:
    """A peer by its public key; ``socket`` is the one of wireguard-go and its kin."""

    __pydantic_config__ = STRICT
    socket: str
    peer: str


@dataclass(frozen=True, slots=True)
class WireguardDump:
    """The same from a file with ``wg show all dump``, written by a timer at least every ``max_age_s``."""

    __pydantic_config__ = STRICT
    file: str
    peer: str
    max_age_s: int = 120


@dataclass(frozen=True, slots=True)
class Control:
    """The daemon that holds the tunnel: one of these."""

    __pydantic_config__ = STRICT
    strongswan: Strongswan | None = None
    openvpn: Openvpn | None = None
    wireguard: Wireguard | None = None
    wireguard_dump: WireguardDump | None = None


Daemon: TypeAlias = Strongswan | Openvpn | Wireguard | WireguardDump


def daemon_of(field: str, control: Control) -> Daemon:
    """The one daemon that is given. Raises ValueError, beginning with ``field``, for none, several or odd names."""
    every = {name: getattr(control, name) for name in ("strongswan", "openvpn", "wireguard", "wireguard_dump")}
    given = {name: daemon for name, daemon in every.items() if daemon is not None}
    if len(given) != 1:
        raise ValueError(f"{field}: must be one of {', '.join(every)}, got {' and '.join(given) or 'none'}")
    [(name, daemon)] = given.items()
    _check(f"{field}.{name}", daemon)
    return cast(Daemon, daemon)


def _check(field: str, daemon: Daemon) -> None:
    place = ("file", daemon.file) if isinstance(daemon, WireguardDump) else ("socket", daemon.socket)
    if not place[1].startswith("/"):
        raise ValueError(f'{field}.{place[0]}: must be an absolute path, got "{shown(place[1], 80)}"')
    if isinstance(daemon, Wireguard | WireguardDump):
        wireguard.checked_key(f"{field}.peer", daemon.peer)
    if isinstance(daemon, WireguardDump) and not 1 <= daemon.max_age_s <= 86_400:
        raise ValueError(f"{field}.max_age_s: must be 1 to 86400, got {daemon.max_age_s}")
    if isinstance(daemon, Strongswan):
        for what, name in (("connection", daemon.connection), ("child", daemon.child)):
            if not 1 <= len(name) <= MAX_NAME or not name.isprintable():
                raise ValueError(f'{field}.{what}: must be a name of swanctl.conf, got "{shown(name, 80)}"')


async def asked(daemon: Daemon, look: Look, handshake_max_age_s: int) -> Finding:
    """What the daemon says. Raises what a gate raises, Malformed and EOFError."""
    match daemon:
        case Strongswan():
            return _of_associations(daemon, await _associations(daemon, look), look)
        case Openvpn():
            return await _of_openvpn(daemon, look)
        case Wireguard():
            peers = wireguard.told(await _wireguard_lines(daemon, look))
        case WireguardDump():
            peers = wireguard.dumped(await _fresh(daemon, look))
    return _of_peer([peer for peer in peers if peer.key == daemon.peer], look, handshake_max_age_s)


async def _associations(daemon: Strongswan, look: Look) -> tuple[vici.Association, ...]:
    """The associations of the connection."""
    stream = await look.gate.unix(daemon.socket, CAP)
    packets, found = vici.Packets(), list[vici.Association]()
    with look.phase("control"):
        await stream.write(vici.register(vici.LIST_SA))
        if (await _packet(stream, packets)).kind != vici.CONFIRM:
            raise Malformed("vici knows no list-sa, wanted its confirmation")
        await stream.write(vici.request(vici.LIST_SAS, {"ike": daemon.connection}))
        while (packet := await _packet(stream, packets)).kind == vici.EVENT:
            found += vici.associations(vici.message(packet.message))
        if packet.kind != vici.RESPONSE:
            raise Malformed("vici knows no list-sas, wanted its answer")
    return tuple(one for one in found if one.connection == daemon.connection)


async def _packet(stream: Conversation, packets: vici.Packets) -> vici.Packet:
    while (packet := packets.take()) is None:
        packets.feed(await _more(stream))
    return packet


async def _more(stream: Conversation) -> bytes:
    data = await stream.read()
    if not data:
        raise EOFError("closed before the answer was complete")
    return data


def _of_associations(daemon: Strongswan, held: tuple[vici.Association, ...], look: Look) -> Finding:
    alive = [one for one in held if one.state in vici.UP_STATES]
    children = [child for one in alive for child in one.children if child.name == daemon.child]
    carrying = [child for child in children if child.state in vici.CARRYING]
    facts: dict[str, Fact] = {"tunnel_children": len(carrying)}
    if not alive:
        seen = " and ".join(sorted({one.state for one in held})) or "absent"
        return down(Cause.TUNNEL_DOWN, f"IKE association {daemon.connection} is {seen}, wanted ESTABLISHED", facts)
    facts["ike_version"] = f"{alive[0].version}.0"
    if not carrying:
        seen = " and ".join(sorted({child.state for child in children})) or "absent"
        return down(Cause.TUNNEL_DOWN, f"child association {daemon.child} is {seen}, wanted INSTALLED", facts)
    handshake_s = look.at // SECOND - min(child.installed_s for child in carrying)
    facts |= _traffic(handshake_s, sum(child.bytes_in for child in carrying), sum(child.bytes_out for child in carrying))
    if all(_mute(child) for child in carrying):
        return degraded(Cause.PATH_PROBLEM, f"packets go out and for {MUTE_S} s none came in, wanted both ways", facts)
    return up(facts)


def _mute(child: vici.Child) -> bool:
    """Whether packets went out lately and for long before none has come in."""
    if child.idle_out_s is None or child.idle_out_s > RECENT_S:
        return False
    silent_s = child.installed_s if child.idle_in_s is None else child.idle_in_s
    return silent_s > child.idle_out_s + MUTE_S


async def _of_openvpn(daemon: Openvpn, look: Look) -> Finding:
    stream, lines = await look.gate.unix(daemon.socket, CAP), Lines(openvpn.MAX_LINES)
    with look.phase("control"):
        since_s, state = openvpn.state(await _managed(stream, lines, openvpn.STATE))
        traffic = openvpn.traffic(await _managed(stream, lines, openvpn.STATUS), daemon.peer)
    facts = _traffic(since_s if traffic.since_s is None else traffic.since_s, traffic.bytes_in, traffic.bytes_out)
    if state != openvpn.CONNECTED:
        return down(Cause.TUNNEL_DOWN, f"OpenVPN is {state}, wanted {openvpn.CONNECTED}", facts)
    if traffic.clients is None:
        return up(facts)
    facts["tunnel_children"] = len(traffic.clients)
    who = "client" if daemon.peer is None else f"client {shown(daemon.peer, 80)}"
    return up(facts) if traffic.clients else down(Cause.TUNNEL_DOWN, f"no {who} is connected, wanted it", facts)


async def _managed(stream: Conversation, lines: Lines, question: str) -> list[bytes]:
    """The lines of the answer to ``question``. News, which the daemon may slip in at any time, are left out."""
    await stream.write(question.encode() + b"\n")
    found: list[bytes] = []
    while (line := await _line(stream, lines)) != openvpn.END:
        if line.startswith(b"ERROR:"):
            raise Malformed(f"management refused {question}, wanted its answer")
        if not line.startswith(b">"):
            found.append(line)
    return found


async def _line(stream: Conversation, lines: Lines) -> bytes:
    while (line := lines.take()) is None:
        if lines.begun.startswith(openvpn.PASSWORD):
            raise Failed(cannot_look("management asks for a password, wanted a socket that only its permissions guard"))
        lines.feed(await _more(stream))
    return line


async def _wireguard_lines(daemon: Wireguard, look: Look) -> list[bytes]:
    """The lines of the answer, to the empty one that ends it."""
    stream, lines = await look.gate.unix(daemon.socket, CAP), Lines(wireguard.MAX_LINES)
    found: list[bytes] = []
    with look.phase("control"):
        await stream.write(wireguard.ASK)
        while line := await _line(stream, lines):
            found.append(line)
    return found


async def _fresh(daemon: WireguardDump, look: Look) -> bytes:
    """What the file holds. Raises Failed if the timer that writes it has stopped."""
    age_s = (look.at - await look.gate.changed(daemon.file)) / SECOND
    if age_s > daemon.max_age_s:
        raise Failed(cannot_look(f"{daemon.file}: written {age_s:.0f} s ago, wanted at most {daemon.max_age_s} s"))
    return await look.gate.read(daemon.file)


def _of_peer(peers: Iterable[wireguard.Peer], look: Look, max_age_s: int) -> Finding:
    """The finding for the peer with our key: of several interfaces the one that shook hands last."""
    peer = max(peers, key=lambda one: one.handshake_s, default=None)
    if peer is None:
        return down(Cause.TUNNEL_DOWN, "WireGuard has no peer of that key, wanted it")
    facts = _traffic(peer.handshake_s, peer.bytes_in, peer.bytes_out)
    if not peer.handshake_s:
        return down(Cause.TUNNEL_DOWN, "the peer never shook hands, wanted a handshake", facts)
    age_s = look.at // SECOND - peer.handshake_s
    if age_s > max_age_s:
        return down(Cause.TUNNEL_DOWN, f"the last handshake is {age_s} s old, wanted at most {max_age_s} s", facts)
    return up(facts)


def _traffic(handshake_s: int, bytes_in: int, bytes_out: int) -> dict[str, Fact]:
    counts: Mapping[str, Fact] = {"tunnel_bytes_in": bytes_in, "tunnel_bytes_out": bytes_out}
    return {**counts, **({"tunnel_last_handshake_timestamp_seconds": handshake_s} if handshake_s else {})}
