"""A lean HTTP/1 client for one request: a core without I/O (bytes in, answer out) and the asyncio Protocol around it.

The parser (llhttp) refuses conflicting lengths, folded headers and HTTP/0.9 by itself, but has no limit on headers and
does not say whether an answer that ends with the connection is whole: both are decided here.
"""

from __future__ import annotations

import asyncio
import ssl
import zlib
from email.utils import parsedate_to_datetime
from typing import Any

import httptools

from probes.probe import Malformed, OverCap
from probes.target import shown

MAX_HEADER = 64 << 10
"""Raw bytes of header, chunk extensions and trailers that an answer may have."""
CHUNK_FRAMING = 24
"""Bytes of framing that every chunk may have on top: size line and line ends."""


class Answer:
    """The answer to one request, built up by ``feed``. ``limit`` bounds the decoded body in bytes.

    With ``whole`` a body above ``limit`` raises OverCap; without, reading simply stops there.
    """

    __slots__ = (
        "_chunked", "_chunks", "_decoder", "_fault", "_head", "_left", "_parser", "_parts", "_raw", "_taken", "_whole",
        "complete", "encoding", "length", "location", "modified", "size", "started", "status", "version",
    )  # fmt: skip

    def __init__(self, method: str, limit: int, whole: bool) -> None:
        self._head, self._left, self._whole = method == "HEAD", limit, whole
        self._raw = self._taken = self._chunks = 0
        self._fault: Exception | None = None
        self._decoder: Any = None
        self._parts: list[bytes] = []
        self._chunked = False
        self.started = self.complete = False
        self.status, self.version, self.size = 0, "", 0
        self.length: int | None = None
        self.location = self.encoding = self.modified = ""
        self._parser = httptools.HttpResponseParser(self)

    @property
    def body(self) -> bytes:
        """The decoded body as far as it was read."""
        return b"".join(self._parts)

    def feed(self, data: bytes) -> bool:
        """Take bytes from the wire; True once the answer is complete. Raises Malformed or OverCap."""
        if self.complete:
            return True
        self._raw += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.status, self.complete = self._parser.get_status_code(), True
        except httptools.HttpParserError as fault:
            if not self.complete and self._fault is None:
                raise Malformed(f"answer is no HTTP/1 ({shown(str(fault), 80)})") from None
        if self._fault is not None:
            raise self._fault
        if not self.complete and self._raw - self._taken - self._chunks * CHUNK_FRAMING > MAX_HEADER:
            raise Malformed(f"more than {MAX_HEADER} bytes of header, wanted at most that")
        return self.complete

    def end(self) -> None:
        """The connection ended. Raises ConnectionResetError unless the answer is complete by that."""
        if self.complete:
            return
        if not self.started or self._chunked or self.length is not None:
            raise ConnectionResetError(f"closed after {self._raw} bytes, before the answer was complete")
        self._finish()
        if self._fault is not None:
            raise self._fault

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header from the parser."""
        match name.lower():
            case b"content-length":
                self.length = int(value) if value.isdigit() and len(value) < 19 else None
            case b"transfer-encoding":
                self._chunked = True
            case b"content-encoding":
                self.encoding = shown(value.strip().lower(), 40)
            case b"location":
                self.location = shown(value, 1_000)
            case b"last-modified":
                self.modified = shown(value, 80)

    def on_headers_complete(self) -> None:
        """Status and headers are there; 1xx answers come before the real one."""
        self.status, self.version = self._parser.get_status_code(), self._parser.get_http_version()
        if 100 <= self.status < 200:
            return
        self.started = True
        if self.encoding in ("gzip", "x-gzip", "deflate"):
            self._decoder = zlib.decompressobj(47)
        if self._head:
            self.complete = True

    def on_chunk_header(self) -> None:
        """A chunk begins: its framing is no header."""
        self._chunks += 1

    def on_body(self, data: bytes) -> None:
        """Part of the body as sent; decoded under the limit."""
        self._taken += len(data)
        if self.complete or self._fault is not None:
            return
        if self._decoder is not None:
            try:
                data = self._decoder.decompress(data, self._left + 1)
            except zlib.error:
                self._fault = Malformed(f"body is not {self.encoding}, which its header says")
                return
        if len(data) > self._left:
            self._overflow(data[: self._left])
            return
        self._keep(data)

    def on_message_complete(self) -> None:
        """The parser saw the end of a message."""
        if self.started and self._fault is None and not self.complete:
            self._finish()

    def _keep(self, data: bytes) -> None:
        self._left -= len(data)
        self.size += len(data)
        self._parts.append(data)

    def _overflow(self, last: bytes) -> None:
        self._keep(last)
        if self._whole:
            self._fault = OverCap(f"body is longer than {self.size} bytes, wanted the whole of it")
        else:
            self.complete = True

    def _finish(self) -> None:
        if self._decoder is not None and self._taken and not self._decoder.eof:
            self._fault = Malformed(f"body ended inside its {self.encoding}")
            return
        self.complete = True


def instant_of(date: str) -> int | None:
    """Unix seconds of an HTTP date (RFC 9110, 5.6.7), or None if it is none."""
    if not date:  # as most answers: a fault thrown and caught costs a look a thirtieth
        return None
    try:
        return int(parsedate_to_datetime(date).timestamp())
    except (ValueError, TypeError, OverflowError):
        return None


class Exchange(asyncio.Protocol):
    """One connection, one request, one answer. ``first`` is done at the first byte, ``done`` when the answer is complete."""

    __slots__ = ("_answer", "_request", "done", "first")

    def __init__(self, request: bytes, answer: Answer) -> None:
        loop = asyncio.get_running_loop()
        self._request, self._answer = request, answer
        self.first: asyncio.Future[None] = loop.create_future()
        self.done: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the request at once."""
        assert isinstance(transport, asyncio.WriteTransport) or hasattr(transport, "write")
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Bytes arrived."""
        if self.done.done():
            return
        try:
            complete = self._answer.feed(data)
        except (Malformed, OverCap) as fault:
            self._fail(fault)
        else:
            self._open_first()
            if complete:
                self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone: perhaps that is how the answer ends."""
        if self.done.done():
            return
        if exc is not None and not isinstance(exc, ssl.SSLEOFError):
            self._fail(exc)
            return
        try:
            self._answer.end()
        except (Malformed, ConnectionResetError) as fault:
            self._fail(fault)
        else:
            self._open_first()
            self.done.set_result(None)

    def _open_first(self) -> None:
        if not self.first.done():
            self.first.set_result(None)

    def _fail(self, fault: Exception) -> None:
        self._open_first()
        self.done.set_exception(fault)
        # Whoever waits gets it; a look that was cancelled does not, and asyncio need not complain of that.
        self.done.exception()
