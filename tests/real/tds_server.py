"""A SQL Server of our own for tests: MS-TDS 7.4 as published, and of SQL only the statements that it is told the answers of.

No real one can be had from the registries. It shares nothing with ``probes/tds*.py``, so that a mistake is not made twice;
FreeTDS's clients are the witnesses that it is a fair one.
"""

from __future__ import annotations

import asyncio
import ssl
import struct
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from servers import serving

USER, PASSWORD, DATABASE = "probe", "canary-secret", "mdm"
LOGIN_FAILED, NO_DATABASE, NO_SUCH_STATEMENT = 18456, 4060, 208
Rows = Sequence[Sequence[str | None]]
LOGIN_FIELDS = ("host", "user", "password", "app", "server", "extension", "library", "language", "database")
OFF, ON, NOT_SUPPORTED, REQUIRED = range(4)


def well(role: str = "READ_WRITE", used: str = "7", limit: str = "32767", may_see: str = "1", status: str = "ONLINE") -> Rows:
    """What a server says of itself."""
    return [["16.0.4135.4", "Developer Edition (64-bit)", status, role, used, limit, may_see]]


@dataclass(frozen=True)
class Login:
    """A LOGIN7, field by field."""

    version: int
    packet_size: int
    flags: bytes
    texts: Mapping[str, str]
    client_id: bytes


@dataclass
class SqlServer:
    """What the server is: ``tables`` answer statements, ``errors`` refuse them; ``at_login`` are errors after every login."""

    tables: dict[str, Rows]
    context: ssl.SSLContext | None = None
    demands_tls: bool = True
    at_login: Sequence[int] = ()
    errors: dict[str, int] = field(default_factory=dict)
    route: bool = False
    sparse: bool = False
    cut: int | None = None
    """Bytes of a packet's content: longer messages are sent in several."""
    speaks_on: bytes = b""
    """Said in clear right behind the handshake, as somebody on the way could."""
    logins: list[Login] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        talk = _Talk(reader, writer, self.cut or 4000)
        offered = OFF if self.context is None else ON if self.demands_tls else OFF
        asked = prelogin_options(await talk.hear(0x12))[1][0]
        agreed = NOT_SUPPORTED if self.context is None else REQUIRED if asked == NOT_SUPPORTED and offered == ON else asked or ON
        await talk.say(prelogin(agreed))
        if agreed == REQUIRED:
            return
        if agreed == ON and self.context is not None:
            await talk.secure(self.context, self.speaks_on)
        login = parsed_login(await talk.hear(0x10))
        self.logins.append(login)
        refused = self._refusals(login)
        await talk.say(greeting(refused, self.route))
        while not refused:
            statement = parsed_batch(await talk.hear(0x01)).strip()
            self.heard.append(statement)
            await talk.say(self._answer(statement))

    def _refusals(self, login: Login) -> Sequence[int]:
        if (login.texts["user"], login.texts["password"]) != (USER, PASSWORD):
            return (LOGIN_FAILED,)
        if login.texts["database"] not in (DATABASE, ""):
            return (NO_DATABASE, LOGIN_FAILED)
        return self.at_login

    def _answer(self, statement: str) -> bytes:
        if statement in self.errors:
            return error(self.errors[statement]) + done(0x02)
        if statement in self.tables:
            return table(self.tables[statement], self.sparse)
        if statement.lower().startswith(("set ", "use ")):
            return done(0)
        return error(NO_SUCH_STATEMENT) + done(0x02)


@asynccontextmanager
async def sql_server(server: SqlServer) -> AsyncIterator[int]:
    """The port of a running server."""
    async with serving(server.serve) as port:
        yield port


class _Talk:
    """Messages of one connection, and TLS inside packets of prelogin."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: int) -> None:
        self._reader, self._writer, self._cut = reader, writer, cut
        self._tls: ssl.SSLObject | None = None
        self._incoming, self._outgoing, self._clear = ssl.MemoryBIO(), ssl.MemoryBIO(), b""

    async def hear(self, kind: int) -> bytes:
        """The content of the next message, which must be of ``kind``."""
        whole, status = b"", 0
        while not status & 1:
            got, status, size = struct.unpack(">BBH4x", await self._exactly(8))
            if got != kind:  # an attention, for one: nothing here takes so long
                raise asyncio.IncompleteReadError(b"", size)
            whole += await self._exactly(size - 8)
        return whole

    async def say(self, content: bytes, kind: int = 0x04) -> None:
        """Send a message, in packets."""
        await self._send(packets(content, kind, self._cut))

    async def secure(self, context: ssl.SSLContext, speaks_on: bytes) -> None:
        """The server's side of the handshake."""
        tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        while True:
            self._incoming.write(await self.hear(0x12))
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                await self.say(self._outgoing.read(), 0x12)
            except ssl.SSLError:
                return  # the client tells why, by an alert
            else:
                break
        await self._send(packets(self._outgoing.read(), 0x12) + speaks_on)
        self._tls = tls

    async def _exactly(self, size: int) -> bytes:
        if self._tls is None:
            return await self._reader.readexactly(size)
        while len(self._clear) < size:
            try:
                self._clear += self._tls.read(65536)
            except ssl.SSLWantReadError:
                if not (data := await self._reader.read(65536)):
                    raise asyncio.IncompleteReadError(b"", size) from None
                self._incoming.write(data)
        taken, self._clear = self._clear[:size], self._clear[size:]
        return taken

    async def _send(self, data: bytes) -> None:
        if self._tls is not None:
            self._tls.write(data)
            data = self._outgoing.read()
        self._writer.write(data)
        await self._writer.drain()


