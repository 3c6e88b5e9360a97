"""`threenines incident`: what customers are told of a trouble. Outages open incidents by themselves; people add the words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from monitor.cli.desk import MAIN, USAGE, Config, DryRun, Json, Token, ask, configured, fail, read, unless_refused

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="the incident, like I-7")]
Body = Annotated[str, typer.Option(help="what is known or new, for people; paragraphs, *emphasis*, lists and https links")]
Impact = Annotated[str | None, typer.Option(help="none, minor, major or critical; never shown less than measured")]
Component = Annotated[list[str] | None, typer.Option(help="what is concerned, as SITE/COMPONENT; may be given several times")]
Title = Annotated[str | None, typer.Option(help="what it is called")]
Status = Annotated[str | None, typer.Option(help="investigating, identified, monitoring, resolved; postmortem after that")]
Public = Annotated[bool, typer.Option("--public", help="these words may also stand on the public page")]
Next = Annotated[str | None, typer.Option("--next", help="when more will be said, within 24 h; 2026-12-01 23:00 Europe/Berlin")]


@app.callback()
def incident() -> None:
    """What customers are told of a trouble."""


@app.command("open")
def open_(
    title: Annotated[str, typer.Option(help="what it is called")],
    component: Annotated[list[str], typer.Option(help="what is concerned, as SITE/COMPONENT; may be given several times")],
    body: Body,
    impact: Impact = None,
    status: Status = None,
    public: Public = False,
    next_: Next = None,
    token: Token = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Open an incident that no outage has opened by itself. Exit 65 with every rule that it breaks.

    Example: threenines incident open --title "Sign-in is slow" --component acme/directory --body "We are looking into it."
    """
    said: dict[str, Any] = {"title": title, "components": component, "body": body, "public": public, **_promised(next_)}
    _said("incident.open", {**said, "impact": impact, "status": status}, config, token, dry_run, as_json)


@app.command()
def update(
    id_: Id,
    body: Body,
    status: Status = None,
    impact: Impact = None,
    title: Title = None,
    component: Component = None,
    public: Public = False,
    next_: Next = None,
    token: Token = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Say something new of an incident: a finding, another status, another title, more components.

    Example: threenines incident update I-7 --status identified --body "A switch failed; it is being replaced."
    """
    said: dict[str, Any] = {"id": id_, "body": body, "status": status, "impact": impact, "title": title, "public": public}
    body_ = {**said, "components": component or [], **_promised(next_)}
    _said("incident.update", body_, config, token, dry_run, as_json)


@app.command()
def resolve(
    id_: Id,
    body: Body,
    public: Public = False,
    token: Token = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Say that an incident is over. Refused while anything of it is measured down.

    Example: threenines incident resolve I-7 --body "The switch was replaced at 14:20 UTC; all is well since."
    """
    said = {"id": id_, "body": body, "status": "resolved", "public": public}
    _said("incident.update", said, config, token, dry_run, as_json)


@app.command("list")
def list_(
    site: Annotated[str | None, typer.Argument(metavar="[SITE]", help="only those of one site")] = None,
    open_only: Annotated[bool, typer.Option("--open", help="only those that go on")] = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Show incidents, the newest last, with the last word on each.

    Example: threenines incident list --open
    """
    from monitor.cli.tables import show
    from monitor.desk.incident_deeds import incident_document
    from monitor.store import incidents

    found = read(configured(config), incidents.every)
    wanted = [one for one in found if (site is None or site in one.sites) and (one.open or not open_only)]
    documents = [incident_document(one) for one in wanted]
    if as_json:
        print(json.dumps({"incidents": documents}, indent=1, ensure_ascii=False))
        return
    show(("id", "began", "status", "components", "last word"), map(_line, documents))


def _promised(text: str | None) -> dict[str, str]:
    """When more will be said, as the desk takes it; exit 2 for what is no time."""
    from monitor.cli.times import moment
    from sla.texts import instant_text

    try:
        return {} if text is None else {"next_update_at": instant_text(moment(text))}
    except ValueError as fault:
        raise fail(f"--next: {fault}", USAGE) from None


def _said(deed: str, body: dict[str, Any], config: Any, token: str | None, dry_run: bool, as_json: bool) -> None:
    """Have the desk do it, and tell what it did or would do."""
    reply = unless_refused("incident", ask(configured(config), deed, body, token, dry_run))
    if as_json:
        print(json.dumps(reply, indent=1, ensure_ascii=False))
    elif dry_run:
        one = reply["update"]
        print(f"would be {one['status']}, by {one['by']}, concerning {', '.join(one['components'])}; nothing changed")
    else:
        one = reply["incident"]
        print(f"{one['id']} {one['status']} by {one['updates'][-1]['by']} at {one['updates'][-1]['at']}")


def _line(one: dict[str, Any]) -> Sequence[str]:
    last = one["updates"][-1]
    words = last["body"].replace("\n", " ")[:80] or "-"
    began = f"{one['began_at'][:10]} {one['began_at'][11:16]}Z"
    return (one["id"], began, one["status"], "\n".join(last["components"]), f"{words}\n{last['by']}")
