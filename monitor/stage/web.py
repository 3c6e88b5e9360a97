"""As much of HTTP/1.1 as the stage speaks: one GET a connection, small bodies, both ways."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

MAX_ANSWER = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back: a status and a JSON body."""

    status: int
    body: bytes


def answer(status: int, document: Mapping[str, object]) -> Answer:
    """``document`` as a JSON answer."""
    return Answer(status, json.dumps(document, sort_keys=True).encode() + b"\n")


async def asked_path(reader: asyncio.StreamReader) -> str:
    """The path of the request on ``reader``. Raises ValueError if it is no GET or HEAD, EOFError if it breaks off."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as fault:
        raise ValueError("request head too long") from fault
    method, path, *_ = head.split(b"\r\n", 1)[0].decode("ascii").split(" ")
    if method not in ("GET", "HEAD"):
        raise ValueError(f"method {method} is not spoken here")
    return path.partition("?")[0]


def send(writer: asyncio.StreamWriter, reply: Answer) -> None:
    """Write ``reply`` with the headers that end the connection after it."""
    phrase = HTTPStatus(reply.status).phrase
    writer.write(
        f"HTTP/1.1 {reply.status} {phrase}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(reply.body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n".encode()
        + reply.body
    )


async def fetch(host: str, port: int, path: str, tls: ssl.SSLContext | None, method: str = "GET") -> Answer:
    """What host:port answers to ``method`` ``path`` without a body.

    Raises OSError if nobody answers, ValueError if what comes is no HTTP.
    """
    reader, writer = await asyncio.open_connection(host, port, ssl=tls)
    try:
        length = "Content-Length: 0\r\n" if method == "POST" else ""
        writer.write(f"{method} {path} HTTP/1.1\r\nHost: {host}:{port}\r\n{length}Connection: close\r\n\r\n".encode())
        head, _, body = (await _whole(reader)).partition(b"\r\n\r\n")
    finally:
        writer.close()
    version, status, *_ = head.split(b"\r\n", 1)[0].split(b" ")
    if not version.startswith(b"HTTP/1."):
        raise ValueError("no HTTP answer")
    return Answer(int(status), body)


async def _whole(reader: asyncio.StreamReader) -> bytes:
    """Everything until the end, at most MAX_ANSWER bytes."""
    seen = b""
    while part := await reader.read(MAX_ANSWER):
        seen += part
        if len(seen) > MAX_ANSWER:
            raise ValueError("answer too long")
    return seen
