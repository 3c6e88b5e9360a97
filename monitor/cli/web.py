"""`threenines web`: who may ask the service for what. Tokens are made on the host, shown once, and end by themselves."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from monitor.cli.desk import MAIN, Config, Json, Token, ask, configured, read, unless_refused

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, no_args_is_help=True)
token = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, no_args_is_help=True)
app.add_typer(token, name="token", help="Tokens of named persons: make one, list all, revoke one.")


@app.callback()
def web() -> None:
    """Who may ask the service for what."""


@token.command()
def new(
    name: Annotated[str, typer.Option(help="the person whose token it is, always spelled the same")],
    scope: Annotated[list[str], typer.Option(help="read, operate (propose), approve or admin; may be given several times")],
    by: Token = None,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Make a token and print it, now and never again; it ends after 90 days.

    Example: threenines web token new --name "Ada Admin" --scope operate --scope approve
    """
    body = {"name": name, "scopes": scope}
    reply = unless_refused("token", ask(configured(config), "token.new", body, by, dry_run=False))
    print(json.dumps(reply, indent=1) if as_json else reply["secret"])


@token.command("list")
def list_(as_json: Json = False, config: Config = MAIN) -> None:
    """Show all tokens without their secrets."""
    from monitor.cli.tables import show
    from monitor.desk.token_deeds import token_document
    from monitor.store import tokens

    found = [token_document(one) for one in read(configured(config), tokens.every)]
    if as_json:
        print(json.dumps({"tokens": found}, indent=1))
        return
    ends = [(one["revoked_at"] and f"revoked {one['revoked_at']}") or f"until {one['expires_at']}" for one in found]
    rows = ((str(one["no"]), one["name"], " ".join(one["scopes"]), end) for one, end in zip(found, ends, strict=True))
    show(("no", "person", "scopes", "good"), rows)


@token.command()
def revoke(
    no: Annotated[int, typer.Argument(metavar="NO", help="the token's number, as listed")],
    by: Token = None,
    config: Config = MAIN,
) -> None:
    """End a token at once."""
    reply = unless_refused("token", ask(configured(config), "token.revoke", {"no": no}, by, dry_run=False))
    print(f"token {no} of {reply['token']['name']} revoked")
