"""`threenines request`: what customers ask for on their pages; accept it with a maintenance, or decline it with a reason."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from monitor.cli.desk import MAIN, USAGE, Config, Json, Token, ask, configured, fail, minute, read, unless_refused
from monitor.cli.maintenance import About, Action, Component, Impact, When, impacts, times

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="the request, like REQ-2026-0007")]
Note = Annotated[str, typer.Option(help="a word for operators")]


@app.callback()
def request() -> None:
    """What customers ask for on their pages."""


@app.command("list")
def list_(
    site: Annotated[str | None, typer.Argument(metavar="[SITE]", help="only those of one site")] = None,
    open_only: Annotated[bool, typer.Option("--open", help="only those that nobody has answered")] = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Show requests, the newest last.

    Example: threenines request list --open
    """
    from monitor.cli.tables import show
    from monitor.desk.request_deeds import request_document
    from monitor.store import requests

    found = [request_document(one) for one in read(configured(config), requests.every) if site in (None, one.site)]
    wanted = [one for one in found if not open_only or one["status"] == "asked"]
    if as_json:
        print(json.dumps({"requests": wanted}, indent=1, ensure_ascii=False))
        return
    show(("id", "at", "site", "status", "what"), map(_row, wanted))


@app.command("show")
def show_(id_: Id, as_json: Json = False, config: Config = MAIN) -> None:
    """Show all that was said of a request.

    Example: threenines request show REQ-2026-0007
    """
    from monitor.desk.request_deeds import request_document
    from monitor.store import requests

    found = read(configured(config), lambda db: requests.find(db, id_))
    if found is None:
        raise fail(f"threenines request: no such request, got {id_[:80]!r}; `threenines request list` names them", USAGE)
    document = request_document(found)
    print(json.dumps(document, indent=1, ensure_ascii=False) if as_json else _told(document))


@app.command()
def accept(
    id_: Id,
    answer: Annotated[str, typer.Option(help="what the customer reads")] = "",
    start: Annotated[str | None, typer.Option("--from", help=f"when the maintenance for it begins: {When}")] = None,
    end: Annotated[str | None, typer.Option("--to", help="when that ends")] = None,
    title: Annotated[str | None, typer.Option(help="what the maintenance is called; without it what was asked for")] = None,
    impact: Impact = None,
    component: Component = None,
    about: About = None,
    action: Action = None,
    note: Note = "",
    token: Token = None,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Accept a request. With --from and --to its maintenance is planned and announced at once, since the customer agreed.

    Example: threenines request accept REQ-2026-0007 --from "2026-12-01 23:00 Europe/Berlin" --to "2026-12-02 00:00 Europe/Berlin"
    --component node-1=DEGRADED --token file:/run/secrets/ben
    """
    body: dict[str, Any] = {"id": id_, "answer": answer, "remark": note, **times(start, end), **impacts(impact, component)}
    words = {"title": title, "about": about, "action": action}
    _done("accept", body | {name: text for name, text in words.items() if text is not None}, token, as_json, config)


@app.command()
def decline(
    id_: Id,
    answer: Annotated[str, typer.Option(help="why not; the customer reads it")],
    note: Note = "",
    token: Token = None,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Decline a request.

    Example: threenines request decline REQ-2026-0007 --answer "Split tunnels are not part of your agreement."
    """
    _done("decline", {"id": id_, "answer": answer, "remark": note}, token, as_json, config)


def _done(verb: str, body: dict[str, Any], token: str | None, as_json: bool, config: Any) -> None:
    done = unless_refused("request", ask(configured(config), f"request.{verb}", body, token, dry_run=False))
    one = done["request"]
    if as_json:
        print(json.dumps(done, indent=1, ensure_ascii=False))
        return
    plan = f"; {one['maintenance']} is announced" if one["maintenance"] else ""
    print(f"{one['id']} {one['status']} by {one['by']}{plan}")


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    parts = ", ".join(one["components"]) or "whole site"
    words = one["words"].replace("\n", " ")[:80]
    return one["id"], minute(one["at"]), one["site"], one["status"], f"{one['kind']}: {parts}\n{words}".rstrip()


def _told(one: dict[str, Any]) -> str:
    lines = [f"{one['id']}  {one['kind']}  {one['status']}", f"  site      {one['site']}"]
    lines += [f"  parts     {', '.join(one['components'])}"] if one["components"] else []
    lines += [f"  contact   {one['contact']}"]
    lines += [f"  wanted    from {minute(one['wanted_from'])}"] if one["wanted_from"] else []
    lines += [f"  {'words' if number == 0 else '':10}{line}" for number, line in enumerate(one["words"].splitlines())]
    for step in one["steps"]:
        lines += [f"  {minute(step['at'])}  {step['status']} by {step['by']}"]
        lines += [f"    {text}" for text in (*step["answer"].splitlines(), *step["note"].splitlines()) if text]
        lines += [f"    {found['component']} {found['state']}{_because(found['cause'])}" for found in step["found"]]
        lines += [f"    {step['maintenance']}"] if step["maintenance"] else []
    return "\n".join(lines)


def _because(cause: str | None) -> str:
    return f" ({cause})" if cause else ""
