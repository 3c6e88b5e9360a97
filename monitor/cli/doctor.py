"""`threenines doctor`: looks at this installation and says what should be mended, one line a finding."""

from __future__ import annotations

import json
import os
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from monitor.config.configuration import Configuration

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

REFUSED = 78
FREE_BYTES = 1 << 30


@dataclass(frozen=True, slots=True)
class Line:
    """One finding: ``level`` is ok, warn or fail; ``mend`` says what to do about it."""

    level: str
    what: str
    mend: str = ""


def sqlite_line(found: tuple[int, int, int]) -> Line:
    """SQLite 3.7.0 to 3.51.2 can reset the WAL under a second checkpointing connection (sqlite.org/wal.html)."""
    text = ".".join(map(str, found))
    mended = found >= (3, 51, 3) or (3, 50, 7) <= found < (3, 51, 0) or (3, 44, 6) <= found < (3, 45, 0)
    if mended:
        return Line("ok", f"SQLite {text}")
    return Line("ok", f"SQLite {text} has the WAL-reset race; harmless here, since one connection alone writes and checkpoints")


def ground() -> Iterator[Line]:
    """What the program stands on."""
    yield Line("ok", f"threenines {version('threenines')}, Python {sys.version.split()[0]}, tzdata {version('tzdata')}")
    yield sqlite_line((sqlite3.sqlite_version_info[0], sqlite3.sqlite_version_info[1], sqlite3.sqlite_version_info[2]))


def data_lines(folder: Path) -> Iterator[Line]:
    """Where the evidence will lie."""
    place = next(path for path in (folder, *folder.parents) if path.exists())
    if not place.is_dir():
        yield Line("fail", f"{place} is not a folder", "move it away, or name another folder under data")
        return
    if not os.access(place, os.W_OK):
        yield Line("fail", f"{folder} can't be written", f"give this user the right to write in {place}")
        return
    disk = os.statvfs(place)
    free = disk.f_bavail * disk.f_frsize
    if free < FREE_BYTES:
        yield Line("warn", f"{free >> 20} MiB free below {folder}", "make room: without it results are refused, never lost")
    else:
        yield Line("ok", f"{folder}: {free >> 30} GiB free")


def configuration_lines(configuration: Configuration) -> Iterator[Line]:
    """What the configuration asks for and forgets."""
    checks = sum(len(site.checks) for site in configuration.sites)
    yield Line("ok", f"{_counted(len(configuration.sites), 'site')}, {_counted(checks, 'check')}")
    for vantage in configuration.vantages.values():
        if len(vantage.canaries) < 2:
            yield Line(
                "warn",
                f"vantage {vantage.name}: {_counted(len(vantage.canaries), 'canary', 'canaries')}; "
                "when our own network fails, every target looks down",
                f"name two hosts in different networks under vantages.{vantage.name}.canaries",
            )
    yield from data_lines(configuration.data)


def audit_line(folder: Path) -> Line:
    """Whether the chain of deeds is what was written; its head, kept elsewhere, also shows rows that were cut off."""
    from monitor.store import audit
    from monitor.store.database import looked
    from monitor.store.engine import StoreAbsent, StoreError

    try:
        found = looked(folder, audit.verified)
    except StoreAbsent as fault:
        return Line("warn", f"audit: {fault}")
    except StoreError as fault:
        return Line("fail", f"audit: cannot be read: {fault}", "bring the file back from the last copy that is sound")
    if found.bad_seq is None:
        return Line("ok", f"audit: {found.rows} rows, head {found.head}")
    mend = f"rows up to {found.rows} are sound; compare with the last copy and with the heads that were sent out"
    return Line("fail", f"audit: {found.reason}", mend)


def _counted(count: int, one: str, many: str | None = None) -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def examine(path: Path, audit: bool = False) -> tuple[tuple[Line, ...], int]:
    """All findings about the installation and the configuration at ``path``, with ``audit`` also about the chain of deeds.

    With the exit code that they deserve.
    """
    from monitor.config.load import ConfigurationErrors, load

    lines = list(ground())
    try:
        configuration = load(path, os.environ)
        lines += configuration_lines(configuration)
        lines += [audit_line(configuration.data)] if audit else []
    except ConfigurationErrors as errors:
        refused = [Line("fail", str(mistake)) for mistake in errors.mistakes]
        mend = f"mend {'it' if len(refused) == 1 else 'them'}, then `threenines config check {path}`"
        return (*lines, *refused[:-1], replace(refused[-1], mend=mend)), REFUSED
    return tuple(lines), 1 if any(line.level == "fail" for line in lines) else 0


@app.command()
def doctor(
    config: Annotated[Path, typer.Option(help="the main configuration file")] = Path("threenines.yaml"),
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
    audit: Annotated[
        bool, typer.Option("--audit", help="also verify the whole chain of deeds; exit 1 names its first bad row")
    ] = False,
) -> None:
    """Look at this installation and say what should be mended.

    Exit 0 nothing must be mended, 1 something must, 78 the configuration is refused.

    \b
    Examples:
      threenines doctor
      threenines doctor --config conf/threenines.yaml --json
      threenines doctor --audit
    """
    lines, code = examine(config, audit)
    if as_json:
        print(json.dumps({"findings": [asdict(line) for line in lines]}, indent=1))
    else:
        for line in lines:
            print(f"{line.level:4}  {line.what}" + (f"\n      mend: {line.mend}" if line.mend else ""))
    raise typer.Exit(code)
