"""`threenines statement`: what was promised and what was kept, as it stands, and as it was published: every version for ever."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.desk import MAIN, USAGE, Config, DryRun, Json, Token, ask, configured, fail, read, unless_refused

if TYPE_CHECKING:  # what a command needs it imports when it runs: help must come at once
    from monitor.config.configuration import Configuration, Site
    from monitor.desk.statement import Asked
    from monitor.store.statements import Issued
    from sla.span import Instant

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, no_args_is_help=True)

SiteId = Annotated[str, typer.Argument(metavar="SITE")]
Month = Annotated[str | None, typer.Option(help="a calendar month like 2026-06")]
First = Annotated[str | None, typer.Option(help="the first local date")]
Days = Annotated[int | None, typer.Option(help="the number of local dates (30)")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="by what was recorded up to then; by default now")]
DIFFERS = 1


@dataclass(frozen=True, slots=True)
class _Dates:
    """The dates as they were typed."""

    month: str | None
    first: str | None
    days: int | None

    def asked(self, configuration: Configuration, site: str, at: Instant) -> Asked:
        """The dates asked about, in the zone of the site if it is configured still; what is wrong ends with 2."""
        from monitor.cli.windows import asked_dates

        zones = [one.promised_at(at).agreement.zone for one in configuration.sites if one.key == site]
        return asked_dates(zones[0] if zones else "UTC", self.month, self.first, self.days, at)


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
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Show figures, the worst windows, outages, exclusions with who decided, the verdict and the digest of what it is made of.

    Without dates: the last 30 up to today. Example: threenines statement show acme --month 2026-06
    """
    from reports.restated import restated
    from reports.statement import text
    from sla.printing import line

    configuration = configured(config)
    name, dates = _site(configuration, "show", site).name, _Dates(month, first, days)
    if version is not None:
        if as_of is not None:
            raise fail("threenines statement show: --version and --as-of exclude one another", USAGE)
        one = _document(_version(_published(configuration, "show", site, dates), version))
        print(_json(one) if as_json else f"{text(name, one['statement'])}\n\n{restated(one)}")
        return
    content = _as_it_stands(configuration, site, dates, as_of)
    print(line(content["result"]) if as_json else text(name, content))


