"""Server nodes that can be well or ill, by path or by switch, as sites have them behind a load balancer."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs

MODIFIED = "Wed, 21 Oct 2015 07:28:00 GMT"


@dataclass
class Request:
    """What a node was asked: first line, headers in lower case, body."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}


@dataclass
class Node:
    """One node. ``ill`` makes /health answer 503; ``seen`` are all requests; ``password`` opens /login."""

    name: str
    password: str = "canary-secret"
    ill: bool = False
    seen: list[Request] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (request := await _request(reader)) is not None:
            self.seen.append(request)
            answer = self._answers().get(request.path)
            if answer is None:
                reply(writer, "404 Not Found")
            elif await answer(request, writer) is False:
                return
            await writer.drain()
            if request.headers.get("connection", "").lower() == "close":
                return

    def _answers(self) -> Mapping[str, Callable[..., object]]:
        return {
            "/health": self._health,
            "/slow": self._slow,
            "/gzip": self._gzip,
            "/bomb": self._bomb,
            "/redir": self._redirect("http://169.254.169.254/latest/meta-data/"),
            "/loop": self._redirect("/loop"),
            "/hop": self._redirect("/health"),
            "/silent": self._silent,
            "/reset": self._reset,
            "/half": self._half,
            "/auth": self._auth,
            "/login": self._login,
            "/console": self._console,
            "/echo": self._echo,
        }  # type: ignore[return-value]

    async def _health(self, _: Request, writer: asyncio.StreamWriter) -> None:
        body = json.dumps({"status": "draining" if self.ill else "UP", "node": self.name, "db": {"pool": 7}}).encode()
        reply(writer, "503 Service Unavailable" if self.ill else "200 OK", body, f"Last-Modified: {MODIFIED}")

    async def _slow(self, _: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.5)
        reply(writer, "200 OK", b"slow")

    async def _gzip(self, _: Request, writer: asyncio.StreamWriter) -> None:
        reply(writer, "200 OK", gzip.compress(b"hello from inside"), "Content-Encoding: gzip")

    async def _bomb(self, _: Request, writer: asyncio.StreamWriter) -> None:
        reply(writer, "200 OK", gzip.compress(bytes(20_000_000)), "Content-Encoding: gzip")

    def _redirect(self, goal: str) -> Callable[..., object]:
        async def redirect(_: Request, writer: asyncio.StreamWriter) -> None:
            reply(writer, "302 Found", b"", f"Location: {goal}")

        return redirect

    async def _silent(self, _: Request, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3600)

    async def _reset(self, _: Request, writer: asyncio.StreamWriter) -> bool:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    async def _half(self, _: Request, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly a part")
        await writer.drain()
        return False

    async def _auth(self, request: Request, writer: asyncio.StreamWriter) -> None:
        wanted = "Basic " + base64.b64encode(f"probe:{self.password}".encode()).decode()
        given = request.headers.get("authorization")
        known = given in (wanted, f"Bearer {self.password}")
        reply(writer, "200 OK" if known else "401 Unauthorized", b"", 'WWW-Authenticate: Basic realm="console"')

    async def _login(self, request: Request, writer: asyncio.StreamWriter) -> None:
        """A page with a token, and the form that wants it back together with the password."""
        if request.method == "GET":
            page = b'<form><input name="csrf" value="t0k&n"></form>'
            reply(writer, "200 OK", page, "Set-Cookie: visit=v1; Path=/; HttpOnly")
            return
        form = request.form
        right = form.get("csrf") == "t0k&n" and form.get("password") == self.password
        if right and "visit=v1" in request.headers.get("cookie", ""):
            reply(writer, "302 Found", b"", "Location: /console", "Set-Cookie: session=s3; Path=/; HttpOnly")
        else:
            reply(writer, "403 Forbidden", f"no, {form.get('password')}".encode())

    async def _console(self, request: Request, writer: asyncio.StreamWriter) -> None:
        inside = "session=s3" in request.headers.get("cookie", "")
        reply(writer, "200 OK" if inside else "401 Unauthorized", b'{"user": "probe", "id": 17}' if inside else b"")

    async def _echo(self, request: Request, writer: asyncio.StreamWriter) -> None:
        said = {"target": request.target, "method": request.method, "body": request.body.decode(), **request.headers}
        reply(writer, "200 OK", json.dumps(said).encode(), "X-Node: " + self.name)


def reply(writer: asyncio.StreamWriter, status: str, body: bytes = b"", *headers: str) -> None:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode() + body)


async def _request(reader: asyncio.StreamReader) -> Request | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    return Request(method, target, headers, await reader.readexactly(int(headers.get("content-length", "0"))))


HAPROXY = """global
  log /dev/null local0
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
frontend vip
  bind 127.0.0.1:{tls} ssl crt {cert} alpn h2,http/1.1
  bind 127.0.0.1:{plain}
  default_backend nodes
backend nodes
  option httpchk GET /health
  http-check expect status 200
  default-server inter 150ms fall 2 rise 2
"""
