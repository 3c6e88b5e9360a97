"""A line: one connected, counted, blocking socket for a library that cannot do without, in a thread of its own.

The loop connects it and keeps a guard, a second handle of the same connection: shutting that one down makes the
thread's ``recv`` return at once. Without the guard a server that is frozen in the TLS handshake could not be cut,
because wrapping detaches the first handle. The thread alone closes the socket: if the loop did, its number could
already belong to somebody else's connection when the thread reads on.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Callable
from typing import Any

from probes.probe import OverCap

CAP = 1 << 20
"""Bytes that a thread may read of one target; decrypted where it speaks TLS."""


class CountedSocket(socket.socket):
    """A socket whose ``recv`` takes at most ``left`` bytes in all."""

    left = CAP

    def recv(self, size: int, flags: int = 0) -> bytes:
        """As ever, until the cap. Raises OSError beyond it; the line knows better (``fault``)."""
        return _counted(self, super().recv(min(size, self.left + 1), flags))


class CountedTls(ssl.SSLSocket):
    """The same over TLS: what is counted is decrypted."""

    left = CAP

    def recv(self, size: int = 1024, flags: int = 0) -> bytes:
        """As ever, until the cap. Raises OSError beyond it; the line knows better (``fault``)."""
        return _counted(self, super().recv(min(size, self.left + 1), flags))


class WatchedTls(ssl.SSLObject):
    """TLS on the loop; ``watch`` sees what is decrypted before it is handed out, and may raise OSError."""

    watch: Callable[[bytes], None] | None = None

    def read(self, len: int = 1024, buffer: Any = None) -> Any:
        """As ever."""
        got = super().read(len, buffer)
        if self.watch is not None:
            self.watch(got if isinstance(got, bytes) else bytes(memoryview(buffer)[:got]))
        return got


def over_cap() -> OverCap:
    """What a target is told of that sends more than ``CAP`` bytes."""
    return OverCap(f"sent more than {CAP} bytes, wanted less")


def _counted(sock: CountedSocket | CountedTls, data: bytes) -> bytes:
    sock.left -= len(data)
    if sock.left < 0:
        raise OSError("over the cap")
    return data


class Line:
    """One line (``probes.probe.Line``). ``socket`` is the one of the moment: after ``secure`` it speaks TLS."""

    def __init__(self, connected: socket.socket, context: ssl.SSLContext | None, server_name: str) -> None:
        connected.setblocking(True)
        self._guard = connected.dup()
        self.socket: CountedSocket | CountedTls = CountedSocket(fileno=connected.detach())
        self._context, self._server_name = context, server_name
        self.taken = False
        """Whether a thread has it: from then on only that thread closes the socket."""

    @property
    def fault(self) -> OverCap | None:
        """What the target did that the library cannot say."""
        return over_cap() if self.socket.left < 0 else None

    def secure(self) -> None:
        """Do the verified TLS handshake. Raises ssl.SSLError, OSError."""
        if self._context is None:
            raise ValueError("this line was opened without TLS")
        wrapped = self._context.wrap_socket(self.socket, server_hostname=self._server_name)
        if not isinstance(wrapped, CountedTls):
            raise TypeError("context makes sockets that do not count")
        self.socket = wrapped

    def close(self) -> None:
        """From the loop: cut the connection, which frees the thread."""
        with contextlib.suppress(OSError):
            self._guard.shutdown(socket.SHUT_RDWR)
        self._guard.close()
        if not self.taken:
            self.socket.close()
