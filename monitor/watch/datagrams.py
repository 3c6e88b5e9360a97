"""Sockets of single datagrams, each connected to one address: UDP, and the ICMP that the kernel lets unprivileged users have."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
from typing import ClassVar

from monitor.watch.causes import refused_by_us
from probes.probe import Failed, down
from sla.state import Cause

LONGEST = 65_535
PING_RANGE = "net.ipv4.ping_group_range"
"""Groups whose members may send echoes, also over IPv6; empty ("1 0") where nobody has set it."""
IP_RECVTTL, IP_RECVERR, IPV6_RECVERR = 12, 11, 25  # linux/in.h and linux/in6.h; the module socket does not name them all
_ERRORS_TOLD = {socket.AF_INET: (socket.IPPROTO_IP, IP_RECVERR), socket.AF_INET6: (socket.IPPROTO_IPV6, IPV6_RECVERR)}
_HOPS_TOLD = {socket.AF_INET: (socket.IPPROTO_IP, IP_RECVTTL), socket.AF_INET6: (socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT)}
_HOPS = {(socket.IPPROTO_IP, socket.IP_TTL), (socket.IPPROTO_IPV6, socket.IPV6_HOPLIMIT)}


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _done(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class ConnectedDatagrams:
    """A connected UDP socket (``probes.probe.Datagrams``)."""

    def __init__(self, address: str, port: int) -> None:
        self._sock = socket.socket(_family(address), socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            self._sock.connect((address, port))
        except OSError:
            self._sock.close()
            raise

    async def send(self, data: bytes) -> None:
        """Send one datagram. Raises Failed(udp_refused) if the port turned out to be closed."""
        try:
            await asyncio.get_running_loop().sock_sendall(self._sock, data)
        except ConnectionRefusedError:
            raise Failed(down(Cause.UDP_REFUSED, "UDP port refused, wanted an answer")) from None

    async def receive(self) -> bytes:
        """The next datagram, whole. Raises Failed(udp_refused) if the port is closed."""
        try:
            return await asyncio.get_running_loop().sock_recv(self._sock, LONGEST)
        except ConnectionRefusedError:
            raise Failed(down(Cause.UDP_REFUSED, "UDP port refused, wanted an answer")) from None

    def close(self) -> None:
        """Give the socket back at once."""
        self._sock.close()


class ConnectedPings:
    """A connected ICMP socket (``probes.probe.Pings``). Raises Failed if the kernel gives us none, OSError without a way."""

    _protocols: ClassVar = {socket.AF_INET: socket.IPPROTO_ICMP, socket.AF_INET6: socket.IPPROTO_ICMPV6}

    def __init__(self, address: str, source: str | None) -> None:
        self.hop_limit: int | None = None
        family = _family(address)
        try:
            self._sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, self._protocols[family])
        except PermissionError:
            raise refused_by_us(f"group {os.getegid()} may not send echoes, wanted it in sysctl {PING_RANGE}") from None
        try:
            self._sock.setsockopt(*_ERRORS_TOLD[family], 1)
            self._sock.setsockopt(*_HOPS_TOLD[family], 1)
            if source is not None:
                self._sock.bind((source, 0))
            self._sock.connect((address, 0))
        except OSError:
            self._sock.close()
            raise

    async def send(self, data: bytes) -> None:
        """Send one ICMP message. Raises OSError where the network refuses it."""
        try:
            await asyncio.get_running_loop().sock_sendall(self._sock, data)
        except OSError:
            self._forget_errors()
            raise

    async def receive(self) -> bytes:
        """The next message that is ours. Raises OSError(EHOSTUNREACH) if the network says that the host cannot be reached."""
        while True:
            await self._readable()
            try:
                data, told, _, _ = self._sock.recvmsg(LONGEST, socket.CMSG_SPACE(4))
            except BlockingIOError:
                continue
            except OSError as fault:
                self._forget_errors()
                if fault.errno in (errno.ENETUNREACH, errno.ECONNREFUSED, errno.EACCES):  # said by a router, not by our kernel
                    raise OSError(errno.EHOSTUNREACH, "host unreachable") from None
                raise
            hops = [int.from_bytes(value, "little") for level, kind, value in told if (level, kind) in _HOPS]
            self.hop_limit = hops[0] if hops else None
            return data

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready: asyncio.Future[None] = loop.create_future()
        loop.add_reader(self._sock, _done, ready)
        try:
            await ready
        finally:
            loop.remove_reader(self._sock)

    def _forget_errors(self) -> None:
        """Empty the queue of ICMP errors: until then the socket would call itself readable for ever."""
        with contextlib.suppress(OSError):
            while True:
                self._sock.recvmsg(0, 0, socket.MSG_ERRQUEUE)

    def close(self) -> None:
        """Give the socket back at once."""
        self._sock.close()
