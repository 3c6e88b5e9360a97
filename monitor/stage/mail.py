"""A mail server up to where a mail would begin: banner, extensions, STARTTLS, a login, goodbye (RFC 5321, 3207, 4954)."""

from __future__ import annotations

import asyncio
import base64
import binascii
import ssl

from monitor.stage.listening import Talk


def speaks_smtp(name: str, user: str, password: str, tls: ssl.SSLContext) -> Talk:
    """A server called ``name``; it offers AUTH PLAIN once TLS stands and takes no mail."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"220 {name} ESMTP stage\r\n".encode())
        secure = False
        while line := (await reader.readline()).decode("ascii").strip():
            verb, _, rest = line.partition(" ")
            match verb.upper():
                case "EHLO":
                    writer.write(_reply(250, name, "AUTH PLAIN" if secure else "STARTTLS"))
                case "STARTTLS" if not secure:
                    writer.write(b"220 go on\r\n")
                    await writer.start_tls(tls)
                    secure = True
                case "AUTH" if secure:
                    good = _plain(rest) == (user, password)
                    writer.write(b"235 welcome\r\n" if good else b"535 login refused\r\n")
                case "QUIT":
                    writer.write(b"221 goodbye\r\n")
                    return
                case _:
                    writer.write(b"502 not spoken here\r\n")
            await writer.drain()

    return talk


def _reply(code: int, *lines: str) -> bytes:
    *first, last = lines
    return "".join([*(f"{code}-{line}\r\n" for line in first), f"{code} {last}\r\n"]).encode()


def _plain(said: str) -> tuple[str, ...]:
    """User and password of ``PLAIN <base64>`` (RFC 4616); nobody if it is none."""
    method, _, text = said.partition(" ")
    try:
        parts = base64.b64decode(text, validate=True).decode().split("\0")
    except (binascii.Error, UnicodeDecodeError):
        return ()
    return tuple(parts[1:]) if method.upper() == "PLAIN" and len(parts) == 3 else ()
