"""A browser's memory for one look: cookies, connections, HTTP/2, all through the gate. The one home of httpx.

httpx is given a way out that is ours: it resolves nothing and opens nothing, and every byte it reads is counted. What it
does not bound (time, header, decompression) is bounded here or by the runner.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from typing import Any, cast

import httpcore
import httpx
from h2.exceptions import H2Error

from probes.probe import Conversation, Failed, Gate, Malformed, Tls, WebAnswer, WebRequest, WebSettings, cannot_look, down
from probes.target import shown
from probes.url import agent
from sla.state import Cause

for _talkative in ("httpx", "httpcore", "hpack"):  # they would log addresses and headers, with what is in them
    logging.getLogger(_talkative).setLevel(logging.WARNING)

CAP = 12 << 20
"""Bytes of one connection: ten answers of 1 MiB and their headers, with room."""
_BROKEN = (httpcore.RemoteProtocolError, httpcore.LocalProtocolError, httpx.HTTPError, httpx.InvalidURL, H2Error)
"""What the libraries raise for an answer that breaks the protocol; inside a body httpcore lets h2's own errors through."""
_UNREACHED = frozenset({500, 502, 503, 504})
_BREAKS = ("disconnected", "closed", "terminated", "bodylength")
"""Words of httpcore for a connection that ended too soon; its other complaints are of bytes that break the protocol."""


class Web:
    """One visitor (``probes.probe.Web``): what he is told in one answer he brings along to the next."""

    def __init__(self, gate: Gate, settings: WebSettings) -> None:
        pool = httpcore.AsyncConnectionPool(
            ssl_context=gate.trust(settings.tls),
            proxy=httpcore.Proxy(settings.proxy) if settings.proxy else None,
            http2=settings.http2,
            retries=0,
            network_backend=_Way(gate, settings),
        )
        self._client = httpx.AsyncClient(transport=_Transport(pool), trust_env=False, follow_redirects=False, timeout=None)  # noqa: S113 (the runner holds the deadline)

    async def ask(self, request: WebRequest) -> WebAnswer:
        """One request and its answer. Raises Failed, Malformed, OverCap, OSError, EOFError."""
        written = self._client.build_request(request.method, request.url, content=request.body)
        told = {"User-Agent": agent(), "Accept": "*/*", "Accept-Encoding": "identity", **dict(request.headers)}
        written.headers.update({name.encode("ascii"): value.encode() for name, value in told.items()})
        written.headers.encoding = "utf-8"  # a saved value may be anything printable
        try:
            return await self._answer(written, request.limit)
        except _BROKEN as fault:
            raise _said(f"{type(fault).__name__} {fault}") from None
        except httpcore.ProxyError as fault:
            raise Failed(_of_proxy(str(fault))) from None

    async def _answer(self, written: httpx.Request, limit: int) -> WebAnswer:
        response = await self._client.send(written, stream=True)
        try:
            line = response.extensions.get("network_stream")
            body, whole = await _body(response, limit)
        finally:
            await response.aclose()
        return WebAnswer(
            response.status_code,
            response.http_version.removeprefix("HTTP/"),
            {name.lower(): value for name, value in response.headers.items()},
            body,
            whole,
            None if line is None else line.get_extra_info("ssl_object"),
        )


async def _body(response: httpx.Response, limit: int) -> tuple[bytes, bool]:
    """The decoded body up to ``limit`` bytes, and whether that is all of it. Raises Malformed."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    decoder = zlib.decompressobj(47) if encoding in ("gzip", "x-gzip", "deflate") else None
    parts, left = [], limit
    async for data in response.aiter_raw():
        try:
            part = data if decoder is None else decoder.decompress(data, left + 1)
        except zlib.error:
            raise Malformed(f"body is not {encoding}, which its header says") from None
        parts.append(part[:left])
        left -= len(part)
        if left < 0:
            return b"".join(parts), False
    return b"".join(parts), True


def _said(fault: str) -> Exception:
    if any(word in fault.lower() for word in _BREAKS):
        return EOFError("closed before the answer was complete")
    return Malformed(f"answer is no HTTP ({shown(fault, 80)})")


def _of_proxy(said: str) -> Any:
    """A proxy that could not reach the target speaks of the target; any other no is of our own way out."""
    status = int(said[:3]) if said[:3].isdigit() else 0
    if status in _UNREACHED:
        return down(Cause.TCP_UNREACHABLE, f"the proxy could not reach it ({status})")
    return cannot_look(f"the proxy refused the way ({shown(said, 80)}), wanted it open")


class _Way(httpcore.AsyncNetworkBackend):
    """Connections through the gate. Where no address of the operator's leads, only public places are open."""

    def __init__(self, gate: Gate, settings: WebSettings) -> None:
        self._gate, self._settings = gate, settings

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A counted stream to one vetted address."""
        ours = self._settings.proxy is not None or (host, port) in self._settings.ours
        found = await (self._gate.addresses(host, self._settings.family) if ours else self._gate.foreign(host, port))
        return _Line(await self._gate.stream(found[0], port, None, CAP), self._settings.tls)


class _Line(httpcore.AsyncNetworkStream):
    """One of our streams as httpcore wants it."""

    def __init__(self, stream: Conversation, tls: Tls) -> None:
        self._stream, self._tls = stream, tls

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Up to ``max_bytes``; empty at the end."""
        return await self._stream.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it. One who stops listening may have said why: httpcore reads on after its own WriteError."""
        try:
            if buffer:
                await self._stream.write(buffer)
        except ConnectionError as fault:
            raise httpcore.WriteError from fault

    async def aclose(self) -> None:
        """Give it back."""
        self._stream.close()

    async def start_tls(
        self, ssl_context: object, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Go on over TLS by the look's own trust, under the name of the URL."""
        await self._stream.start_tls(replace(self._tls, server_name=server_hostname or self._tls.server_name))
        return self

    def get_extra_info(self, info: str) -> Any:
        """``is_readable`` means to httpcore: an idle connection that has ended."""
        return self._stream.ended if info == "is_readable" else self._stream.get_extra_info(info)


class _Transport(httpx.AsyncBaseTransport):
    """httpx over a pool of ours; nothing is caught, so that what is raised below says what happened."""

    def __init__(self, pool: httpcore.AsyncConnectionPool) -> None:
        self._pool = pool

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange."""
        url = request.url
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        stream = _Stream(cast(AsyncIterator[bytes], answer.stream))
        return httpx.Response(answer.status, headers=answer.headers, stream=stream, extensions=answer.extensions)


class _Stream(httpx.AsyncByteStream):
    """The body as it comes."""

    def __init__(self, parts: Any) -> None:
        self._parts = parts

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._parts:
            yield part

    async def aclose(self) -> None:
        """Give the connection back to the pool, or close it if the body was not read to its end."""
        await self._parts.aclose()
