"""`threenines exclusion`: what the agreement leaves out. One person proposes, another decides; figures are shown before."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.cli.desk import MAIN, USAGE, Config, DryRun, Json, Token, agreed, ask, configured, fail, minute, read, unless_refused

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="the exclusion, like X-7")]
Reason = Annotated[str, typer.Option(help="why, for people")]
Evidence = Annotated[list[str] | None, typer.Option(help="what it can be seen by; may be given several times")]

Yes = Annotated[bool, typer.Option("--yes", help="do not ask")]
_COLUMNS = ("window", "", "counted", "availability", "budget left", "verdict")


@dataclass(frozen=True, slots=True)
class _How:
    """How a deed is done: as whom, really or not, told how, by which configuration; ``sure``: nobody is asked again."""

    token: str | None
    dry_run: bool
    as_json: bool
    config: Path
    sure: bool = False


@app.callback()
def exclusion() -> None:
    """What the agreement leaves out: downtime with a cause, evidence and two persons' names."""


@app.command()
def propose(
    site: Annotated[str, typer.Argument(metavar="SITE")],
    start: Annotated[str, typer.Option("--from", help="its start: RFC 3339, or '2026-12-01 23:00 Europe/Berlin'")],
    end: Annotated[str, typer.Option("--to", help="its end; not part of it")],
    cause: Annotated[str, typer.Option(help="one of the agreement's excluded causes")],
    reason: Reason,
    component: Annotated[list[str] | None, typer.Option(help="what would have been up; without it the whole site")] = None,
    party: Annotated[str | None, typer.Option(help="who it was, where the cause doesn't say")] = None,
    evidence: Evidence = None,
    token: Token = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Propose an exclusion. Exit 65 with every rule that it breaks.

    Example: threenines exclusion propose acme --from 2026-06-18T14:00Z --to 2026-06-18T15:06Z --cause unmanaged_component
    --component directory --party "directory of Acme" --reason "restarted by the customer" --evidence ticket:4711
    """
    since, until = _moments(start, end)
    body: dict[str, Any] = {"site": site, "from": since, "to": until, "cause": cause, "reason": reason}
    body |= {"components": component or [], "evidence": evidence or [], **({} if party is None else {"party": party})}
    _deed("propose", body, _How(token, dry_run, as_json, config, sure=True))


@app.command()
def approve(
    id_: Id,
    reason: Reason = "",
    evidence: Evidence = None,
    token: Token = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Approve an exclusion that another person proposed, after its span is over; needs evidence and a token with scope approve.

    Example: threenines exclusion approve X-7 --token file:/run/secrets/ben --yes
    """
    _deed("approve", {"id": id_, "reason": reason, "evidence": evidence or []}, _How(token, dry_run, as_json, config, yes))


@app.command()
def reject(
    id_: Id,
    reason: Reason,
    token: Token = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Reject a proposed exclusion; it stays in the records."""
    _deed("reject", {"id": id_, "reason": reason}, _How(token, dry_run, as_json, config, yes))


@app.command()
def revoke(
    id_: Id,
    reason: Reason,
    token: Token = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Revoke an approved exclusion: from now on it counts again; statements as of before stay as they were."""
    _deed("revoke", {"id": id_, "reason": reason}, _How(token, dry_run, as_json, config, yes))


@app.command("list")
def list_(
    site: Annotated[str | None, typer.Argument(metavar="[SITE]")] = None, as_json: Json = False, config: Config = MAIN
) -> None:
    """Show the exclusions of a site, or of all, with who decided what and when."""
    from monitor.cli.tables import show
    from monitor.desk.exclusion_deeds import exclusion_document
    from monitor.store import exclusions

    configuration = configured(config)
    known = sorted(one.key for one in configuration.sites)
    found = [exclusion_document(filed) for filed in read(configuration, exclusions.every) if site in (None, filed.site)]
    if site is not None and site not in known and not found:
        raise fail(f"threenines exclusion list: no such site, got {site[:80]!r}; there are: {', '.join(known)[:200]}", USAGE)
    if as_json:
        print(json.dumps({"exclusions": found}, indent=1, ensure_ascii=False))
        return
    show(("id", "site", "from, to", "cause, components", "decided"), map(_line, found))


@app.command()
def suggest(
    site: Annotated[str, typer.Argument(metavar="SITE")],
    month: Annotated[str | None, typer.Option(help="a month like 2026-06; by default the 30 days before now")] = None,
    cloud_status: Annotated[str | None, typer.Option(help="a link by which the cloud provider says that it failed")] = None,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Show the outages of a site with whose fault each seems to be, why, and the outer edges to propose. Decides nothing."""
    from monitor.cli.suggest import suggested

    suggested(configured(config), site, month, cloud_status, as_json)


def _moments(start: str, end: str) -> tuple[str, str]:
    """Both ends as RFC 3339, or what is wrong with either, and exit 2."""
    from monitor.cli.times import moment
    from sla.texts import instant_text

    found, wrong = [], []
    for option, text in (("--from", start), ("--to", end)):
        try:
            found.append(instant_text(moment(text)))
        except ValueError as fault:
            wrong.append(f"{option}: {fault}")
    if wrong:
        raise fail("\n".join(wrong), USAGE)
    return found[0], found[1]


def _deed(verb: str, body: dict[str, Any], how: _How) -> None:
    """Show what the deed does to the figures, ask if need be, do it."""
    configuration, deed = configured(how.config), f"exclusion.{verb}"
    would = ask(configuration, deed, body, how.token, dry_run=True)
    if how.dry_run:
        unless_refused("exclusion", would)
    refused = bool(would.get("refused"))
    if not refused and not how.as_json:
        _show_effects(would["effects"])
    if how.dry_run:
        _told(would, how.as_json)
        return
    # What will be refused is tried all the same: the attempt belongs into the audit.
    if not (how.sure or refused or agreed(f"exclusion {verb}", f"{verb} {body['id']}?")):
        raise typer.Exit(1)
    done = unless_refused("exclusion", ask(configuration, deed, body, how.token, dry_run=False))
    _told({**done, "effects": would.get("effects", [])}, how.as_json)


def _told(reply: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(reply, indent=1, ensure_ascii=False))
        return
    one = reply["exclusion"]
    last = one["history"][-1]
    if "would" in reply:
        print(f"would be {last['status']} by {last['by']}; nothing changed")
    else:
        print(f"{one['id']} {one['state']} by {last['by']} at {last['at']}")


def _show_effects(effects: Iterable[dict[str, Any]]) -> None:
    from monitor.cli.tables import show

    rows = []
    for effect in effects:
        for word in ("before", "after"):
            found = effect[word]
            figures = found.get("worst", found)
            dates = f" ({figures['first']} .. {figures['last']})" if "worst" in found else ""
            rows.append((effect["window"] + dates, word, *_figures(figures), found["verdict"]))
    if rows:
        show(_COLUMNS, rows)


def _figures(figures: dict[str, Any]) -> tuple[str, str, str]:
    share = figures["availability_percent"]
    left = f"{figures['error_budget_remaining_seconds']} s"
    return f"{figures['downtime_counted_seconds']} s", "no period" if share is None else f"{share} %", left


def _line(one: dict[str, Any]) -> tuple[str, ...]:
    decided = "\n".join(f"{step['status']} {minute(step['at'])} by {step['by']}" for step in one["history"])
    over = ", ".join(one["components"]) or "whole site"
    return (one["id"], one["site"], f"{minute(one['from'])}\n{minute(one['to'])}", f"{one['cause']}\n{over}", decided)
