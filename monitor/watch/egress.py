"""The one gate to the network: resolves, vets, connects, counts and closes. Nothing else opens a connection.

``Egress`` is kept for the life of the process; a ``Flight`` is what one look gets of it and owns every socket of that
look, so that closing the flight leaves none behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any, Protocol, TypeVar

from monitor.clock import Stopwatch
from monitor.watch import files
from monitor.watch.causes import refused_by_us
from monitor.watch.datagrams import ConnectedDatagrams, ConnectedPings
from monitor.watch.line import Line
from monitor.watch.policy import foreign_refusal, operator_refusal
from monitor.watch.relay import NamedContext, Relay
from monitor.watch.resolver import Resolver
from monitor.watch.threads import Threads
from monitor.watch.tls import TlsLine
from monitor.watch.trust import TrustStore
from probes.probe import Family, Hello, Malformed, OverCap, Tls, Web, WebSettings
from probes.target import is_address
from sla.span import Instant

T = TypeVar("T")
CONNECTS_PER_S = 500
BURST = 50
"""Connections that may start at once before pacing bites."""
FILE_THREADS = 4
Policy = Callable[[str, int], str | None]
"""Why (address, port) may not be gone to, or None."""


class _Closable(Protocol):
    def close(self) -> None: ...


K = TypeVar("K", bound=_Closable)


class Pace:
    """Spreads new connections: at most ``per_s`` a second in the long run, ``BURST`` at once."""

    def __init__(self, per_s: int, monotonic: Stopwatch) -> None:
        self._gap, self._monotonic = 1 / per_s, monotonic
        self._next = 0.0

    def count(self) -> float:
        """Note one connection; gives the seconds it should wait."""
        now = self._monotonic()
        self._next = max(self._next, now - BURST * self._gap) + self._gap
        return self._next - now

    async def turn(self) -> None:
        """Wait for this connection's turn."""
        wait = self.count()
        if wait > 0:
            await asyncio.sleep(wait)


class Egress:
    """The process's gate. ``allow_metadata`` lets operator targets reach link-local and metadata addresses; ``foreign``
    judges the places that targets name.
    """

    def __init__(
        self,
        resolver: Resolver,
        monotonic: Stopwatch,
        connects_per_s: int = CONNECTS_PER_S,
        allow_metadata: bool = False,
        foreign: Policy = foreign_refusal,
    ) -> None:
        self.resolver, self.trust, self.monotonic = resolver, TrustStore(), monotonic
        self.pace = Pace(connects_per_s, monotonic)
        self._allow_metadata, self.foreign = allow_metadata, foreign
        self._vetted: set[str] = set()
        self.files = ThreadPoolExecutor(FILE_THREADS, thread_name_prefix="files")
        self.threads = Threads()

    def flight(self) -> Flight:
        """A gate for one look."""
        return Flight(self)

    def close(self) -> None:
        """Give the threads back."""
        self.files.shutdown(wait=False, cancel_futures=True)

    def vet(self, address: str) -> None:
        """Raises Failed for an address that operator targets may not have."""
        if address in self._vetted or self._allow_metadata:
            return
        if (why := operator_refusal(address)) is not None:
            raise refused_by_us(why)
        if len(self._vetted) >= 65_536:
            self._vetted.clear()
        self._vetted.add(address)


class _Phase:
    """A running stopwatch of one phase, without what phases inside it take; one left by an exception stays current."""

    __slots__ = ("_began", "_flight", "_inside", "_name", "_outer", "_token")

    def __init__(self, flight: Flight, name: str) -> None:
        self._flight, self._name = flight, name

    def __enter__(self) -> None:
        self._outer, self._inside = _OUTER.get(), 0.0
        self._token = _OUTER.set(self)
        self._flight.current = self._name
        self._began = self._flight.now()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        flight = self._flight
        took = (flight.now() - self._began) * 1000
        flight.spent[self._name] = flight.spent.get(self._name, 0.0) + took - self._inside
        _OUTER.reset(self._token)
        if self._outer is not None:
            self._outer._inside += took
        if kind is None:
            flight.current = "" if self._outer is None else self._outer._name


_OUTER: ContextVar[_Phase | None] = ContextVar("outer phase", default=None)
"""The phase that a task is in: looks at several members at once do not measure into one another."""


