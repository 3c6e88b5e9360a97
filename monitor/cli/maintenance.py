"""`threenines maintenance`: plan it, have another person announce it, follow it; every step is told to the contacts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.cli import recurrence
from monitor.cli.desk import MAIN, USAGE, Config, DryRun, Json, Token, agreed, ask, configured, fail, minute, read, unless_refused

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, no_args_is_help=True)

RECURS = "REC-"
"""How the id of what recurs begins."""
Id = Annotated[str, typer.Argument(metavar="ID", help="the maintenance, like MNT-2026-0007")]
Yes = Annotated[bool, typer.Option("--yes", help="do not ask")]
When = "RFC 3339, or '2026-12-01 23:00 Europe/Berlin'"
Impact = Annotated[str | None, typer.Option(help="on the whole site: NO-IMPACT, REDUCED-REDUNDANCY, DEGRADED or OUTAGE")]
Component = Annotated[list[str] | None, typer.Option(help="COMPONENT=IMPACT; may be given several times")]
About = Annotated[str | None, typer.Option(help="more about it, for the customer")]
Action = Annotated[str | None, typer.Option(help="what the customer must do; without it: nothing")]
Emergency = Annotated[str | None, typer.Option(help="why it can't wait for its notice; the customer reads it")]


@dataclass(frozen=True, slots=True)
class _How:
    """How a deed is done: as whom, really or not, told how, by which configuration; ``sure``: nobody is asked again."""

    token: str | None
    dry_run: bool
    as_json: bool
    config: Path
    sure: bool = True


@app.callback()
def maintenance() -> None:
    """Maintenance: planned by one person, announced by another, told to the designated contacts."""


@app.command()
def plan(
    site: Annotated[str, typer.Argument(metavar="SITE")],
    start: Annotated[str, typer.Option("--from", help=f"when it begins: {When}")],
    end: Annotated[str, typer.Option("--to", help="when it ends")],
    title: Annotated[str, typer.Option(help="what it is, for the customer")],
    impact: Impact = None,
    component: Component = None,
    about: About = None,
    action: Action = None,
    emergency: Emergency = None,
    every: Annotated[str | None, typer.Option(metavar="RULE", help="it recurs: RFC 5545, like FREQ=WEEKLY;BYDAY=TU")] = None,
    token: Token = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Plan a maintenance, or with --every one that recurs. It is a draft that only operators see; nobody is told.

    Example: threenines maintenance plan acme --from "2026-12-01 23:00 Europe/Berlin" --to "2026-12-02 01:00 Europe/Berlin"
    --title "Rolling update 10.18.3" --component database=DEGRADED --component node-1=REDUCED-REDUNDANCY
    """
    if every is not None:
        if emergency is not None:
            raise fail("--every: what recurs is no emergency", USAGE)
        said = {"site": site, "title": title, **impacts(impact, component), **_words(about=about, action=action)}
        recurrence.done("plan", said | recurrence.window(every, start, end), token, dry_run, as_json, config)
        return
    body: dict[str, Any] = {"site": site, "title": title, **times(start, end), **impacts(impact, component)}
    _deed("plan", body | _words(about=about, action=action, emergency=emergency), _How(token, dry_run, as_json, config))


