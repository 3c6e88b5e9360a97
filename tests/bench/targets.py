"""What the benchmark looks at: one process on a core of its own that answers as cheaply as it can and counts.

Run as a program it prints one JSON line with its ports (``http``, ``tls``, ``hanging``, ``slow``, ``tcp``, ``dns``, ``counts``)
and serves until its standard input ends. Whoever connects to ``counts`` gets the number of requests answered, by port name.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import ssl
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import trustme
import uvloop

ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\nConnection: close\r\n\r\n{"status":"UP"}\n'
ZONE_HEAD = b"\x84\x00\0\1\0\1\0\0\0\0"
"""Answer, with authority; one question, one answer."""
SOA = b"\xc0\x0c\0\6\0\1\0\0\1\x2c\0\x1d\2ns\xc0\x0c\1h\xc0\x0c" + b"".join(
    n.to_bytes(4, "big") for n in (7, 3600, 600, 86400, 300)
)
SLOW_S = 0.5
MAX_HEAD = 65_536


class Target(asyncio.Protocol):
    """Answers one request a connection: the moment its head is complete, ``delay`` seconds later, or (None) never."""

    def __init__(self, name: str, counts: Counter[str], delay: float | None) -> None:
        self._name, self._counts, self._delay = name, counts, delay
        self._head = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._head += data
        if len(self._head) > MAX_HEAD:
            self._transport.close()
        elif self._head.endswith(b"\r\n\r\n"):
            self._counts[self._name] += 1
            self._head = b""
            if self._delay is not None:
                asyncio.get_running_loop().call_later(self._delay, self._reply) if self._delay else self._reply()

    def _reply(self) -> None:
        if not self._transport.is_closing():
            self._transport.write(ANSWER)
            self._transport.close()


class Open(asyncio.Protocol):
    """Takes a connection and leaves it to the visitor."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._counts["tcp"] += 1


class Zone(asyncio.DatagramProtocol):
    """Answers every question with authority and the same SOA record."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        self._counts["dns"] += 1
        end = data.index(0, 12) + 5
        self._transport.sendto(data[:2] + ZONE_HEAD + data[12:end] + SOA, address)


class Told(asyncio.Protocol):
    """Tells the counts and closes."""

    def __init__(self, counts: Counter[str]) -> None:
        self._counts = counts

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(json.dumps(self._counts).encode())
        transport.close()


async def serve(ca_file: Path) -> None:
    """Open every port, say so, serve until standard input ends."""
    loop = asyncio.get_running_loop()
    counts: Counter[str] = Counter()
    authority = trustme.CA()
    authority.cert_pem.write_to_path(ca_file)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(tls)
    kinds: dict[str, tuple[float | None, ssl.SSLContext | None]] = {
        "http": (0.0, None),
        "tls": (0.0, tls),
        "hanging": (None, None),
        "slow": (SLOW_S, None),
    }
    ports = {}
    for name, (delay, context) in kinds.items():
        server = await loop.create_server(
            lambda name=name, delay=delay: Target(name, counts, delay), "127.0.0.1", 0, ssl=context, backlog=4096
        )
        ports[name] = server.sockets[0].getsockname()[1]
    opened = await loop.create_server(lambda: Open(counts), "127.0.0.1", 0, backlog=4096)
    ports["tcp"] = opened.sockets[0].getsockname()[1]
    zone, _ = await loop.create_datagram_endpoint(lambda: Zone(counts), ("127.0.0.1", 0))
    ports["dns"] = zone.get_extra_info("sockname")[1]
    told = await loop.create_server(lambda: Told(counts), "127.0.0.1", 0)
    ports["counts"] = told.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


class Targets:
    """The running target process: its ports, and what it has counted."""

    def __init__(self, ports: dict[str, int], ca_file: Path) -> None:
        self.ports, self.ca_file = ports, ca_file

    def url(self, kind: str) -> str:
        """Where ``kind`` is found; anything may be appended. TCP and DNS have addresses of the same form."""
        scheme = {"tls": "https", "tcp": "tcp", "dns": "dns"}.get(kind, "http")
        return f"{scheme}://127.0.0.1:{self.ports[kind]}/health"

    def count(self, kind: str) -> int:
        """How many requests ``kind`` has answered so far."""
        with socket.create_connection(("127.0.0.1", self.ports["counts"]), timeout=10) as connection:
            told = b"".join(iter(lambda: connection.recv(65_536), b""))
        return int(json.loads(told).get(kind, 0))


@contextlib.contextmanager
def running(folder: Path, core: int) -> Iterator[Targets]:
    """The targets on ``core``, gone when the block is left."""
    ca_file = folder / "ca.pem"
    command = [sys.executable, __file__, str(ca_file), str(core)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Targets(json.loads(process.stdout.readline()), ca_file)
    finally:
        process.stdin.close()
        process.wait(10)


if __name__ == "__main__":
    with contextlib.suppress(OSError):
        os.sched_setaffinity(0, {int(sys.argv[2])})
    uvloop.run(serve(Path(sys.argv[1])))
