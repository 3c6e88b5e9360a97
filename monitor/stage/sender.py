"""A sender of signs of life: the demo's backup, which reports every few seconds that it is well."""

from __future__ import annotations

import asyncio
import contextlib

from monitor.stage.listening import HOST
from monitor.stage.web import fetch

EVERY_S = 6.0
"""Slower than the same word is taken, faster than a sign is wanted."""


async def report(port: int, token: str) -> None:
    """Push signs to the gateway on loopback ``port`` until cancelled; one that does not come through is followed by the next."""
    while True:
        with contextlib.suppress(OSError, ValueError):
            await fetch(HOST, port, f"/beat/{token}", None, method="POST")
        await asyncio.sleep(EVERY_S)
