"""`threenines statement`: what was promised and what was kept, from everything that is stored, as known at an instant."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from monitor.cli.desk import MAIN, USAGE, Config, Json, configured, fail, read
from monitor.cli.survey import survey

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, no_args_is_help=True)


app.command()(survey)


@app.callback()
def statement() -> None:
    """What was promised and what was kept."""


@app.command()
def show(
    site: Annotated[str, typer.Argument(metavar="SITE")],
    month: Annotated[str | None, typer.Option(help="a calendar month like 2026-06")] = None,
    first: Annotated[str | None, typer.Option(help="the first local date; without it the last is today")] = None,
    days: Annotated[int | None, typer.Option(help="the number of local dates (30)")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="by what was recorded up to then; by default now")] = None,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Show figures, the worst windows, outages, exclusions with who decided, the verdict and the digest of what it is made of.

    Example: threenines statement show acme --month 2026-06
    """
    from monitor.cli.times import moment
    from monitor.cli.windows import asked_dates
    from monitor.clock import system_clock
    from monitor.config.mistake import did_you_mean
    from monitor.desk.case_file import NoSuchSite
    from monitor.desk.statement import statement as made
    from reports.statement import text
    from sla.printing import line

    configuration = configured(config)
    sites = {one.key: one for one in configuration.sites}
    if site not in sites:
        raise fail(f"threenines statement show: no such site, got {site[:80]!r}{did_you_mean(site, sites)}", USAGE)
    try:
        at = system_clock() if as_of is None else moment(as_of)
    except ValueError as fault:
        raise fail(f"--as-of: {fault}", USAGE) from None
    asked = asked_dates(sites[site].promised_at(at).agreement.zone, month, first, days, at)
    try:
        found = read(configuration, lambda connection: made(connection, site, asked, at))
    except NoSuchSite:
        raise fail(f"{site}: nothing was recorded yet", USAGE) from None
    result: dict[str, Any] = found.answered.result
    if as_json:
        print(line(result))
        return
    zone = str(found.answered.document["agreement"]["zone"])
    print(text(sites[site].name, result, found.components, [one.exclusion for one in found.exclusions], zone))