@app.command()
def issue(
    site: SiteId,
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

    Example: threenines statement issue acme --month 2026-06
    """
    from reports.restated import restated
    from sla.texts import instant_text

    if month is None and first is None:
        raise fail("threenines statement issue: which dates? --month 2026-06, or --first 2026-06-01 with --days 30", USAGE)
    configuration = configured(config)
    body = {"site": site, "period": _Dates(month, first, days).asked(configuration, site, _now()).period}
    if as_of is not None:
        body["as_of"] = instant_text(_moment(as_of))
    reply = unless_refused("statement", ask(configuration, "statement.issue", body, token, dry_run))
    if as_json:
        print(_json(reply))
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
    from monitor.cli.tables import show as table
    from monitor.store import statements

    if (site is None) is not all_:
        raise fail("threenines statement list: either a SITE or --all", USAGE)
    configuration = configured(config)
    found = read(configuration, lambda connection: tuple(statements.every(connection, site)))
    if site is not None and not found:
        _site(configuration, "list", site)
    if as_json:
        print(_json({"statements": [_document(one) for one in found]}))
    else:
        table(("site", "period", "version", "as of, published by", "counted", "availability", "verdict"), map(_line, found))
    if check:
        _checked(configuration, found)


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
    from reports.restated import comparison

    configuration = configured(config)
    found = _published(configuration, "compare", site, _Dates(month, first, days))
    old, new = (_version(found, number) for number in sorted((one, other)))
    between = [_document(issued) for issued in found if old.version < issued.version <= new.version]
    if as_json:
        print(_json({"versions": [_document(old), *between]}))
        return
    print(comparison(_document(old), _document(new), between))


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
    from monitor.cli.evidence import exported

    configuration = configured(config)
    found = _published(configuration, "export", site, _Dates(month, first, days))
    last = found[-1] if version is None else _version(found, version)
    exported(configuration, found[: last.version], path, key)


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

    from monitor.cli.evidence import verified

    found = verified(path, public_key)
    signed = f"signed by {found.signed_by}" if found.signed_by else "not signed"
    if as_json:
        print(_json({"matches": found.difference is None, **asdict(found)}))
    elif found.difference is None:
        print(f"match: {found.name}, {found.figures}; {found.made_by}; {signed}")
    else:
        print(f"first difference: {found.difference}")
    if found.difference is not None:
        raise typer.Exit(DIFFERS)


def _site(configuration: Configuration, verb: str, key: str) -> Site:
    from monitor.config.mistake import did_you_mean

    sites = {one.key: one for one in configuration.sites}
    if key not in sites:
        raise fail(f"threenines statement {verb}: no such site, got {key[:80]!r}{did_you_mean(key, sites)}", USAGE)
    return sites[key]


def _as_it_stands(configuration: Configuration, site: str, dates: _Dates, as_of: str | None) -> dict[str, Any]:
    """The statement by what is stored, published or not."""
    from monitor.desk.case_file import NoSuchSite
    from monitor.desk.statement import statement as made

    at = _now() if as_of is None else _moment(as_of)
    asked = dates.asked(configuration, site, at)
    try:
        return read(configuration, lambda connection: made(connection, site, asked, at)).content
    except NoSuchSite:
        raise fail(f"{site}: nothing was recorded yet", USAGE) from None


def _published(configuration: Configuration, verb: str, site: str, dates: _Dates) -> tuple[Issued, ...]:
    """All versions of one statement; none is a mistake of who asks."""
    from monitor.store import statements

    asked = dates.asked(configuration, site, _now())
    found = read(configuration, lambda connection: statements.versions(connection, site, asked.period))
    if not found:
        _site(configuration, verb, site)
        raise fail(f"{site} {asked.period}: nothing was published; `threenines statement list {site}` shows what was", USAGE)
    return found


def _version(found: tuple[Issued, ...], number: int) -> Issued:
    for issued in found:
        if issued.version == number:
            return issued
    raise fail(f"{found[0].site} {found[0].period}: no such version, got {number}, expected 1 to {len(found)}", USAGE)


def _checked(configuration: Configuration, found: Iterable[Issued]) -> None:
    """Compute each version again from the store; those that differ are told, then exit 1."""
    from monitor.desk.issue import differing

    def again(connection: Any) -> list[tuple[Issued, str]]:
        return list(differing(connection, found))

    wrong = read(configuration, again)
    if wrong:
        lines: Iterator[str] = (f"{one.site} {one.period} version {one.version}: differs at {place}" for one, place in wrong)
        raise fail("\n".join(lines), DIFFERS)


def _moment(text: str) -> Instant:
    from monitor.cli.times import moment

    try:
        return moment(text)
    except ValueError as fault:
        raise fail(f"--as-of: {fault}", USAGE) from None


def _now() -> Instant:
    from monitor.clock import system_clock

    return system_clock()


def _document(issued: Issued) -> dict[str, Any]:
    from monitor.desk.deeds import issued_document

    return issued_document(issued)


def _json(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)


def _line(one: Issued) -> tuple[str, ...]:
    from sla.texts import instant_text

    result = one.document["result"]
    share = result["figures"]["availability_percent"]
    counted = f"{result['figures']['downtime_counted_seconds']} s"
    said = "no period" if share is None else f"{share} %"
    as_of = instant_text(one.as_of)
    return (
        one.site,
        one.period,
        str(one.version),
        f"{as_of[:10]} {as_of[11:16]}Z",
        one.issued_by,
        counted,
        said,
        result["verdict"],
    )