def packets(content: bytes, kind: int = 0x04, cut: int = 4000) -> bytes:
    """A message in packets of ``cut`` bytes."""
    pieces = [content[at : at + cut] for at in range(0, len(content), cut)]
    heads = (
        struct.pack(">BBHHBB", kind, at == len(pieces), len(piece) + 8, 51, at & 0xFF, 0) for at, piece in enumerate(pieces, 1)
    )
    return b"".join(head + piece for head, piece in zip(heads, pieces, strict=True))


def prelogin(agreed: int) -> bytes:
    """Version 16.0.4135 and what was agreed on."""
    return bytes.fromhex("00000b0006 0100110001 ff") + bytes.fromhex("100010270000") + bytes([agreed])


def prelogin_options(data: bytes) -> dict[int, bytes]:
    """What a client's prelogin says, by option."""
    options, at = {}, 0
    while data[at] != 0xFF:
        option, place, size = struct.unpack_from(">BHH", data, at)
        options[option] = data[place : place + size]
        at += 5
    assert len(data) == at + 1 + sum(map(len, options.values()))
    return options


def parsed_login(data: bytes) -> Login:
    """A LOGIN7 (MS-TDS 2.2.6.4), held to its own lengths."""
    total, version, packet_size = struct.unpack_from("<III", data)
    assert total == len(data)
    texts: dict[str, str] = {}
    for number, name in enumerate(LOGIN_FIELDS):
        place, count = struct.unpack_from("<HH", data, 36 + 4 * number)
        assert not count or 94 <= place <= place + 2 * count <= total
        raw = data[place : place + 2 * count]
        if name == "password":
            raw = bytes((byte ^ 0xA5) >> 4 | (byte ^ 0xA5) << 4 & 0xF0 for byte in raw)
        texts[name] = raw.decode("utf-16-le")
    return Login(version, packet_size, data[24:28], texts, data[72:78])


def parsed_batch(data: bytes) -> str:
    """The statement behind the headers of a batch."""
    size = struct.unpack_from("<I", data)[0]
    assert size == 22 and struct.unpack_from("<IH", data, 4) == (18, 2)
    return data[size:].decode("utf-16-le")


def _text(text: str, size: str) -> bytes:
    return struct.pack(size, len(text)) + text.encode("utf-16-le")


def _sized(token: int, body: bytes) -> bytes:
    return bytes([token]) + struct.pack("<H", len(body)) + body


def error(number: int, text: str = "It is so. canary-secret \x1b[31m") -> bytes:
    """ERROR of class 14."""
    return _sized(0xAA, struct.pack("<IBB", number, 1, 14) + _text(text, "<H") + _text("sql1", "<B") + b"\0" + bytes(4))


def done(status: int, rows: int = 0) -> bytes:
    return struct.pack("<BHHQ", 0xFD, status, 0xC1, rows)


def route_to(host: str, port: int) -> bytes:
    """ENVCHANGE 20: go there instead."""
    where = struct.pack("<BH", 0, port) + _text(host, "<H")
    return _sized(0xE3, b"\x14" + struct.pack("<H", len(where)) + where + bytes(2))


def greeting(refused: Sequence[int] = (), route: bool = False) -> bytes:
    """What a login is answered by: errors, or what a session begins with."""
    if refused:
        return b"".join(map(error, refused)) + done(0x02)
    database = _sized(0xE3, b"\x01" + _text(DATABASE, "<B") + _text("master", "<B"))
    told = _sized(0xAB, struct.pack("<IBB", 5701, 2, 0) + _text("Changed database context.", "<H") + b"\0\0" + bytes(4))
    collation = _sized(0xE3, b"\x07\x05" + bytes.fromhex("0904d00034") + b"\0")
    size = _sized(0xE3, b"\x04" + _text("4096", "<B") + _text("4096", "<B"))
    acknowledged = _sized(0xAD, b"\x01\x74\0\0\x04" + _text("Microsoft SQL Server\0\0", "<B") + bytes.fromhex("10001027"))
    elsewhere = route_to("127.0.0.1", 9) if route else b""
    return database + told + collation + size + acknowledged + elsewhere + done(0)


def table(rows: Rows, sparse: bool) -> bytes:
    """A table of nvarchar(60), its columns named c1 and so on; ``sparse`` with a bit for every NULL."""
    width = len(rows[0]) if rows else 1
    made = b"\x81" + struct.pack("<H", width)
    for number in range(width):
        made += struct.pack("<IHBH5s", 0, 0x09, 0xE7, 120, bytes.fromhex("0904d00034")) + _text(f"c{number + 1}", "<B")
    for row in rows:
        made += _sparse(row) if sparse else b"\xd1" + b"".join(map(_value, row))
    return made + done(0x10, len(rows))


def _sparse(row: Sequence[str | None]) -> bytes:
    bits = sum(1 << place for place, value in enumerate(row) if value is None)
    return b"\xd2" + bits.to_bytes((len(row) + 7) // 8, "little") + b"".join(_value(one) for one in row if one is not None)


def _value(value: str | None) -> bytes:
    if value is None:
        return b"\xff\xff"
    raw = value.encode("utf-16-le")
    return struct.pack("<H", len(raw)) + raw