class Flight:
    """The gate of one look (``probes.probe.Gate``). ``spent`` is ms a phase in order; ``current`` the phase we are in."""

    __slots__ = ("_egress", "_kept", "current", "now", "spent")

    def __init__(self, egress: Egress) -> None:
        self._egress, self.now = egress, egress.monotonic
        self._kept: list[_Closable] = []
        self.spent: dict[str, float] = {}
        self.current = ""

    def phase(self, name: str) -> _Phase:
        """``with flight.phase("bind"):`` measures that part of the look."""
        return _Phase(self, name)

    @property
    def fault(self) -> Exception | None:
        """What a target did that a library which hides its socket cannot say."""
        return next((fault for thing in self._kept if (fault := getattr(thing, "fault", None)) is not None), None)

    def close(self) -> None:
        """Close everything this look opened, at once."""
        for thing in self._kept:
            abort = getattr(thing, "abort", thing.close)
            abort()
        self._kept.clear()

    async def addresses(self, host: str, family: Family = "any") -> tuple[str, ...]:
        """Vetted addresses; every one of them is checked. Raises Failed."""
        if is_address(host):
            found: tuple[str, ...] = (host,)
        else:
            with self.phase("resolve"):
                found = await self._egress.resolver.addresses(host, family)
        for address in found:
            self._egress.vet(address)
        return found

    async def foreign(self, host: str, port: int) -> tuple[str, ...]:
        """Addresses of a place that a target named; one that is not public refuses them all. Raises Failed."""
        found = await self.addresses(host)
        for address in found:
            if (why := self._egress.foreign(address, port)) is not None:
                raise refused_by_us(why)
        return found

    async def open(
        self, protocol: Callable[[], Any], address: str, port: int, tls: Tls | None = None, source: str | None = None
    ) -> tuple[Any, Any]:
        """(transport, protocol) after connect and, with ``tls``, a verified handshake."""
        if tls is None:
            made = protocol()
            return await self._connect(made, address, port, source), made
        line = TlsLine(protocol(), self.trust(tls), tls.server_name)
        await self._connect(line, address, port, source)
        with self.phase("tls"):
            await line.shaken
        return line, line.inner

    async def _connect(self, protocol: Any, address: str, port: int, source: str | None) -> Any:
        """A transport to a vetted address that ``protocol`` is told of."""
        self._begun(address)
        local = None if source is None else (source, 0)
        with self.phase("connect"):  # without a socket of our own: a fifth of a look's cost
            transport, _ = await asyncio.get_running_loop().create_connection(lambda: protocol, address, port, local_addr=local)
        self._kept.append(transport)
        return transport

    def _begun(self, address: str) -> None:
        """A connection to ``address`` is about to begin. Raises Failed for one that is refused to us."""
        self._egress.vet(address)
        if self._kept:
            self._egress.pace.count()  # the first connection's turn was waited for before the look began

    async def _connected(self, address: str, port: int) -> socket.socket:
        """A connected, non-blocking TCP socket to a vetted address."""
        self._begun(address)
        sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            with self.phase("connect"):
                await asyncio.get_running_loop().sock_connect(sock, (address, port))
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except BaseException:
            sock.close()
            raise
        return sock

    async def stream(self, address: str, port: int, tls: Tls | None = None, cap: int = 1 << 20) -> CountedStream:
        """A counted stream to a vetted address."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=65536, loop=loop)
        transport, protocol = await self.open(lambda: asyncio.StreamReaderProtocol(reader, loop=loop), address, port, tls)
        return CountedStream(reader, asyncio.StreamWriter(transport, protocol, reader, loop), cap, self)

    async def unix(self, path: str, cap: int = 1 << 20) -> CountedStream:
        """A counted stream to a program of this machine. Raises Failed if nobody listens at ``path`` or we may not ask."""
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        try:
            with self.phase("connect"):
                sock.connect(path)  # local: it succeeds or fails at once, and a full queue fails too
        except OSError as fault:
            sock.close()
            raise refused_by_us(f"{path}: {fault.strerror or fault}, wanted a socket that a program listens at") from None
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=65536, loop=loop)
        transport, protocol = await loop.create_unix_connection(
            lambda: asyncio.StreamReaderProtocol(reader, loop=loop), sock=sock
        )
        self._kept.append(transport)
        return CountedStream(reader, asyncio.StreamWriter(transport, protocol, reader, loop), cap, self)

    async def datagram(self, address: str, port: int) -> ConnectedDatagrams:
        """A connected UDP socket: a closed port answers at once as Failed(udp_refused)."""
        self._egress.vet(address)
        return self._keep(ConnectedDatagrams(address, port))

    async def ping(self, address: str, source: str | None = None) -> ConnectedPings:
        """A connected ICMP socket. Raises Failed if the kernel gives us none."""
        self._egress.vet(address)
        return self._keep(ConnectedPings(address, source))

    def _keep(self, thing: K) -> K:
        self._kept.append(thing)
        return thing

    async def blocking(
        self, address: str, port: int, work: Callable[[Line], T], tls: Tls | None = None, hello: Hello | None = None
    ) -> T:
        """What ``work`` gives in a thread of its own, over a connected and counted line (``probes.probe.Gate``)."""
        context = None if tls is None else self.trust(tls)
        threads, target = self._egress.threads, (address, port)
        if hello is not None and threads.wary(target):
            await self._greet(target, hello)
        line = Line(await self._connected(address, port), context, "" if tls is None else tls.server_name)
        self._kept.append(line)
        return await threads.run(target, line, lambda: work(line), self.phase("thread"))

    async def _greet(self, target: tuple[str, int], hello: Hello) -> None:
        """Wait for any sign of life on a connection of its own; what ends the connection is one too."""
        try:
            stream = await self.stream(*target, hello.tls)
            with self.phase("hello"), contextlib.suppress(OSError, EOFError):
                await stream.write(hello.data)
                await stream.read(1)
        except asyncio.CancelledError:
            self._egress.threads.heard(target, False)
            raise
        stream.close()

    async def relay(self, address: str, port: int, tls: Tls | None = None, watch: Callable[[bytes], None] | None = None) -> Relay:
        """A loopback port for one connection of a driver to a vetted address (``probes.probe.Gate``)."""
        context = None if tls is None else NamedContext.of(self.trust(tls), tls.server_name)
        connected = await self._connected(address, port)
        relay = Relay(context, watch)
        self._kept.append(relay)
        await relay.open(connected)
        return relay

    def web(self, settings: WebSettings) -> Web:
        """A visitor of web pages for this look. Raises Failed if a file of ours cannot be read."""
        from monitor.watch.web import Web as Visitor  # httpx takes a while, and few sites need it

        return Visitor(self, settings)

    def trust(self, tls: Tls) -> Any:
        """The kept context for these trust settings. Raises Failed if a file of ours cannot be read."""
        return self._egress.trust.context(tls)

    async def read(self, path: str, cap: int = 1 << 20) -> bytes:
        """An operator's regular file. Raises Failed if it is none, unreadable or longer than ``cap``."""
        return await asyncio.get_running_loop().run_in_executor(self._egress.files, files.read, path, cap)

    async def changed(self, path: str) -> Instant:
        """When an operator's file was last written. Raises Failed if there is none."""
        return await asyncio.get_running_loop().run_in_executor(self._egress.files, files.changed, path)


