"""Asking over datagrams, which get lost: the question is sent again while nothing comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from probes.probe import Datagrams

T = TypeVar("T")
WAITS = (0.3, 0.3)
"""Shares of the deadline after which the question is sent again; after the last one the deadline decides."""


async def asked(socket: Datagrams, question: bytes, answer: Callable[[bytes], T | None], deadline_s: float) -> T:
    """The first answer that ``answer`` takes for one (None: somebody else's). Waits for ever; the deadline ends it."""
    for wait in WAITS:
        await socket.send(question)
        try:
            async with asyncio.timeout(wait * deadline_s):
                return await _heard(socket, answer)
        except TimeoutError:
            continue
    await socket.send(question)
    return await _heard(socket, answer)


async def _heard(socket: Datagrams, answer: Callable[[bytes], T | None]) -> T:
    while (heard := answer(await socket.receive())) is None:
        pass
    return heard
