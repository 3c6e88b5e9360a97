"""`threenines run`: watch the sites of a configuration until SIGINT or SIGTERM; SIGHUP reads it again."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.clock import monotonic, system_clock
from monitor.config.mistake import ConfigurationErrors

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

COLLECT = (10_000, 20, 20)
"""When cycles are looked for. A look leaves some hundred young objects and hardly a cycle: Python's 700 would walk what is in
flight several times a second, which costs a look a twentieth."""


def until_told(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run ``work(stop)`` on uvloop with SIGINT and SIGTERM setting ``stop``; the operator's mistakes become exit codes."""
    import uvloop

    from monitor.logs import configure, from_loop
    from monitor.store.engine import StoreError

    configure(system_clock, sys.stderr)
    gc.set_threshold(*COLLECT)

    async def guarded() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().set_exception_handler(from_loop)
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await work(stop)

    try:
        uvloop.run(guarded())
    except ConfigurationErrors as errors:
        for mistake in errors.mistakes:
            print(mistake, file=sys.stderr)
        raise typer.Exit(78) from None
    except StoreError as fault:
        print(f"threenines: {fault}", file=sys.stderr)
        raise typer.Exit(fault.exit_code) from None
    except OSError as fault:
        print(f"threenines: {fault}", file=sys.stderr)
        raise typer.Exit(69) from None


@app.command()
def run(config: Annotated[Path, typer.Option(help="the main configuration file")] = Path("threenines.yaml")) -> None:
    """Watch the sites of a configuration. SIGHUP reloads it; SIGINT and SIGTERM stop within 5 s with everything kept."""
    from monitor.run import run as serve

    until_told(lambda stop: serve(config, os.environ, system_clock, monotonic, stop))
