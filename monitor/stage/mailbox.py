"""The demo's mailbox: a mail server that takes every letter, for whomever, and keeps the newest of them in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from monitor.stage.listening import Talk

MOST = 200
"""Letters kept; a demo that runs for days forgets the oldest."""
LARGEST = 1 << 20
"""Bytes of a letter: far more than any of ours."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter as it came; its ``number`` is 1 for the first."""

    number: int
    recipient: str
    raw: bytes

    @property
    def message(self) -> EmailMessage:
        """The letter taken apart."""
        found = message_from_bytes(self.raw, policy=default)
        assert isinstance(found, EmailMessage)
        return found

    @property
    def subject(self) -> str:
        """What it is about."""
        return str(self.message["Subject"] or "(no subject)")

    def text(self, content_type: str) -> str | None:
        """Its first part of that type, in lines of text; None if there is none."""
        found = next((part for part in self.message.walk() if part.get_content_type() == content_type), None)
        return None if found is None else str(found.get_content()).replace("\r\n", "\n")


class Mailbox:
    """Everybody's letters, newest last."""

    def __init__(self) -> None:
        self._letters: list[Letter] = []
        self._count = 0

    @property
    def letters(self) -> tuple[Letter, ...]:
        """Those that are kept."""
        return tuple(self._letters)

    def find(self, number: int) -> Letter | None:
        """One of them."""
        return next((one for one in self._letters if one.number == number), None)

    def take(self, recipient: str, raw: bytes) -> None:
        """Keep one more."""
        self._count += 1
        self._letters = [*self._letters, Letter(self._count, recipient, raw)][-MOST:]


def takes_mail(name: str, keep: Callable[[str, bytes], None]) -> Talk:
    """A server called ``name`` (RFC 5321, without extensions) that hands ``keep`` each letter, once for each recipient."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"220 {name} ESMTP stage\r\n".encode())
        recipients: list[str] = []
        while line := (await reader.readline()).decode("ascii").strip():
            match line[:4].upper():
                case "EHLO" | "HELO":
                    writer.write(f"250 {name}\r\n".encode())
                case "MAIL" | "RSET":
                    recipients = []
                    writer.write(b"250 go on\r\n")
                case "RCPT":
                    recipients.append(line.partition("<")[2].partition(">")[0])
                    writer.write(b"250 known here\r\n")
                case "DATA":
                    writer.write(b"354 until a dot\r\n")
                    raw = await _body(reader)
                    for recipient in recipients:
                        keep(recipient, raw)
                    writer.write(b"250 kept\r\n")
                case "QUIT":
                    writer.write(b"221 goodbye\r\n")
                    return
                case _:
                    writer.write(b"502 not spoken here\r\n")
            await writer.drain()

    return talk


async def _body(reader: asyncio.StreamReader) -> bytes:
    """The letter up to the dot, its doubled dots single again. Raises ValueError if it does not end."""
    found = bytearray()
    while (line := await reader.readline()) != b".\r\n":
        if not line or len(found) > LARGEST:
            raise ValueError("a letter without end")
        found += line.removeprefix(b".")
    return bytes(found)
