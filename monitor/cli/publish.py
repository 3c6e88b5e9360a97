"""`threenines publish`: the pages of the running service as files, for any web server; and the guard that lets them grow old."""

from __future__ import annotations

import base64
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.desk import MAIN, UNAVAILABLE, Config, asked, configured, fail

if TYPE_CHECKING:  # what a command needs it imports when it runs: help must come at once
    from monitor.config.configuration import Configuration
    from monitor.shelf import File

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

WATCH_S = 20.0
"""Between two publications: the service renews its pages within 60 s, and a page is believed for 180 s."""
GUARD_S = 10.0
IO_ERROR = 74


@app.command()
def publish(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="where the files go; a web server serves DIR/current")],
    private: Annotated[bool, typer.Option("--private", help="also customers' pages, below DIR/current/p/<key>/")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="go on, every 20 seconds")] = False,
    guard: Annotated[
        bool, typer.Option("--guard", help="publish nothing; turn what is too old to unknown, every 10 seconds")
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="with --guard: look once")] = False,
    config: Config = MAIN,
) -> None:
    """Write the pages of the running service as plain files, whole or not at all.

    The guard needs no service, no configuration and no database: run it where the files are.

    Example: threenines publish /srv/status --watch
    """
    if guard:
        _guard(directory, once)
        return
    configuration = configured(config)
    while True:
        try:
            _written(configuration, directory, private)
        except typer.Exit:
            if not watch:
                raise
        if not watch:
            return
        time.sleep(WATCH_S)


def _guard(directory: Path, once: bool) -> None:
    from monitor.clock import system_clock
    from monitor.shelf import guard

    if not directory.is_dir():
        raise fail(f"threenines publish: no such directory, got {str(directory)[:80]!r}", UNAVAILABLE)
    while True:
        try:
            if guard(directory, system_clock()):
                print("too old: turned to unknown", file=sys.stderr)
        except OSError as fault:
            print(f"threenines publish --guard: {fault}", file=sys.stderr)
            if once:
                raise typer.Exit(IO_ERROR) from None
        if once:
            return
        time.sleep(GUARD_S)


def _written(configuration: Configuration, directory: Path, private: bool) -> None:
    """Ask the service for its pages and put them on the shelf."""
    from rich.console import Console
    from rich.progress import track

    from monitor.clock import system_clock
    from monitor.shelf import write
    from reports.frame import STATIC, static

    roots = [root for root in asked(configuration, "pages")["roots"] if private or root == "/"]
    told = track(roots, "publishing", console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True)
    pages = [(root, page) for root in told if (page := asked(configuration, "page", root=root))["documents"]]
    if not pages:
        raise fail("threenines publish: the service has published nothing yet", UNAVAILABLE)
    files = [file for root, page in pages for file in _files(root, page, {name: static(name) for name in STATIC})]
    try:
        tree = write(directory, files, system_clock())
    except OSError as fault:
        raise fail(f"threenines publish: {fault}", IO_ERROR) from None
    print(f"{len(files)} files in {tree}", file=sys.stderr)


def _files(root: str, page: dict[str, Any], assets: dict[str, bytes]) -> Iterator[File]:
    from monitor.shelf import File

    for one in page["documents"]:
        stale = None if one["stale"] is None else base64.b64decode(one["stale"])
        yield File(one["path"], base64.b64decode(one["body"]), stale, one["published_at"])
    for name, body in assets.items():
        yield File(root + name, body, None, 0)
