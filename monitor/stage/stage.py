"""All servers of the demo together, and the switch that takes each of them away."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

from monitor.clock import Clock
from monitor.stage import pki
from monitor.stage.console import Account as ConsoleAccount
from monitor.stage.console import console
from monitor.stage.directory import Directory, speaks_ldap
from monitor.stage.identity import metadata, shows_metadata
from monitor.stage.listening import HOST, Listening, greets, on_both
from monitor.stage.mail import speaks_smtp
from monitor.stage.mailbox import Mailbox, takes_mail
from monitor.stage.mailbox_page import shows_mail
from monitor.stage.node import instance, licence
from monitor.stage.push import PushFile
from monitor.stage.signing import signed
from monitor.stage.sql import Account, speaks_sql
from monitor.stage.tunnel import Tunnel
from monitor.stage.vip import Vip
from monitor.stage.zone import OverUdp, Zone, over_tcp
from sla.span import DAY

PARTS = (
    *("node-1", "node-2", "vip", "dns", "certificate", "ldap", "licence", "vpn"),
    *("database", "mail", "identity", "terminal", "console", "push"),
)
HOST_NAME = "mdm.demo.example"
CERTIFICATE_MS = 10 * DAY
"""Ten days: short enough to be seen running, long enough to be no warning yet."""
LICENCE_MS = SIGNING_MS = 300 * DAY
ZONES = (
    Zone("acme.example.", MappingProxyType({"www.acme.example.": "192.0.2.10", "ns.acme.example.": "192.0.2.53"})),
    Zone("globex.example.", MappingProxyType({"www.globex.example.": "192.0.2.20", "ns.globex.example.": "192.0.2.53"})),
)
DIRECTORY_BASE = "dc=acme,dc=example"
DIRECTORY_USER, DIRECTORY_PASSWORD = f"cn=probe,{DIRECTORY_BASE}", "demo"
CONSOLE = ConsoleAccount("probe", "demo")
DIRECTORY = Directory(
    entries=MappingProxyType(
        {
            "": {"objectClass": ("top",), "namingContexts": (DIRECTORY_BASE,), "supportedLDAPVersion": ("3",)},
            DIRECTORY_BASE: {"objectClass": ("top", "domain"), "dc": ("acme",)},
        }
    ),
    passwords=MappingProxyType({DIRECTORY_USER: DIRECTORY_PASSWORD}),
)
DATABASE = Account("probe", "demo", "mdm")
MAIL_USER, MAIL_PASSWORD = "probe", "demo"
TERMINAL_GREETING = "threenines stage: terminal ready"


@dataclass(slots=True)
class _Running:
    """What a started stage holds."""

    ca_file: Path
    parts: Mapping[str, Listening | Tunnel]
    push: PushFile
    zones: tuple[Zone, ...]
    dns_port: int
    canaries: tuple[Listening, ...]
    desk: Mapping[str, Listening]
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    udp: asyncio.DatagramTransport | None = None


class Stage:
    """The demo's servers on free loopback ports. ``folder`` receives the CA file and the push certificate, nothing else.

    Nobody looks at ``relay``, the mail server that keeps the service's own letters, and ``mailbox``, where they are read.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self.mailbox = Mailbox()
        self._now: _Running | None = None

    async def start(self) -> None:
        """Make the CA and open every part. Raises OSError if the folder or the loopback refuses."""
        now = self._clock()
        authority = pki.found(self._folder, now, 2 * CERTIFICATE_MS)
        node_tls = pki.server_context(authority, (HOST_NAME,), now, 2 * CERTIFICATE_MS - DAY)
        nodes = {name: Listening(instance(name), node_tls) for name in ("node-1", "node-2")}
        vip = Vip([node.port for node in nodes.values()], pki.client_context(authority))
        short = pki.server_context(authority, (HOST_NAME,), now, CERTIFICATE_MS)
        expires = datetime.fromtimestamp((now + LICENCE_MS) // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        signer = pki.signing(authority, "idp.acme.example", now, SIGNING_MS)
        zones = (signed(ZONES[0], now), *ZONES[1:])
        dns_tcp = await on_both(over_tcp(zones))
        parts: dict[str, Listening | Tunnel] = {
            **nodes,
            "vip": Listening(vip.talk),
            "dns": dns_tcp,
            "certificate": Listening(instance("certificate"), short),
            "ldap": Listening(speaks_ldap(DIRECTORY)),
            "licence": Listening(licence(total=250, used=181, expires=expires)),
            "vpn": await Tunnel.dug(),
            "database": Listening(speaks_sql(DATABASE, node_tls)),
            "mail": Listening(speaks_smtp(HOST_NAME, MAIL_USER, MAIL_PASSWORD, node_tls)),
            "identity": Listening(shows_metadata(metadata(signer, now + SIGNING_MS)), node_tls),
            "terminal": Listening(greets(TERMINAL_GREETING)),
            "console": Listening(console(CONSOLE), node_tls),
        }
        canaries = (Listening(over_tcp(zones)), Listening(over_tcp(zones)))
        push = PushFile(authority, self._folder, now)
        desk = {
            "relay": Listening(takes_mail(HOST_NAME, self.mailbox.take)),
            "mailbox": Listening(shows_mail(self.mailbox, "the demo")),
        }
        self._now = running = _Running(authority.file, MappingProxyType(parts), push, zones, dns_tcp.port, canaries, desk)
        for part in PARTS:
            await self.mend(part)
        for steady in (*canaries, *desk.values()):
            await steady.open()
        await vip.check()
        running.tasks.append(asyncio.create_task(vip.watch()))

    async def stop(self) -> None:
        """Close everything and give the ports back; a stage that does not run stays so."""
        running, self._now = self._now, None
        if running is None:
            return
        for task in running.tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if running.udp is not None:
            running.udp.close()
        await running.push.release()
        for part in (*running.parts.values(), *running.canaries, *running.desk.values()):
            await part.release()

    @property
    def addresses(self) -> Mapping[str, tuple[str, int]]:
        """(host, port) of every part that listens; ``dns`` is the same port on UDP and TCP. Raises RuntimeError before start."""
        return MappingProxyType({name: (HOST, part.port) for name, part in self._running().parts.items()})

    @property
    def canaries(self) -> tuple[tuple[str, int], ...]:
        """(host, port) of two name servers over TCP that never fail: they tell a vantage that it can see."""
        return tuple((HOST, canary.port) for canary in self._running().canaries)

    @property
    def desk(self) -> Mapping[str, tuple[str, int]]:
        """(host, port) of ``relay`` and ``mailbox``. Raises RuntimeError before start."""
        return MappingProxyType({name: (HOST, part.port) for name, part in self._running().desk.items()})

    @property
    def ca_file(self) -> Path:
        """The PEM file that checks of this stage trust. Raises RuntimeError before start."""
        return self._running().ca_file

    @property
    def push_file(self) -> Path:
        """The push certificate, locked with ``push.PASSPHRASE``. Raises RuntimeError before start."""
        return self._running().push.path

    @property
    def ds(self) -> str:
        """The DS record of the first zone, the only one that is signed. Raises RuntimeError before start."""
        return self._running().zones[0].ds

    async def fail(self, part: str) -> None:
        """Take ``part`` away until it is mended: connections are refused, the tunnel is silent, a file is out of date.

        Raises KeyError.
        """
        running = self._running()
        await (running.push if part == "push" else running.parts[part]).close()
        if part == "dns" and running.udp is not None:
            running.udp.close()
            running.udp = None

    async def mend(self, part: str) -> None:
        """Listen again on the same port. Raises KeyError for a part there is not, OSError if the port was lost."""
        running = self._running()
        await (running.push if part == "push" else running.parts[part]).open()
        if part == "dns" and running.udp is None:
            running.udp, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: OverUdp(running.zones), local_addr=(HOST, running.dns_port)
            )

    def _running(self) -> _Running:
        if self._now is None:
            raise RuntimeError("the stage has not been started")
        return self._now
