"""A stand-in for NetScaler's API, written from its published reference: nobody can install the real one from an archive.

Its states are true: they come from connecting to the member nodes.
"""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from servers import serving

USER, PASSWORD = "nsmon", "canary-secret"
DONE = {"errorcode": 0, "message": "Done", "severity": "NONE"}


async def connects(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def row(name: str, nodes: Sequence[int], state: str | None) -> dict[str, Any]:
    """Counters are texts and ports are numbers, as the real answers have it."""
    good = sum([await connects(port) for port in nodes])
    return {
        "name": name,
        "primaryipaddress": "127.0.0.1",
        "primaryport": 443,
        "type": "SSL",
        "state": state or ("UP" if good else "DOWN"),
        "vslbhealth": str(100 * good // max(1, len(nodes))),
        "actsvcs": str(good),
        "inactsvcs": str(len(nodes) - good),
        "vsvrsurgecount": "0",
        "curclntconnections": "1",
    }


def answer(status: int, body: dict[str, Any]) -> bytes:
    raw = json.dumps(body).encode()
    return b"HTTP/1.1 %d x\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s" % (
        status,
        len(raw),
        raw,
    )


@asynccontextmanager
async def nitro(nodes: Sequence[int], tls: ssl.SSLContext | None = None, state: str | None = None) -> AsyncIterator[int]:
    """The port of an appliance with the one virtual server ``lb_mdm_443`` before ``nodes``; ``state`` is its word if given."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
        name = lines[0].split(" ")[1].rpartition("/")[2]
        if (headers.get("x-nitro-user"), headers.get("x-nitro-pass")) != (USER, PASSWORD):
            writer.write(answer(401, {"errorcode": 354, "message": "Invalid username or password", "severity": "ERROR"}))
        elif name != "lb_mdm_443":
            writer.write(answer(404, {"errorcode": 258, "message": "No such resource [name]", "severity": "ERROR"}))
        else:
            writer.write(answer(200, {**DONE, "lbvserver": [await row(name, nodes, state)]}))
        await writer.drain()

    async with serving(serve, tls) as port:
        yield port
