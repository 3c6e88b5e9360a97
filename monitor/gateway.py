"""The gateway: the listener that senders push to, and our own knocking at it, which tells whether a sign would come through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from monitor.clock import Stopwatch
from monitor.config.configuration import Gateway
from monitor.hearing import Hearing
from monitor.watch.ear import knock
from monitor.watch.runner import Runner
from monitor.web.heartbeat import gateway_app
from monitor.web.server import serving


@asynccontextmanager
async def hearing_senders(gateway: Gateway, hearing: Hearing, runner: Runner, monotonic: Stopwatch) -> AsyncIterator[None]:
    """Take signs of life while the block runs. Raises OSError if the address cannot be had."""
    own = gateway.listener
    async with serving(gateway_app(hearing.hear, monotonic), own.host, own.port, own.behind_proxy) as (host, port):
        url = gateway.url or f"http://{f'[{host}]' if ':' in host else host}:{port}"
        knocking = asyncio.create_task(knock(runner, url, hearing.own_token, gateway.ca_file))
        try:
            yield
        finally:
            knocking.cancel()
            await asyncio.gather(knocking, return_exceptions=True)
