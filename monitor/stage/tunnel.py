"""The demo's tunnel without root: an IKE daemon that refuses knocks as real ones do, and a host behind it.

While the tunnel is away the host is silent, as it would be behind a real one: nothing refuses a connection into nowhere.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Any, cast

from monitor.stage.listening import HOST, Listening, bound, on_both
from probes.ike import HEADER, IKE_SA_INIT, INITIATOR, NOTIFY, RESPONSE, VERSION_2

INVALID_MAJOR_VERSION, NO_PROPOSAL_CHOSEN = 5, 14
_FILLS = 3
"""Connections that fill the shortest queue there is; later ones are not even refused."""


def refusal(message: bytes) -> bytes | None:
    """What an IKE daemon without any connection says to ``message`` (RFC 7296, 2.5 and 2.7); None to what is no request."""
    if len(message) < HEADER.size:
        return None
    spi, _, _, version, exchange, flags, _, length = HEADER.unpack_from(message)
    if length != len(message) or exchange != IKE_SA_INIT or not flags & INITIATOR or flags & RESPONSE:
        return None
    reason = NO_PROPOSAL_CHOSEN if version >> 4 == VERSION_2 >> 4 else INVALID_MAJOR_VERSION
    body = struct.pack("!BBHBBH", 0, 0, 8, 0, 0, reason)
    return HEADER.pack(spi, bytes(8), NOTIFY, VERSION_2, IKE_SA_INIT, RESPONSE, 0, HEADER.size + len(body)) + body


async def _reached(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """That it is reached is all that is asked of the host."""


class Tunnel:
    """One port: the IKE daemon on UDP, the host behind the tunnel on TCP."""

    def __init__(self, host: Listening) -> None:
        self._host = host
        self._daemon: asyncio.DatagramTransport | None = None
        self._silence: list[socket.socket] = []

    @classmethod
    async def dug(cls) -> Tunnel:
        """A tunnel that is away still. Raises OSError if no port is free on both."""
        return cls(await on_both(_reached))

    @property
    def port(self) -> int:
        """The port of both, the same from construction to release."""
        return self._host.port

    async def open(self) -> None:
        """The daemon answers and the host is reached; nothing happens if they are already."""
        self._speak()
        await self._host.open()
        if self._daemon is None:
            self._daemon, _ = await asyncio.get_running_loop().create_datagram_endpoint(_Refusing, local_addr=(HOST, self.port))

    async def close(self) -> None:
        """The daemon is away, and what is sent to the host gets no answer at all."""
        if self._daemon is None:
            return
        self._daemon.close()
        self._daemon = None
        await self._host.close()
        self._fall_silent()

    async def release(self) -> None:
        """Close for good and give the port back."""
        await self.close()
        self._speak()
        await self._host.release()

    def _fall_silent(self) -> None:
        """Listen with a queue that is full: connections hang."""
        listener = bound(self.port)
        listener.listen(0)
        self._silence = [listener]
        for _ in range(_FILLS):
            fill = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
            fill.connect_ex((HOST, self.port))
            self._silence.append(fill)

    def _speak(self) -> None:
        for held in self._silence:
            held.close()
        self._silence = []


class _Refusing(asyncio.DatagramProtocol):
    """Refuses each knock; what is no request gets silence."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        """Answer one knock."""
        if (answer := refusal(data)) is not None:
            self._transport.sendto(answer, addr)
