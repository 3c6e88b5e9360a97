"""`threenines import`: the history of another monitor, by our own arithmetic; what nobody looked at stays unknown."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.clock import system_clock
from monitor.config.load import ConfigurationErrors, load
from monitor.importers.history import History, ImportErrors
from monitor.importers.imported import Imported, figures
from monitor.importers.into import write
from monitor.importers.upptime import HOLD_MS, read
from reports.figures import percent
from sla.agreement import Agreement

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

USAGE, IO, REFUSED = 2, 74, 78
NAME_WIDTH = 44


@app.callback()
def importing() -> None:
    """Read the history of another monitor into figures. Nothing that it computed itself is taken over."""


def ratio(value: Fraction | None) -> str:
    """An exact share as ``n/d``."""
    return "null" if value is None else f"{value.numerator}/{value.denominator}"


def document(one: Imported) -> dict[str, Any]:
    """One endpoint as JSON; shares are exact fractions, durations ms."""
    whole = one.whole
    return {
        "endpoint": one.endpoint.key,
        "name": one.endpoint.name,
        "availability": ratio(whole.availability),
        "availability_best": ratio(whole.availability_best),
        "availability_worst": ratio(whole.availability_worst),
        "coverage": ratio(whole.coverage),
        "unknown_ms": whole.unknown_ms,
        "any_30_dates": None if one.any_days is None else one.any_days.verdict.value,
    }


def table(found: Sequence[Imported]) -> str:
    """The endpoints as lines for people: what is certain, and how much nobody looked at."""
    head = f"{'endpoint':{NAME_WIDTH}} {'best':>10} {'worst':>10} {'measured':>10}  any 30 dates"
    lines = [head]
    for one in found:
        whole = one.whole
        shares = (whole.availability_best, whole.availability_worst, whole.coverage)
        shown = " ".join(f"{percent(share) if share is not None else 'unknown':>10}" for share in shares)
        words = "range too short" if one.any_days is None else one.any_days.verdict.value
        lines.append(f"{one.endpoint.name[:NAME_WIDTH]:{NAME_WIDTH}} {shown}  {words}")
    return "\n".join(lines)


def kept(history: History, config: Path, into: str, hold_ms: int, source: str) -> str:
    """Write the history into a site of the configuration; what was done, in words. Ends with 2, 69, 74 or 78 if it can't."""
    from monitor.store.database import Database
    from monitor.store.engine import StoreError

    try:
        configuration = load(config, os.environ)
        site = next(site for site in configuration.sites if site.key == into)
        database = Database(configuration.data, system_clock())
    except ConfigurationErrors as errors:
        print("\n".join(map(str, errors.mistakes)), file=sys.stderr)
        raise typer.Exit(REFUSED) from None
    except StopIteration:
        names = ", ".join(site.key for site in configuration.sites)
        print(f"threenines import: no such site, got {into[:80]!r}; there are: {names}", file=sys.stderr)
        raise typer.Exit(USAGE) from None
    except StoreError as fault:
        print(f"threenines import: {fault}", file=sys.stderr)
        raise typer.Exit(fault.exit_code) from None
    try:
        now = system_clock()
        done = database.writer.submit(lambda db: write(db, configuration, site, history, hold_ms, now, source)).result()
    finally:
        database.close()
    left_out = f"; {done.left_out} left out, since the site looked itself by then" if done.left_out else ""
    return f"{done.rows} results written into {done.checks} checks of {into}{left_out}"


@app.command()
def upptime(
    path: Annotated[Path, typer.Argument(help="a CSV of recorded results, or an Upptime repository")],
    zone: Annotated[str, typer.Option(help="IANA zone of the local dates")] = "UTC",
    hold: Annotated[int, typer.Option(help="seconds for which a result holds", min=1)] = HOLD_MS // 1000,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
    into: Annotated[str | None, typer.Option(metavar="SITE", help="also write it into this site of the configuration")] = None,
    config: Annotated[Path, typer.Option(help="the main configuration file, for --into")] = Path("threenines.yaml"),
) -> None:
    """Show the figures of an Upptime history. All bad rows are told at once, then nothing is imported (exit 65)."""
    try:
        history = read(path)
        found = figures(history, replace(Agreement(), zone=zone), hold * 1000)
        if into is not None:
            print(kept(history, config, into, hold * 1000, path.name), file=sys.stderr)
    except ImportErrors as errors:
        print(errors, file=sys.stderr)
        raise typer.Exit(errors.exit_code) from None
    except OSError as fault:
        print(f"{path}: cannot be read: {fault.strerror}", file=sys.stderr)
        raise typer.Exit(IO) from None
    print(json.dumps({"endpoints": [document(one) for one in found]}, indent=1) if as_json else table(found))
