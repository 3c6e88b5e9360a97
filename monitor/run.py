"""The process of `threenines run`: signals, the watchdog, what systemd is told, and how it ends."""

from __future__ import annotations

import asyncio
import resource
import signal
from collections.abc import Mapping
from pathlib import Path

import structlog

from monitor.app import Service
from monitor.clock import Clock, Stopwatch
from monitor.config.load import load
from monitor.systemd import ALIVE, READY, STOPPING, Manager
from monitor.watch.watchdog import Watchdog

log = structlog.get_logger("run")


def allow_open_files() -> None:
    """As many open files as the machine lets us have: a look in flight is one, and distributions begin with 1,024."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def run(path: Path, environ: Mapping[str, str], clock: Clock, monotonic: Stopwatch, stop: asyncio.Event) -> None:
    """`threenines run`: watch until ``stop``. SIGHUP reads the configuration again."""
    allow_open_files()
    configuration = await asyncio.to_thread(load, path, environ)
    service = Service(path, configuration, environ, clock, monotonic)
    manager = Manager(environ)
    watchdog = Watchdog(lambda: manager.tell(ALIVE))
    watchdog.start()
    await service.start()
    try:
        async with service.listening() as (operator, public):
            manager.tell(READY)
            log.info("listening", operator=operator, public=public, sites=len(configuration.sites))
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, lambda: asyncio.ensure_future(_reload(service)))
            await _first(stop, service.fallen)
    finally:
        manager.tell(STOPPING)
        await service.stop()
        watchdog.stop()
    if service.database.writer.failure:
        raise service.database.writer.failure


async def _first(*events: asyncio.Event) -> None:
    """Wait until one of ``events`` is set."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


async def _reload(service: Service) -> None:
    refusal = await service.reload()
    if refusal is not None:
        log.error("reload_refused", reason=refusal)
    else:
        log.info("reloaded", sites=len(service.configuration.sites))
