"""`threenines subscriber`: who gets news of a page by mail, and the webhooks that are told of it."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from monitor.cli.desk import MAIN, Config, DryRun, Json, Token, ask, configured, read, unless_refused

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, no_args_is_help=True)
add = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, no_args_is_help=True)
app.add_typer(add, name="add", help="Set up a webhook.")

No = Annotated[int, typer.Argument(metavar="NO", help="the subscriber's number, as listed")]
Page = Annotated[str, typer.Option(help="whose page: a customer's id, or public")]


@app.callback()
def subscriber() -> None:
    """Who gets news of a page: people by mail, tools by webhooks."""


@add.callback()
def adding() -> None:
    """Set up a webhook. People sign up by themselves, on the page."""


@add.command()
def webhook(
    url: Annotated[str, typer.Argument(metavar="URL", help="where it listens: https or http, port 443, 80 or 8443")],
    page: Page = "public",
    kind: Annotated[list[str] | None, typer.Option(help="incident, maintenance; default: both")] = None,
    tell: Annotated[str | None, typer.Option(help="the mail address of who looks after it")] = None,
    token: Token = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Set up a webhook and print its secret, once. It works as soon as it has answered its challenge.

    Example: threenines subscriber add webhook https://hooks.example.com/status --page acme
    """
    body = {"url": url, "page": page, "tell": tell} | ({"kinds": kind} if kind else {})
    reply = unless_refused("subscriber", ask(configured(config), "subscriber.add", body, token, dry_run))
    _told(reply, as_json, "webhook {no} is asked its challenge; its secret, shown this once:")


@app.command()
def rotate(no: No, token: Token = None, dry_run: DryRun = False, as_json: Json = False, config: Config = MAIN) -> None:
    """Give a webhook a new secret and print it, once. For a day the former one signs too.

    Example: threenines subscriber rotate 3
    """
    reply = unless_refused("subscriber", ask(configured(config), "subscriber.rotate", {"no": no}, token, dry_run))
    _told(reply, as_json, "the new secret of webhook {no}, shown this once; the former one signs for a day yet:")


@app.command()
def remove(no: No, token: Token = None, dry_run: DryRun = False, as_json: Json = False, config: Config = MAIN) -> None:
    """End a subscription at once, with all that waits to be sent to it.

    Example: threenines subscriber remove 3
    """
    reply = unless_refused("subscriber", ask(configured(config), "subscriber.remove", {"no": no}, token, dry_run))
    print(json.dumps(reply) if as_json else f"{'would end' if dry_run else 'ended'} subscription {no}")


@app.command()
def allow(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="a mail address whose owner wants news again")],
    page: Page = "public",
    token: Token = None,
    config: Config = MAIN,
) -> None:
    """Let an address be signed up again that ended its subscription once.

    Example: threenines subscriber allow kim@example.com
    """
    body = {"address": address, "page": page}
    reply = unless_refused("subscriber", ask(configured(config), "subscriber.allow", body, token, dry_run=False))
    print("it may be signed up again" if reply["allowed"] else "nothing kept it from being signed up")


@app.command("list")
def list_(as_json: Json = False, config: Config = MAIN) -> None:
    """Show all subscribers, confirmed or not, with the webhooks that fail.

    Example: threenines subscriber list --json
    """
    from monitor.cli.tables import show
    from monitor.desk.deed import Installation
    from monitor.desk.subscriber_deeds import document
    from monitor.store import subscribers
    from monitor.store.key import service_key

    configuration = configured(config)
    ground = Installation(configuration, service_key(configuration.data))
    found = [document(one, ground) for one in read(configuration, subscribers.every)]
    if as_json:
        print(json.dumps({"subscribers": found}, indent=1))
        return
    if not found:
        print("no subscribers")
        return
    rows = ((str(one["no"]), one["page"], one["channel"], one["address"], _state(one), ", ".join(one["kinds"])) for one in found)
    show(("no", "page", "by", "address", "state", "news of"), rows)


def _state(one: dict[str, Any]) -> str:
    if one["off_at"] is not None:
        return f"off since {one['off_at'][:10]}"
    if one["confirmed_at"] is None:
        return "not confirmed"
    return "works" if one["failing_since"] is None else f"fails since {one['failing_since'][:16].replace('T', ' ')}Z"


def _told(reply: dict[str, Any], as_json: bool, said: str) -> None:
    if as_json or "secret" not in reply:
        print(json.dumps(reply))
        return
    print(said.format(no=reply["subscriber"]["no"]))
    print(reply["secret"])