class CountedStream:
    """A byte stream that takes at most ``cap`` bytes from the target (``probes.probe.Conversation``)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cap: int, flight: Flight) -> None:
        self._reader, self._writer, self._left, self._cap, self._flight = reader, writer, cap, cap, flight

    async def read(self, n: int = 65536) -> bytes:
        """Up to ``n`` bytes; b"" at the end. Raises OverCap."""
        data = await self._reader.read(min(n, self._left + 1))
        self._left -= len(data)
        if self._left < 0:
            raise OverCap(f"sent more than {self._cap} bytes, wanted less")
        return data

    async def write(self, data: bytes) -> None:
        """Send all of ``data``."""
        self._writer.write(data)
        await self._writer.drain()

    async def start_tls(self, tls: Tls) -> None:
        """Go on over TLS. Raises Malformed if the target has already said what would then pass for encrypted."""
        context = self._flight.trust(tls)
        with self._flight.phase("tls"):
            await self._writer.drain()
            if self._reader._buffer:  # type: ignore[attr-defined]  # asyncio has no public way to ask
                raise Malformed("peer spoke on before TLS began, wanted silence")
            await self._writer.start_tls(context, server_hostname=tls.server_name)

    @property
    def ended(self) -> bool:
        """Whether the target has closed, and all it said was read."""
        return self._reader.at_eof()

    def get_extra_info(self, name: str) -> Any:
        """What asyncio knows of the transport, e.g. ``ssl_object``."""
        return self._writer.get_extra_info(name)

    def close(self) -> None:
        """Give the connection back at once."""
        self._writer.transport.abort()
