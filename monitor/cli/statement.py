"""`threenines statement`: what was promised and what was kept, as it stands, and as it was published: every version for ever."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.desk import MAIN, USAGE, Config, DryRun, Json, Token, ask, configured, fail, unless_refused
from monitor.cli.survey import survey

if TYPE_CHECKING:
    from monitor.cli.published import Dates
    from monitor.config.configuration import Configuration

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, no_args_is_help=True)

SiteId = Annotated[str, typer.Argument(metavar="SITE")]
Month = Annotated[str | None, typer.Option(help="a calendar month like 2026-06")]
First = Annotated[str | None, typer.Option(help="the first local date")]
Days = Annotated[int | None, typer.Option(help="the number of local dates (30)")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="by what was recorded up to then; by default now")]


app.command()(survey)


@app.callback()
def statement() -> None:
    """What was promised and what was kept, and what of it was published."""


@app.command()
def show(
    site: SiteId,
    month: Month = None,
    first: First = None,
    days: Days = None,
    as_of: AsOf = None,
    version: Annotated[int | None, typer.Option(help="as it was published in this version, byte for byte")] = None,
    form: Annotated[str, typer.Option("--format", help="text; of a published version also document (JSON) or html")] = "text",
    language: Annotated[str | None, typer.Option(help="of --format html: en or de")] = None,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Show figures, the worst windows, outages, exclusions with who decided, the verdict and the digest of what it is made of.

    Without dates: the last 30 up to today. Example: threenines statement show acme --month 2026-06
    """
    from monitor.cli import published
    from monitor.desk.statement_deeds import issued_document
    from reports.restated import restated
    from reports.statement import text
    from sla.printing import line

    configuration = configured(config)
    name, dates = published.configured_site(configuration, "show", site).name, published.Dates(month, first, days)
    if form != "text":
        _shown(configuration, site, dates, version, form, language)
        return
    if version is not None:
        if as_of is not None:
            raise fail("threenines statement show: --version and --as-of exclude one another", USAGE)
        one = issued_document(published.of_number(published.versions(configuration, "show", site, dates), version))
        print(published.told(one) if as_json else f"{text(name, one['statement'])}\n\n{restated(one)}")
        return
    content = published.as_it_stands(configuration, site, dates, as_of)
    print(line(content["result"]) if as_json else text(name, content))


def _shown(configuration: Configuration, site: str, dates: Dates, version: int | None, form: str, language: str | None) -> None:
    """A form of a published version on stdout."""
    import sys

    from monitor.cli import published
    from monitor.cli.evidence import evidence
    from monitor.cli.forms import shown

    if form not in ("document", "html") or version is None:
        raise fail("threenines statement show: --format is text, or with --version document or html", USAGE)
    found = published.versions(configuration, "show", site, dates)
    last = published.of_number(found, version)
    sys.stdout.buffer.write(shown(evidence(configuration, found[: last.version], None), form, language))


