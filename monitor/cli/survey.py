"""`threenines statement survey`: every site in one table, the worst first, from what is kept packed of each."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from monitor.cli.desk import MAIN, Config, Json, configured, read

if TYPE_CHECKING:
    from monitor.desk.statement import Asked
    from monitor.desk.survey import Surveyed

T = TypeVar("T")

MANY = 200
"""From so many sites on it may take a second, and a bar says how far it is."""


def survey(
    month: Annotated[str | None, typer.Option(help="a calendar month like 2026-06")] = None,
    last_days: Annotated[int | None, typer.Option("--last-days", help="the number of local dates up to today (30)")] = None,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Show all sites in one table, the worst first: verdict, worst windows, coverage, budget left; as each one's statement says.

    Example: threenines statement survey --month 2026-06
    """
    from monitor.cli.windows import asked_dates
    from monitor.clock import system_clock
    from monitor.desk.survey import survey as surveyed

    now = system_clock()
    asked_dates("UTC", month, None, last_days, now)  # what is wrong is said before anything is read
    configuration = configured(config)
    sites = [one.key for one in configuration.sites]

    def asked(zone: str) -> Asked:
        return asked_dates(zone, month, None, last_days, now)

    found = read(configuration, lambda connection: list(watched(surveyed(connection, sites, asked, now), len(sites))))
    found.sort(key=lambda one: one.badness)
    (_as_json if as_json else _as_table)(found, {one.key: one.name for one in configuration.sites}, now)


def watched(found: Iterable[T], number: int) -> Iterator[T]:
    """The same, with a bar on stderr where somebody waits at a terminal for many sites."""
    if number < MANY or not sys.stderr.isatty():
        yield from found
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, redirect_stdout=False) as bar:
        yield from bar.track(found, total=number, description="surveying")


def _as_json(found: Iterable[Surveyed], names: dict[str, str], now: int) -> None:
    from sla.printing import line
    from sla.survey import POSITION
    from sla.texts import instant_text

    sites = [
        {"site": one.site, "name": names[one.site], "anew": one.anew, **(POSITION.write(one.position) if one.position else {})}
        for one in found
    ]
    print(line({"kind": "survey", "as_of": instant_text(now), "sites": sites}))


def _as_table(found: list[Surveyed], names: dict[str, str], _now: int) -> None:
    from monitor.cli.tables import show
    from reports.survey_table import COLUMNS, row

    show(COLUMNS, [row(names[one.site], one.position) for one in found])
    anew = sum(one.anew for one in found)
    if anew:
        print(
            f"{anew} of {len(found)} sites were counted anew: what is kept packed of them was older, or of other rules or dates"
        )
