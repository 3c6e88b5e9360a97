"""The administrators' console of the managed product: a login page, the form it wants back, and what lies behind."""

from __future__ import annotations

import asyncio
import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qs

from monitor.stage.listening import Talk

MAX_FORM = 4_096
_COOKIE = "console"


@dataclass(frozen=True, slots=True)
class Account:
    """Who may log in."""

    user: str
    password: str


def console(account: Account) -> Talk:
    """A console of one account: ``/login`` gives and takes the form, ``/console`` is open to who has logged in.

    Sessions and the tokens of forms live as long as the server, and are unguessable.
    """
    token, session = secrets.token_urlsafe(16), secrets.token_urlsafe(16)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        method, path, headers = _head(await reader.readuntil(b"\r\n\r\n"))
        form = await _form(reader, headers) if method == "POST" else {}
        match method, path:
            case "GET", "/login":
                field = f'<input type="hidden" name="csrf" value="{token}">'
                _page(writer, "200 OK", f'<form method="post">{field}<input name="user"><input name="password"></form>')
            case "POST", "/login" if form == {"csrf": token, "user": account.user, "password": account.password}:
                _page(writer, "302 Found", "", "Location: /console", f"Set-Cookie: {_COOKIE}={session}; Path=/; HttpOnly")
            case "POST", "/login":
                _page(writer, "403 Forbidden", "Wrong user or password.")
            case "GET", "/console" if hmac.compare_digest(_cookie(headers), session):
                _page(writer, "200 OK", "<h1>Devices</h1><p>181 enrolled</p>")
            case _, "/console":
                _page(writer, "401 Unauthorized", "Log in first.")
            case _:
                _page(writer, "404 Not Found", "")

    return talk


def _head(head: bytes) -> tuple[str, str, dict[str, str]]:
    """Method, path and headers, names in lower case. Raises ValueError if it is no request."""
    first, *lines = head.decode("ascii").strip().split("\r\n")
    method, target, _ = first.split(" ")
    return method, target.partition("?")[0], {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


async def _form(reader: asyncio.StreamReader, headers: dict[str, str]) -> dict[str, str]:
    size = int(headers.get("content-length", "0"))
    if not 0 <= size <= MAX_FORM:
        raise ValueError("form too long")
    return {name: values[0] for name, values in parse_qs((await reader.readexactly(size)).decode("ascii")).items()}


def _cookie(headers: dict[str, str]) -> str:
    pairs = (part.strip().partition("=") for part in headers.get("cookie", "").split(";"))
    return next((value for name, _, value in pairs if name == _COOKIE), "")


def _page(writer: asyncio.StreamWriter, status: str, body: str, *headers: str) -> None:
    lines = ["Content-Type: text/html; charset=utf-8", f"Content-Length: {len(body)}", "Connection: close", *headers]
    writer.write("\r\n".join([f"HTTP/1.1 {status}", *lines, "", body]).encode("ascii"))
