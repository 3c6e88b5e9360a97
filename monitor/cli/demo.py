"""`threenines demo`: a live demonstration on the loopback; no configuration, no root, nothing left behind."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Annotated

import typer

from monitor.cli.run import until_told
from monitor.clock import monotonic, system_clock

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)


@app.command()
def demo(
    duration: Annotated[float | None, typer.Option(help="end after this many seconds; exit 1 if a promise was missed")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one event per line as JSON")] = False,
) -> None:
    """Watch a small provider on this machine: real looks at real servers, one outage within two minutes."""
    from monitor.demo import demo as show
    from monitor.logs import OURS

    started = monotonic()

    def say(line: str) -> None:
        after = monotonic() - started
        print(json.dumps({"after_s": round(after, 1), "text": line}) if as_json else f"{after:6.1f} s  {line}", flush=True)

    kept = True

    async def work(stop: asyncio.Event) -> None:
        nonlocal kept
        logging.getLogger(OURS).setLevel(logging.WARNING)  # the demo tells its own story
        kept = await show(say, system_clock, monotonic, stop, duration)

    until_told(work)
    raise typer.Exit(0 if kept else 1)
