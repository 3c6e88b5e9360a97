"""A virtual address before several nodes: health-checks them, sends each request to one that is well, 503 without one."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence

from monitor.stage.listening import HOST
from monitor.stage.web import Answer, answer, asked_path, fetch, send

CHECK_SECONDS = 1.0
NODE_SECONDS = 1.0


class Vip:
    """Balances requests round robin over the nodes (loopback ports) whose ``/health`` answers 200."""

    def __init__(self, nodes: Sequence[int], tls: ssl.SSLContext | None) -> None:
        self._nodes = tuple(nodes)
        self._tls = tls
        self._well: tuple[int, ...] = ()
        self._turn = 0

    @property
    def well(self) -> tuple[int, ...]:
        """The ports of the nodes that answered when they were last asked."""
        return self._well

    async def watch(self) -> None:
        """Health-check the nodes for ever."""
        while True:
            await self.check()
            await asyncio.sleep(CHECK_SECONDS)

    async def check(self) -> None:
        """Health-check every node once."""
        seen = await asyncio.gather(*(self._ask(port, "/health") for port in self._nodes))
        self._well = tuple(port for port, reply in zip(self._nodes, seen, strict=True) if reply and reply.status == 200)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request by the next node that is well."""
        send(writer, await self._balanced(await asked_path(reader)))

    async def _balanced(self, path: str) -> Answer:
        self._turn += 1
        well = self._well
        for offset in range(len(well)):
            reply = await self._ask(well[(self._turn + offset) % len(well)], path)
            if reply is not None:
                return reply
        return answer(503, {"status": "DOWN", "reason": "no node is left"})

    async def _ask(self, port: int, path: str) -> Answer | None:
        """The node's answer, or None if it gave none in time."""
        try:
            async with asyncio.timeout(NODE_SECONDS):
                return await fetch(HOST, port, path, self._tls)
        except (OSError, ValueError, TimeoutError):
            return None
