"""Client TLS over a connection: no buffer of its own a connection, no wait for the other side's goodbye.

A look needs neither; uvloop's layer brings both, and a look over it costs a sixth more.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from typing import Any

RECORD = 65_536
"""Bytes that are asked of OpenSSL at once; a record holds at most 16 KiB."""


class TlsLine(asyncio.Protocol):
    """Protocol of a TCP connection and transport of ``inner``, which is told of the connection once it is verified."""

    def __init__(self, inner: asyncio.Protocol, context: ssl.SSLContext, server_name: str) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        self.inner, self._unsent, self._closing = inner, bytearray(), False
        self._fault: Exception | None = None
        self.shaken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done after the handshake. Raises ssl.SSLError, OSError."""

    # What the connection tells.

    def connection_made(self, transport: Any) -> None:
        """Begin the handshake."""
        self._transport = transport
        self._shake()

    def data_received(self, data: bytes) -> None:
        """Go on with the handshake, or hand on what was said."""
        self._incoming.write(data)
        if self.shaken.done():
            self._read()
        else:
            self._shake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits; an end without a goodbye is left to the protocol above to judge."""
        if self.shaken.done():
            if not self.shaken.cancelled() and self.shaken.exception() is None:
                self.inner.connection_lost(self._fault or exc)
        else:
            self._failed(exc or ConnectionResetError("closed during the TLS handshake"))

    def pause_writing(self) -> None:
        """The connection is full."""
        self.inner.pause_writing()

    def resume_writing(self) -> None:
        """The connection takes more."""
        self.inner.resume_writing()

    def _shake(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
        except (ssl.SSLError, ValueError) as fault:
            self._flush()  # an alert tells the target why
            self._transport.close()
            self._failed(fault)
        else:
            self.shaken.set_result(None)
            self.inner.connection_made(self)  # type: ignore[arg-type]  # its first words leave with the last of the handshake
            self._flush()
            self._read()

    def _failed(self, fault: Exception) -> None:
        if not self.shaken.done():
            self.shaken.set_exception(fault)
            self.shaken.exception()  # a look that was cancelled takes it no more, and asyncio need not complain

    def _read(self) -> None:
        try:
            while not self._closing and (data := self._tls.read(RECORD)):
                self.inner.data_received(data)
        except ssl.SSLWantReadError:
            self._push()  # perhaps a write waited for what came
        except ssl.SSLZeroReturnError:
            self._ended()
        except ssl.SSLError as fault:
            self._broken(fault)
        else:
            self._ended()

    def _ended(self) -> None:
        """The target said goodbye, or we did. To answer costs a packet that nobody reads."""
        if not self._closing:
            self._closing = True
            self.inner.eof_received()
            self._transport.close()

    def _broken(self, fault: ssl.SSLError) -> None:
        self._fault = fault
        self._flush()
        self._transport.close()

    # What ``inner`` asks.

    def write(self, data: bytes) -> None:
        """Send ``data``."""
        self._unsent += data
        self._push()

    def _push(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: self._tls.write(self._unsent)]
        except ssl.SSLWantReadError:
            pass  # the target wants to negotiate first; its words will be followed by another try
        except ssl.SSLError as fault:
            self._broken(fault)
        else:
            self._flush()

    def _flush(self) -> None:
        if self._outgoing.pending:
            self._transport.write(self._outgoing.read())

    def close(self) -> None:
        """Say goodbye and close, without waiting for an answer."""
        if self._closing:
            return
        self._closing = True
        with contextlib.suppress(ssl.SSLError, ValueError):  # it would wait for the other's goodbye; ours is written
            self._tls.unwrap()
        self._flush()
        self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._closing = True
        self._transport.abort()

    def is_closing(self) -> bool:
        """Whether it was closed by either side."""
        return self._closing or bool(self._transport.is_closing())

    def pause_reading(self) -> None:
        """Take nothing more from the connection; what has arrived is still handed on."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take from the connection again."""
        self._transport.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """``ssl_object``, ``sslcontext``, or what the connection knows."""
        match name:
            case "ssl_object":
                return self._tls
            case "sslcontext":
                return self._tls.context
        return self._transport.get_extra_info(name, default)
