"""`threenines import`: the history of another monitor, by our own arithmetic; what nobody looked at stays unknown."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.refused import BAD_CONFIGURATION, IO, USAGE, Refused
from monitor.importers.upptime import HOLD_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from monitor.config.configuration import Configuration, Site
    from monitor.importers.history import History
    from monitor.importers.imported import Imported
    from sla.agreement import Agreement

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)

SPEAKER = "threenines import"
HOLD_S = HOLD_MS // 1000
NAME_WIDTH = 60


@app.callback()
def importing() -> None:
    """Read the history of another monitor into figures. Nothing that it computed itself is taken over."""


def ratio(value: Fraction | None) -> str | None:
    """An exact share as ``n/d``; None where nothing was observed."""
    return None if value is None else f"{value.numerator}/{value.denominator}"


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
    from reports.figures import percent

    width = min(NAME_WIDTH, max(len(one.endpoint.name) for one in found))
    lines = [f"{'endpoint':{width}} {'best':>10} {'worst':>10} {'measured':>10}  any 30 dates"]
    for one in found:
        whole = one.whole
        shares = (whole.availability_best, whole.availability_worst, whole.coverage)
        shown = " ".join(f"{percent(share) if share is not None else 'unknown':>10}" for share in shares)
        words = "shorter than 30 dates" if one.any_days is None else one.any_days.verdict.value
        lines.append(f"{one.endpoint.name[:width]:{width}} {shown}  {words}")
    return "\n".join(lines)


def history_of(path: Path) -> History:
    """The history in ``path``. Raises Refused with every bad row, or with why it cannot be read."""
    from monitor.importers.history import ImportErrors
    from monitor.importers.upptime import read

    try:
        return read(path)
    except ImportErrors as errors:
        raise Refused(str(errors), errors.exit_code) from None
    except OSError as fault:
        raise Refused(f"{path}: cannot be read: {fault.strerror}", IO) from None


def agreement_in(zone: str) -> Agreement:
    """The agreement that an unconfigured history is judged by, with its dates in ``zone``. Raises Refused."""
    from monitor.config import texts
    from monitor.config.mistake import Wrong
    from sla.agreement import Agreement

    try:
        return replace(Agreement(), zone=texts.zone(zone))
    except Wrong as wrong:
        raise Refused(f"{SPEAKER}: --zone: {wrong}, expected e.g. Europe/Berlin", USAGE) from None


def target(config: Path, into: str) -> tuple[Configuration, Site]:
    """The configuration and its site ``into``. Raises Refused."""
    from monitor.config.load import ConfigurationErrors, load
    from monitor.config.mistake import did_you_mean, shown

    try:
        configuration = load(config, os.environ)
    except ConfigurationErrors as errors:
        raise Refused(str(errors), BAD_CONFIGURATION) from None
    sites = {site.key: site for site in configuration.sites}
    if into not in sites:
        hint = did_you_mean(into, sites) or f", there are: {', '.join(sites)[:200]}"
        raise Refused(f"{SPEAKER}: --into: no such site, got {shown(into)}{hint}", USAGE)
    return configuration, sites[into]


def kept(history: History, config: Path, into: str, hold_ms: int, source: str) -> str:
    """Write the history into a site of the configuration; what was done, in words. Raises Refused; then nothing was written."""
    from monitor.clock import system_clock
    from monitor.importers.history import ImportErrors
    from monitor.importers.into import write
    from monitor.store.database import Database
    from monitor.store.engine import StoreError

    configuration, site = target(config, into)
    now = system_clock()
    try:
        database = Database(configuration.data, now)
    except StoreError as fault:
        raise Refused(f"{SPEAKER}: {fault}", fault.exit_code) from None
    try:
        done = database.writer.submit(lambda db: write(db, configuration, site, history, hold_ms, now, source)).result()
    except ImportErrors as errors:
        raise Refused(str(errors), errors.exit_code) from None
    finally:
        database.close()
    left_out = f"; {done.left_out} left out, since the site looked itself by then" if done.left_out else ""
    return f"{done.rows} results written into {done.checks} checks of {into}{left_out}"


@app.command()
def upptime(
    path: Annotated[Path, typer.Argument(help="a CSV of recorded results, or an Upptime repository")],
    zone: Annotated[str, typer.Option(help="IANA zone of the local dates")] = "UTC",
    hold: Annotated[int, typer.Option(help="seconds for which a result holds", min=1)] = HOLD_S,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
    into: Annotated[str | None, typer.Option(metavar="SITE", help="also write it into this site of the configuration")] = None,
    config: Annotated[Path, typer.Option(help="the main configuration file, for --into")] = Path("threenines.yaml"),
) -> None:
    """Show the figures of an Upptime history, and keep it with --into.

    An endpoint goes to the check whose id is its name in lower case with dashes. What nobody looked at stays unknown. All
    bad rows are told at once, then nothing is imported (exit 65).

    \b
    Examples:
      threenines import upptime results.csv --zone America/Denver
      threenines import upptime results.csv --into acme
    """
    from monitor.importers.imported import figures

    try:
        history = history_of(path)
        found = figures(history, agreement_in(zone), hold * 1000)
        done = kept(history, config, into, hold * 1000, path.name) if into is not None else None
    except Refused as refused:
        print(refused, file=sys.stderr)
        raise typer.Exit(refused.code) from None
    print(json.dumps({"endpoints": [document(one) for one in found]}, indent=1) if as_json else table(found))
    if done is not None:
        print(done, file=sys.stderr)


@app.command()
def bounce(
    path: Annotated[Path | None, typer.Argument(metavar="[MAILDIR]", help="a Maildir; without it one message on stdin")] = None,
    to: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="the address that it came back to, if the server says it")
    ] = None,
    config: Annotated[Path, typer.Option(help="the main configuration file")] = Path("threenines.yaml"),
) -> None:
    """Take what a mail server sends back: a lost letter flags its contact and goes to the fallback at once.

    What is no delivery report, or came to an address whose tag is not ours, is passed over with a word on stderr (exit 0: the
    server must send nothing back again). Exit 75: not now, the server shall try again.

    \b
    Examples:
      threenines import bounce --to "$RECIPIENT" < message
      threenines import bounce /var/mail/bounces/Maildir
    """
    from monitor.cli import bounces

    raise typer.Exit(bounces.taken(path, to, config))