@app.command()
def issue(
    site: Annotated[str | None, typer.Argument(metavar="[SITE]")] = None,
    all_: Annotated[bool, typer.Option("--all", help="of all sites that are configured")] = False,
    month: Month = None,
    first: First = None,
    days: Days = None,
    as_of: AsOf = None,
    token: Token = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Publish the statement of dates that are over: version 1, and a new one if anything was recorded since that touches it.

    The service publishes each month by itself, two days after it is over.
    Example: threenines statement issue acme --month 2026-06
    """
    from monitor.cli import published
    from monitor.cli.issuing import everything
    from monitor.clock import system_clock
    from reports.restated import restated
    from sla.texts import instant_text

    if (site is None) is not all_:
        raise fail("threenines statement issue: either a SITE or --all", USAGE)
    if month is None and first is None:
        raise fail("threenines statement issue: which dates? --month 2026-06, or --first 2026-06-01 with --days 30", USAGE)
    configuration, dates = configured(config), published.Dates(month, first, days)
    known = None if as_of is None else instant_text(published.instant(as_of))
    if site is None:
        raise typer.Exit(everything(configuration, dates, known, token, dry_run, as_json))
    body = {"site": site, "period": dates.asked(configuration, site, system_clock()).period}
    if known is not None:
        body["as_of"] = known
    reply = unless_refused("statement", ask(configuration, "statement.issue", body, token, dry_run))
    if as_json:
        print(published.told(reply))
        return
    one = reply["statement"]
    print(f"{site} {body['period']}: {one['statement']['result']['verdict']}")
    print(restated(one))
    if not reply["fresh"]:
        print("nothing was recorded since that touches it; nothing stored")
    elif dry_run:
        print("would be published; nothing stored")


@app.command("list")
def list_(
    site: Annotated[str | None, typer.Argument(metavar="[SITE]")] = None,
    all_: Annotated[bool, typer.Option("--all", help="of all sites")] = False,
    check: Annotated[bool, typer.Option("--check", help="compute each again; exit 1 if one is not what was published")] = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Show every version that was published, of a site or of all, with its verdict.

    Example: threenines statement list acme --check
    """
    from monitor.cli import published
    from monitor.cli.tables import show as table
    from monitor.desk.statement_deeds import issued_document

    if (site is None) is not all_:
        raise fail("threenines statement list: either a SITE or --all", USAGE)
    configuration = configured(config)
    found = published.every(configuration, "list", site)
    if as_json:
        print(published.told({"statements": [issued_document(one) for one in found]}))
    else:
        table(published.COLUMNS, map(published.row, found))
    if check:
        published.checked(configuration, found)


@app.command()
def compare(
    site: SiteId,
    one: Annotated[int, typer.Argument(metavar="N1")],
    other: Annotated[int, typer.Argument(metavar="N2")],
    month: Month = None,
    first: First = None,
    days: Days = None,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Show two published versions side by side, and every fact that made the one the other.

    Example: threenines statement compare acme 1 2 --month 2026-06
    """
    from monitor.cli import published
    from monitor.desk.statement_deeds import issued_document
    from reports.restated import comparison

    configuration = configured(config)
    found = published.versions(configuration, "compare", site, published.Dates(month, first, days))
    old, new = (published.of_number(found, number) for number in sorted((one, other)))
    between = [issued_document(issued) for issued in found if old.version < issued.version <= new.version]
    if as_json:
        print(published.told({"versions": [issued_document(old), *between]}))
        return
    print(comparison(issued_document(old), issued_document(new), between))


@app.command()
def export(
    site: SiteId,
    path: Annotated[str, typer.Argument(metavar="FILE|-", help="a new file; - is stdout")],
    month: Month = None,
    first: First = None,
    days: Days = None,
    version: Annotated[int | None, typer.Option(help="by default the newest")] = None,
    key: Annotated[
        str | None, typer.Option(metavar="REF", help="sign with this Ed25519 key (PEM): file:/path or env:NAME")
    ] = None,
    config: Config = MAIN,
) -> None:
    """Write a published version with all that it follows from into one file, which anybody can verify.

    Example: threenines statement export acme acme-2026-06.json --month 2026-06 --key file:/etc/threenines/statements.pem
    """
    from monitor.cli import published
    from monitor.cli.evidence import exported

    configuration = configured(config)
    found = published.versions(configuration, "export", site, published.Dates(month, first, days))
    last = found[-1] if version is None else published.of_number(found, version)
    exported(configuration, found[: last.version], path, key)


@app.command()
def write(
    site: SiteId,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a new or empty folder")],
    month: Month = None,
    first: First = None,
    days: Days = None,
    version: Annotated[int | None, typer.Option(help="by default the newest")] = None,
    key: Annotated[str | None, typer.Option(metavar="REF", help="sign the evidence with this Ed25519 key (PEM)")] = None,
    pdf: Annotated[bool | None, typer.Option("--pdf/--no-pdf", help="by default where it can be made")] = None,
    config: Config = MAIN,
) -> None:
    """Write a published version in all its forms: pages, PDF, JSON, CSV, the evidence, and SHA256SUMS of them.

    Example: threenines statement write acme acme-2026-06 --month 2026-06
    """
    from monitor.cli import published
    from monitor.cli.evidence import evidence
    from monitor.cli.forms import written

    configuration = configured(config)
    found = published.versions(configuration, "write", site, published.Dates(month, first, days))
    last = found[-1] if version is None else published.of_number(found, version)
    written(evidence(configuration, found[: last.version], key), folder, pdf)


@app.command()
def render(
    path: Annotated[str, typer.Argument(metavar="FILE|-", help="what `export` wrote; - is stdin")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a new or empty folder")],
    pdf: Annotated[bool | None, typer.Option("--pdf/--no-pdf", help="by default where it can be made")] = None,
) -> None:
    """Write all forms of a statement from its evidence alone, once it verifies. Needs no configuration and no database.

    Example: threenines statement render acme-2026-06.json acme-2026-06
    """
    from monitor.cli.forms import rendered

    rendered(path, folder, pdf)


@app.command()
def verify(
    path: Annotated[str, typer.Argument(metavar="FILE|-", help="what `export` wrote; - is stdin")],
    public_key: Annotated[Path | None, typer.Option(metavar="FILE", help="it must be signed by this key (PEM)")] = None,
    as_json: Json = False,
) -> None:
    """Compute a statement again from its evidence alone. Exit 1 and the first difference if it is not what was published.

    Needs no configuration and no database. Example: threenines statement verify acme-2026-06.json --public-key provider.pem
    """
    from dataclasses import asdict

    from monitor.cli.evidence import DIFFERS, verified
    from monitor.cli.published import told

    found = verified(path, public_key)
    signed = f"signed by {found.signed_by}" if found.signed_by else "not signed"
    if as_json:
        print(told({"matches": found.difference is None, **asdict(found)}))
    elif found.difference is None:
        print(f"match: {found.name}, {found.figures}; {found.made_by}; {signed}")
    else:
        print(f"first difference: {found.difference}")
    if found.difference is not None:
        raise typer.Exit(DIFFERS)
