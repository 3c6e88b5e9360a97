"""A database server that lets one account in over TLS and answers what a look asks (PostgreSQL's protocol 3.0).

It is a counterpart of the stage's, no database: it knows the three questions and has an answer to each.
"""

from __future__ import annotations

import asyncio
import ssl
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from monitor.stage.listening import Talk
from probes import postgresql

MAX_MESSAGE = 65_536
ASKS_TLS, PROTOCOL = 80_877_103, 196_608
CLEARTEXT, LET_IN = 3, 0
Value: TypeAlias = bool | int | float | str
_TYPES: Mapping[type, tuple[int, int, str]] = MappingProxyType({bool: (16, 1, ">?"), int: (20, 8, ">q"), float: (701, 8, ">d")})
"""The number of a type, its length and its binary form; anything else is text."""
TEXT = 25
SETTINGS = MappingProxyType(
    {
        "server_version": "16.4 (stage)",
        "server_encoding": "UTF8",
        "client_encoding": "UTF8",
        "TimeZone": "UTC",
        "is_superuser": "off",
    }
)
ANSWERS: Mapping[str, Sequence[tuple[Value, ...]]] = MappingProxyType(
    {
        postgresql.ROLE: ((False, SETTINGS["server_version"], True),),
        postgresql.CONNECTIONS: ((7, 97),),
        postgresql.REPLICAS: (("streaming", 0, 0.0),),
    }
)


@dataclass(frozen=True, slots=True)
class Account:
    """Who may log in, to which database."""

    user: str
    password: str
    database: str


def speaks_sql(account: Account, tls: ssl.SSLContext) -> Talk:
    """A talk with one client: TLS, login, questions, until it says goodbye."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if int.from_bytes(await _untyped(reader), "big") != ASKS_TLS:
            writer.write(_error("28000", "this server speaks TLS only"))
            return
        writer.write(b"S")
        await writer.start_tls(tls)
        if not await _logged_in(account, reader, writer):
            writer.write(_error("28P01", "login refused"))
            return
        for name, value in SETTINGS.items():
            writer.write(_message(b"S", _text(name) + _text(value)))
        writer.write(_message(b"K", struct.pack(">ii", 1, 1)) + _READY)
        questions = _Questions()
        while (message := await _typed(reader))[0] != b"X":
            writer.writelines(questions.answers(*message))

    return talk


async def _logged_in(account: Account, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    startup = await _untyped(reader)
    if int.from_bytes(startup[:4], "big") != PROTOCOL:
        raise ValueError("another protocol")
    parts = [part.decode() for part in startup[4:].split(b"\0")]
    said = dict(zip(parts[::2], parts[1::2], strict=False))
    writer.write(_message(b"R", struct.pack(">i", CLEARTEXT)))
    kind, password = await _typed(reader)
    good = kind == b"p" and password.rstrip(b"\0").decode() == account.password
    if good and (said.get("user"), said.get("database")) == (account.user, account.database):
        writer.write(_message(b"R", struct.pack(">i", LET_IN)))
        return True
    return False


class _Questions:
    """The extended query protocol: a question is parsed, described, bound, executed, each step with its answer."""

    def __init__(self) -> None:
        self._rows: Sequence[tuple[Value, ...]] = ()
        self._failed = False

    def answers(self, kind: bytes, body: bytes) -> Iterator[bytes]:
        """What is said to one message. After an error everything but Sync is passed over."""
        if kind == b"S":
            self._failed = False
            yield _READY
        elif not self._failed:
            yield from self._step(kind, body)

    def _step(self, kind: bytes, body: bytes) -> Iterator[bytes]:
        match kind:
            case b"P":
                question = body.split(b"\0")[1].decode()
                self._failed = question not in ANSWERS
                self._rows = ANSWERS.get(question, ())
                yield _error("0A000", "this is a stage, it knows three questions") if self._failed else _message(b"1")
            case b"D":
                yield _message(b"t", struct.pack(">h", 0)) + _described(self._rows[0])
            case b"B":
                yield _message(b"2")
            case b"E":
                limit = int.from_bytes(body[-4:], "big")
                yield from map(_row, self._rows)
                yield _message(b"s") if limit else _message(b"C", _text(f"SELECT {len(self._rows)}"))
            case b"C":
                yield _message(b"3")


def _described(row: Sequence[Value]) -> bytes:
    columns = (_text("value") + struct.pack(">ihihih", 0, 0, *_of_type(value), -1, 1) for value in row)
    return _message(b"T", struct.pack(">h", len(row)) + b"".join(columns))


def _of_type(value: Value) -> tuple[int, int]:
    return _TYPES[type(value)][:2] if type(value) in _TYPES else (TEXT, -1)


def _row(row: Sequence[Value]) -> bytes:
    values = (value.encode() if isinstance(value, str) else struct.pack(_TYPES[type(value)][2], value) for value in row)
    return _message(b"D", struct.pack(">h", len(row)) + b"".join(struct.pack(">i", len(value)) + value for value in values))


def _message(kind: bytes, body: bytes = b"") -> bytes:
    return kind + (len(body) + 4).to_bytes(4, "big") + body


def _text(text: str) -> bytes:
    return text.encode() + b"\0"


def _error(code: str, text: str) -> bytes:
    return _message(b"E", b"".join(_text(part) for part in ("SFATAL", "VFATAL", f"C{code}", f"M{text}")) + b"\0")


_READY = _message(b"Z", b"I")


async def _untyped(reader: asyncio.StreamReader) -> bytes:
    """The body of a message that has no type. Raises ValueError, EOFError."""
    size = int.from_bytes(await reader.readexactly(4), "big")
    if not 8 <= size <= MAX_MESSAGE:
        raise ValueError("no message of PostgreSQL's")
    return await reader.readexactly(size - 4)


async def _typed(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """The next message: its type and its body. Raises ValueError, EOFError."""
    kind = await reader.readexactly(1)
    size = int.from_bytes(await reader.readexactly(4), "big")
    if not 4 <= size <= MAX_MESSAGE:
        raise ValueError("no message of PostgreSQL's")
    return kind, await reader.readexactly(size - 4)