@app.command()
def announce(
    id_: Id,
    tentative: Annotated[bool, typer.Option("--tentative", help="the time is not firm; announce again to confirm it")] = False,
    token: Token = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Show who would be told what, ask, and announce a draft, or confirm a provisional time. Another person than the planner.

    Of what recurs (REC-…) the service announces each window from now on, in good time.

    Example: threenines maintenance announce MNT-2026-0007 --token file:/run/secrets/ben
    """
    if id_.startswith(RECURS):
        recurrence.done("approve", {"id": id_}, token, dry_run, as_json, config)
        return
    _deed("announce", {"id": id_, "tentative": tentative}, _How(token, dry_run, as_json, config, yes))


@app.command()
def change(
    id_: Id,
    start: Annotated[str | None, typer.Option("--from", help=f"when it begins now: {When}")] = None,
    end: Annotated[str | None, typer.Option("--to", help="when it ends now")] = None,
    title: Annotated[str | None, typer.Option(help="what it is")] = None,
    impact: Impact = None,
    component: Component = None,
    about: About = None,
    action: Action = None,
    emergency: Emergency = None,
    agreed_by: Annotated[str | None, typer.Option(help="who of the customer agreed to shorter notice")] = None,
    token: Token = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Move a maintenance or change what is said of it. The contacts read what it was and what it is.

    Example: threenines maintenance change MNT-2026-0007 --from 2026-12-08T22:00Z --to 2026-12-09T00:00Z
    """
    body = {"id": id_, **times(start, end), **impacts(impact, component)}
    words = _words(title=title, about=about, action=action, emergency=emergency, agreed_by=agreed_by)
    _deed("change", body | words, _How(token, dry_run, as_json, config, yes))


@app.command()
def start(id_: Id, token: Token = None, dry_run: DryRun = False, as_json: Json = False, config: Config = MAIN) -> None:
    """Say that it has begun.

    Example: threenines maintenance start MNT-2026-0007
    """
    _deed("start", {"id": id_}, _How(token, dry_run, as_json, config))


@app.command()
def extend(
    id_: Id,
    end: Annotated[str, typer.Option("--to", help=f"when it ends now: {When}")],
    token: Token = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Say that it takes longer. An agreement that leaves maintenance out never leaves out the longer part.

    Example: threenines maintenance extend MNT-2026-0007 --to 2026-12-02T01:30Z
    """
    _deed("extend", {"id": id_, **times(None, end)}, _How(token, dry_run, as_json, config))


@app.command()
def complete(
    id_: Id,
    outcome: Annotated[str, typer.Option(help="done, rolled-back or abandoned")] = "done",
    token: Token = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Say that it is over. The contacts read what was announced and what was measured.

    Example: threenines maintenance complete MNT-2026-0007 --outcome rolled-back
    """
    _deed("complete", {"id": id_, "outcome": outcome}, _How(token, dry_run, as_json, config))


@app.command()
def cancel(
    id_: Id,
    reason: Annotated[str, typer.Option(help="why, for operators")] = "",
    token: Token = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Say that it will not take place. Who was told nothing yet is told nothing.

    Of what recurs (REC-…) no window is announced any more, and those that have not begun are cancelled.

    Example: threenines maintenance cancel MNT-2026-0007 --reason "the release was withdrawn"
    """
    if id_.startswith(RECURS):
        recurrence.done("end", {"id": id_}, token, dry_run, as_json, config)
        return
    _deed("cancel", {"id": id_, "reason": reason}, _How(token, dry_run, as_json, config, yes))


@app.command()
def recurring(
    days: Annotated[int, typer.Option(min=1, max=366, help="how far ahead the windows are shown")] = 90,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Show what recurs, and the windows that come.

    Example: threenines maintenance recurring --days 30
    """
    recurrence.listed(days, as_json, config)


@app.command("list")
def list_(
    site: Annotated[str | None, typer.Argument(metavar="[SITE]", help="only those of one site")] = None,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Show all maintenance, the newest last.

    Example: threenines maintenance list acme
    """
    from monitor.cli.tables import show
    from monitor.desk.maintenance_deeds import plan_document
    from monitor.store import maintenance

    found = read(configured(config), maintenance.every)
    documents = [plan_document(plan) for plan in found if site in (None, plan.site)]
    if as_json:
        print(json.dumps({"maintenance": documents}, indent=1, ensure_ascii=False))
        return
    rows = (
        (
            one["id"],
            one["site"],
            f"{minute(one['from'])}\n{minute(one['to'])}",
            one["status"],
            f"{one['title']}\n{one['impact']}",
        )
        for one in documents
    )
    show(("id", "site", "from, to", "status", "what, impact"), rows)


def times(start: str | None, end: str | None) -> dict[str, str]:
    """The ends that were given as RFC 3339, or what is wrong with either, and exit 2."""
    from monitor.cli.times import moment
    from sla.texts import instant_text

    found: dict[str, str] = {}
    wrong = []
    for name, text in (("from", start), ("to", end)):
        try:
            found |= {} if text is None else {name: instant_text(moment(text))}
        except ValueError as fault:
            wrong.append(f"--{name}: {fault}")
    if wrong:
        raise fail("\n".join(wrong), USAGE)
    return found


def impacts(impact: str | None, components: list[str] | None) -> dict[str, Any]:
    """The impacts that were given, or what is wrong with any of them, and exit 2."""
    said: dict[str, Any] = {} if impact is None else {"impact": impact}
    if components:
        pairs = [text.partition("=") for text in components]
        if wrong := [text for text, pair in zip(components, pairs, strict=True) if not (pair[0] and pair[2])]:
            raise fail("\n".join(f"--component: expected COMPONENT=IMPACT, got {text[:80]!r}" for text in wrong), USAGE)
        said["impacts"] = [{"component": name, "impact": word} for name, _, word in pairs]
    return said


def _words(**given: str | None) -> dict[str, str]:
    return {name: text for name, text in given.items() if text is not None}


def _deed(verb: str, body: dict[str, Any], how: _How) -> None:
    """Show what would be told to whom, ask if need be, do it."""
    configuration, deed = configured(how.config), f"maintenance.{verb}"
    if how.dry_run or not how.sure:
        would = ask(configuration, deed, body, how.token, dry_run=True)
        if how.dry_run:
            unless_refused("maintenance", would)
        refused = bool(would.get("refused"))
        if not refused:
            _preview(would, how.as_json and how.dry_run)
        if how.dry_run:
            return
        # What will be refused is tried all the same: the attempt belongs into the audit.
        if not (refused or agreed(f"maintenance {verb}", f"{verb} {body['id']}?")):
            raise typer.Exit(1)
    done = unless_refused("maintenance", ask(configuration, deed, body, how.token, dry_run=False))
    if how.as_json:
        print(json.dumps(done, indent=1, ensure_ascii=False))
        return
    one, letters = done["maintenance"], done["letters"]
    told = f"; letters to {', '.join(letter['to'] for letter in letters)}" if letters else ""
    print(f"{one['id']} {one['status']} by {one['by']}{told}")


def _preview(would: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(would, indent=1, ensure_ascii=False))
        return
    one = would["maintenance"]
    print(f"{one['id']} would be {one['status']}: {minute(one['from'])} to {minute(one['to'])}, {one['impact']}")
    for letter in would["letters"]:
        print(f"\n--- to {letter['to']}\nSubject: {letter['subject']}\n\n{letter['text']}")
    if not would["letters"]:
        print("nobody is told")
