"""TLS of ours over real connections: both protocols, both loops, and peers that end in every way."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import trustme

from monitor.watch.tls import TlsLine

LOOPS = ("asyncio", "uvloop")
CA = trustme.CA()
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def client(version: ssl.TLSVersion | None = None, ca: trustme.CA = CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ca.configure_trust(context)
    if version is not None:
        context.maximum_version = version
    return context


def server() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CA.issue_cert("localhost").configure_cert(context)
    return context


class Peers:
    """Servers of one test; ``line`` is a client's stream to one of them."""

    def __init__(self) -> None:
        self._servers: list[asyncio.Server] = []
        self._transports: list[asyncio.BaseTransport] = []

    async def port(self, serve: Serve, secure: bool = True) -> int:
        made = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server() if secure else None)
        self._servers.append(made)
        return int(made.sockets[0].getsockname()[1])

    async def line(
        self, port: int, context: ssl.SSLContext, name: str = "localhost"
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        inner = asyncio.StreamReaderProtocol(reader, loop=loop)
        line = TlsLine(inner, context, name)
        transport, _ = await loop.create_connection(lambda: line, "127.0.0.1", port)
        self._transports.append(transport)
        await line.shaken
        return reader, asyncio.StreamWriter(line, inner, reader, loop)  # type: ignore[arg-type]  # a transport by its looks

    async def close(self) -> None:
        for transport in self._transports:
            transport.close()
        for made in self._servers:
            made.close()
            await made.wait_closed()


@pytest.fixture
async def peers() -> AsyncIterator[Peers]:
    made = Peers()
    yield made
    await made.close()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
        await writer.drain()
    writer.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_everything_arrives_in_order_also_when_both_sides_are_full(peers: Peers, version: ssl.TLSVersion) -> None:
    reader, writer = await peers.line(await peers.port(echo), client(version))
    sent = bytes(range(256)) * 16_384

    async def say() -> None:
        for begin in range(0, len(sent), 100_000):
            writer.write(sent[begin : begin + 100_000])
            await writer.drain()

    _, heard = await asyncio.gather(say(), reader.readexactly(len(sent)))
    assert heard == sent
    assert writer.get_extra_info("ssl_object").version() == version.name.replace("_", ".")
    writer.close()


async def test_a_goodbye_ends_the_stream(peers: Peers) -> None:
    async def last_words(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"bye")
        writer.close()

    reader, _ = await peers.line(await peers.port(last_words), client())
    assert await reader.read() == b"bye"


async def test_our_goodbye_ends_the_peers(peers: Peers) -> None:
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.set_result(await reader.read())
        writer.close()

    _, writer = await peers.line(await peers.port(listen), client())
    writer.write(b"that was all")
    writer.close()
    assert await heard == b"that was all"


async def test_an_end_without_goodbye_is_an_end(peers: Peers) -> None:
    async def fall(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"half")
        await writer.drain()
        await reader.read(1)
        writer.transport.abort()

    reader, writer = await peers.line(await peers.port(fall), client())
    assert await reader.readexactly(4) == b"half"
    writer.write(b".")
    with contextlib.suppress(ConnectionResetError):  # an abort may reach us as a reset
        assert await reader.read() == b""


@pytest.mark.parametrize(
    ("name", "ca", "reason"),
    [("other.example", CA, "Hostname mismatch"), ("localhost", trustme.CA(), "unable to get local issuer")],
)
async def test_who_is_not_whom_we_wanted_is_refused_before_a_word(peers: Peers, name: str, ca: trustme.CA, reason: str) -> None:
    heard = []

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read())

    with pytest.raises(ssl.SSLCertVerificationError, match=reason):
        await peers.line(await peers.port(listen), client(ca=ca), name)
    assert not any(heard)


async def test_a_peer_that_speaks_no_tls(peers: Peers) -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ready\r\n")
        await reader.read()
        writer.close()

    with pytest.raises(ssl.SSLError, match="WRONG_VERSION_NUMBER"):
        await peers.line(await peers.port(greet, secure=False), client())


async def test_a_peer_that_hangs_up_in_the_handshake(peers: Peers) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.close()

    with pytest.raises(ConnectionError):
        await peers.line(await peers.port(hang_up, secure=False), client())


async def test_rubbish_after_the_handshake_is_a_fault_of_tls(peers: Peers) -> None:
    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """An honest server behind one that spoils what comes after the handshake."""
        behind, beyond = await asyncio.open_connection("127.0.0.1", honest)

        async def back() -> None:
            while data := await behind.read(65_536):
                writer.write(b"\x17\x03\x03\x00\x10" + bytes(16) if spoilt.is_set() else data)

        pump = asyncio.create_task(back())
        while data := await reader.read(65_536):
            beyond.write(data)
        pump.cancel()
        beyond.close()
        writer.close()

    spoilt = asyncio.Event()
    honest = await peers.port(echo)
    reader, writer = await peers.line(await peers.port(forward, secure=False), client())
    writer.write(b"one")
    assert await reader.readexactly(3) == b"one"
    spoilt.set()
    writer.write(b"two")
    with pytest.raises(ssl.SSLError):
        await reader.read(3)
    writer.close()


async def test_one_who_leaves_in_the_handshake_leaves_nothing_behind(peers: Peers) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    port = await peers.port(silent, secure=False)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await peers.line(port, client())
