"""A relay: one loopback port for one connection to a vetted address, for drivers that insist on connecting themselves.

The way to the target is connected before the driver is told the port, so that whatever fails there is named by the gate.
It counts what the target sends, cuts at the cap, lets the kind look at the bytes before a driver that would choke on them
(decrypted, where the driver speaks TLS), and closing it ends the driver too. The first connection closes the
listener: a driver that tries again, or that connects anew to cancel a query, finds nobody.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from typing import Any

from monitor.watch.line import CAP, WatchedTls, over_cap
from probes.probe import Malformed, OverCap

HOST = "127.0.0.1"
HIGH_WATER = 64 << 10
LINGER_S = 0.05
"""How long the driver may find its connection open after the target has closed its own: some set options on it first, and
uvloop raises for a connection that has ended, which would hide what the server said."""


class NamedContext(ssl.SSLContext):
    """A context for one look by a driver that takes the address it connects to, here ours, for the name to be verified.

    It hands every handshake on to the kept context, under the right name. ``handshake`` is the last one; ``watch`` sees
    what it decrypts.
    """

    handshake: ssl.SSLObject | None = None
    watch: Callable[[bytes], None] | None = None
    _kept: ssl.SSLContext
    _name: str

    @classmethod
    def of(cls, kept: ssl.SSLContext, name: str) -> NamedContext:
        """For ``name``, with the trust of ``kept``."""
        made = cls(ssl.PROTOCOL_TLS_CLIENT)
        made._kept, made._name = kept, name
        return made

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """The handshake of the kept context with our name in place of the driver's."""
        self.handshake = made = self._kept.wrap_bio(incoming, outgoing, server_side, self._name, session)
        if isinstance(made, WatchedTls):
            made.watch = self.watch
        return made


class Relay:
    """One relay (``probes.probe.Relay``)."""

    def __init__(self, context: NamedContext | None, watch: Callable[[bytes], None] | None = None) -> None:
        self.context = context
        self.port = 0
        self.received = 0
        self.fault: OverCap | Malformed | None = None
        """What the target did that the driver cannot say."""
        self._watch = watch
        self._taken = False
        if context is not None and watch is not None:
            context.watch = self._decrypted
        self._far, self._near = _End(self._arrived), _End(lambda data: True)
        self._far.other, self._near.other = self._near, self._far
        self._listener: asyncio.Server | None = None

    @property
    def handshake(self) -> ssl.SSLObject | None:
        """The driver's TLS, once it has begun."""
        return None if self.context is None else self.context.handshake

    async def open(self, connected: socket.socket) -> None:
        """Take over the connected socket and listen for the driver."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self._far, sock=connected)
        self._listener = await loop.create_server(self._accepted, HOST, 0, backlog=1)
        self.port = self._listener.sockets[0].getsockname()[1]

    def close(self) -> None:
        """End both connections at once."""
        if self._listener is not None:
            self._listener.close()
        for end in (self._far, self._near):
            end.abort()

    def _accepted(self) -> asyncio.Protocol:
        if self._taken or self._listener is None:
            return _Refused()
        self._taken = True
        asyncio.get_running_loop().call_soon(self._listener.close)
        return self._near

    def _arrived(self, data: bytes) -> bool:
        """Note bytes of the target. Whether they may be passed on."""
        self.received += len(data)
        if self.received > CAP:
            self.fault = over_cap()
        elif self.context is None and self._watch is not None:
            self._look_at(data)
        if self.fault is not None:
            self.close()
        return self.fault is None

    def _decrypted(self, data: bytes) -> None:
        """Note what TLS gives to the driver. Raises ConnectionAbortedError instead of giving it something wrong."""
        self._look_at(data)
        if self.fault is not None:
            self.close()
            raise ConnectionAbortedError

    def _look_at(self, data: bytes) -> None:
        assert self._watch is not None
        try:
            self._watch(data)
        except Malformed as fault:
            self.fault = fault


class _Refused(asyncio.Protocol):
    """A second connection: there is only one."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


class _End(asyncio.Protocol):
    """One end of a relay: what arrives here, and ``may_pass``, leaves at the other.

    What arrives before the other end is there is kept for it: servers that speak first do so at once. The cap bounds it.
    """

    other: _End

    def __init__(self, may_pass: Callable[[bytes], bool]) -> None:
        self._may_pass = may_pass
        self._transport: Any = None
        self._early = b""
        self._over = False

    @property
    def connected(self) -> bool:
        return self._transport is not None

    def abort(self) -> None:
        """End it at once, also if it is only about to begin."""
        self._over = True
        if self.connected:
            self._transport.abort()

    def finish(self) -> None:
        """End it after what was already said."""
        self._over = True
        if self.connected:
            asyncio.get_running_loop().call_later(LINGER_S, self._transport.close)

    def say(self, data: bytes) -> None:
        """Send, now or as soon as there is somebody; nobody hears it any more once that one has gone."""
        if not self.connected:
            self._early += data
        elif not self._transport.is_closing():  # uvloop raises where asyncio is silent
            self._transport.write(data)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._transport.set_write_buffer_limits(high=HIGH_WATER)
        if self._early:
            self._transport.write(self._early)
        if self._over:
            self.finish()

    def data_received(self, data: bytes) -> None:
        if self._may_pass(data):
            self.other.say(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.other.finish()

    def pause_writing(self) -> None:
        if not self.other._transport.is_closing():
            self.other._transport.pause_reading()

    def resume_writing(self) -> None:
        if not self.other._transport.is_closing():
            self.other._transport.resume_reading()
