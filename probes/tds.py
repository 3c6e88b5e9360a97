"""What a client of Microsoft SQL Server says and how messages are framed: MS-TDS 7.2 to 7.4, as far as a look needs it.

Numbers of the framing and of the prelogin are big-endian, those of the login and of batches little-endian; texts are UTF-16.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from probes.probe import Conversation, Malformed
from probes.sql import Login

BATCH, ANSWER, LOGIN, PRELOGIN = 0x01, 0x04, 0x10, 0x12
"""Kinds of a packet (MS-TDS 2.2.3.1.1)."""
HEAD, END = 8, 0x01
MAX_MESSAGE = 64 << 10
"""Bytes of one message: the longest answer that we ask for, of a hundred replicas, has some 20 KiB."""
PACKET = 4096
"""Bytes of a packet that we ask for; what we say always fits into one."""
TLS_OFF, TLS_ON, TLS_NONE, TLS_DEMANDED = 0, 1, 2, 3
"""What each side says of encryption. ``OFF`` would still encrypt the login, and nothing after it."""
_VERSION_7_4 = 0x7400_0004
_OPTION_VERSION, _OPTION_ENCRYPTION, _OPTION_INSTANCE, _OPTION_THREAD, _OPTION_MARS, _OPTIONS_END = 0, 1, 2, 3, 4, 0xFF
_FATAL_DATABASE, _TELL_DATABASE, _TELL_LANGUAGE = 0x40, 0x20, 0x80
_ANSI_DEFAULTS, _READ_ONLY_INTENT = 0x02, 0x20
_ENGLISH = 0x0409
_LOGIN_HEAD = 94
_OURSELVES = "threenines"


def packet(kind: int, payload: bytes) -> bytes:
    """One message of one packet."""
    return struct.pack(">BBHHBB", kind, END, HEAD + len(payload), 0, 1, 0) + payload


def prelogin(encryption: int) -> bytes:
    """What we offer before TLS and login: our wish for encryption, no instance by name, one session a connection."""
    options = {
        _OPTION_VERSION: bytes(6),
        _OPTION_ENCRYPTION: bytes([encryption]),
        _OPTION_INSTANCE: b"\0",
        _OPTION_THREAD: bytes(4),
        _OPTION_MARS: b"\0",
    }
    at, places = 5 * len(options) + 1, b""
    for option, value in options.items():
        places += struct.pack(">BHH", option, at, len(value))
        at += len(value)
    return places + bytes([_OPTIONS_END]) + b"".join(options.values())


def encryption(answer: bytes) -> int:
    """What the server says of encryption in its prelogin; nothing means that it has none. Raises Malformed."""
    at, said = 0, TLS_NONE
    while answer[at : at + 1] != bytes([_OPTIONS_END]):
        if len(answer) - at < 5:
            raise Malformed("prelogin ends within its options, wanted an end of them")
        option, place, size = struct.unpack_from(">BHH", answer, at)
        if place + size > len(answer):
            raise Malformed(f"option {option} of the prelogin lies beyond its end")
        if option == _OPTION_ENCRYPTION and size:
            said = answer[place]
        at += 5
    return said


def login(who: Login) -> bytes:
    """LOGIN7 with a password of the server's own accounts (MS-TDS 2.2.6.4). It tells nothing of our machine."""
    texts = (_OURSELVES, who.user, who.password or "", _OURSELVES, who.server, "", _OURSELVES, "", who.database)
    fields = [text.encode("utf-16-le") for text in texts]
    fields[2] = bytes(((byte << 4 | byte >> 4) & 0xFF) ^ 0xA5 for byte in fields[2])  # no secrecy: TLS is for that
    at, places = _LOGIN_HEAD, b""
    for field in fields:
        places += struct.pack("<HH", at, len(field) // 2)
        at += len(field)
    no_text = struct.pack("<HH", at, 0)
    intent = _READ_ONLY_INTENT if who.read_only else 0
    head = struct.pack("<IIIIII", at, _VERSION_7_4, PACKET, 0, 0, 0)
    flags = bytes([_TELL_LANGUAGE | _FATAL_DATABASE | _TELL_DATABASE, _ANSI_DEFAULTS, intent, 0])
    where = struct.pack("<iI", 0, _ENGLISH)
    machine = bytes(6)
    return head + flags + where + places + machine + 3 * no_text + bytes(4) + b"".join(fields)


def batch(statement: str) -> bytes:
    """A statement, outside of any transaction of ours."""
    return struct.pack("<IIHQI", 22, 18, 2, 0, 1) + statement.encode("utf-16-le")


class Messages:
    """Puts the server's packets together. ``feed`` it, ``take`` from it."""

    def __init__(self) -> None:
        self._rest = b""
        self._parts: list[bytes] = []

    @property
    def begun(self) -> bool:
        """Whether more has arrived than was taken."""
        return bool(self._rest or self._parts)

    def feed(self, data: bytes) -> None:
        """Bytes arrived."""
        self._rest += data

    def take(self, kinds: Sequence[int]) -> bytes | None:
        """The next whole message, of packets of ``kinds``; None until there is one. Raises Malformed."""
        while self._rest:
            if self._rest[0] not in kinds:
                raise Malformed(f"packet of kind {self._rest[0]:#04x}, wanted {' or '.join(f'{kind:#04x}' for kind in kinds)}")
            if len(self._rest) < HEAD:
                return None
            _, status, size = struct.unpack_from(">BBH", self._rest)
            if size < HEAD:
                raise Malformed(f"packet of {size} bytes, wanted at least {HEAD}")
            if len(self._rest) < size:
                return None
            self._parts.append(self._rest[HEAD:size])
            self._rest = self._rest[size:]
            if sum(map(len, self._parts)) > MAX_MESSAGE:
                raise Malformed(f"message of more than {MAX_MESSAGE} bytes, wanted a short answer")
            if status & END:
                whole, self._parts = b"".join(self._parts), []
                return whole
        return None


class Flights:
    """The flights of a TLS handshake, which TDS wraps into packets of a prelogin. ``messages`` are those of the connection."""

    def __init__(self, stream: Conversation, messages: Messages) -> None:
        self._stream, self._messages = stream, messages

    async def write(self, data: bytes) -> None:
        """Send a flight, if there is one."""
        if data:
            await self._stream.write(packet(PRELOGIN, data))

    async def read(self) -> bytes:
        """The server's next flight; ``b""`` at the end. Raises Malformed, OverCap."""
        while (flight := self._messages.take((PRELOGIN, ANSWER))) is None:
            data = await self._stream.read()
            if not data:
                return b""
            self._messages.feed(data)
        return flight
