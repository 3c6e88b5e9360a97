"""`threenines notice`: the letters of the outbox, and whether the mail server takes any."""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated, Any

import typer

from monitor.cli.desk import MAIN, UNAVAILABLE, USAGE, Config, Json, Token, ask, configured, fail, read, unless_refused

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, no_args_is_help=True)
No = Annotated[int, typer.Argument(metavar="NO", help="the letter's number, as listed")]
WAITING = ("new", "sending", "dead")
MOST = 500


@app.callback()
def notice() -> None:
    """The letters of the outbox."""


@app.command()
def queue(
    every: Annotated[bool, typer.Option("--all", help="also letters that are sent, expired, superseded or bounced")] = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Show the letters that wait, are being sent, or were refused for good.

    Examples: threenines notice queue · threenines notice queue --all --json
    """
    from monitor.cli.tables import show
    from monitor.store import letters

    states = [state for state in letters.State if every or state.value in WAITING]
    found = [_document(kept) for kept in read(configured(config), lambda db: letters.listed(db, states, MOST))]
    if as_json:
        print(json.dumps({"letters": found}, indent=1))
        return
    if not found:
        print("no letters" if every else "no letters wait")
        return
    rows = ((str(one["no"]), f"{one['state']}\n{_when(one)}", one["contact"], _said(one)) for one in found)
    show(("no", "state", "to", "subject, and the mail server's last word"), rows)


@app.command("show")
def show_(no: No, config: Config = MAIN) -> None:
    """Print a letter as it is or was handed to the mail server: its finished bytes.

    Example: threenines notice show 17 > letter.eml
    """
    from monitor.store import letters

    kept = read(configured(config), lambda db: letters.find(db, no))
    if kept is None:
        raise fail(f"notice: no letter {no}; `threenines notice queue --all` lists them", USAGE)
    sys.stdout.buffer.write(kept.letter.body)


@app.command()
def retry(
    numbers: Annotated[list[int], typer.Argument(metavar="NO…", help="letters that wait or were refused")],
    token: Token = None,
    config: Config = MAIN,
) -> None:
    """Send letters once more, at once, and go on trying for another day.

    Example: threenines notice retry 17 18
    """
    reply = unless_refused("notice", ask(configured(config), "notice.retry", {"letters": numbers}, token, dry_run=False))
    print(f"queued again: {', '.join(map(str, reply['letters']))}")


@app.command()
def contacts(as_json: Json = False, config: Config = MAIN) -> None:
    """Show the contacts whom the last letter did not reach, since when, and what the mail server said.

    Example: threenines notice contacts
    """
    from monitor.cli.tables import show
    from monitor.store import bounces
    from sla.texts import instant_text

    flagged = read(configured(config), bounces.flagged)
    found = [
        {"contact": name, "since": instant_text(one.at), "status": one.status, "text": one.text} for name, one in flagged.items()
    ]
    if as_json:
        print(json.dumps({"contacts": found}, indent=1, ensure_ascii=False))
        return
    if not found:
        print("all contacts are reached, as far as is known")
        return
    rows = ((one["contact"], f"{one['since'][:16].replace('T', ' ')}Z", f"{one['status']} {one['text']}") for one in found)
    show(("contact", "since", "what the mail server said"), rows)


@app.command()
def reached(
    contact: Annotated[str, typer.Argument(metavar="ADDRESS", help="as `notice contacts` shows it")],
    token: Token = None,
    config: Config = MAIN,
) -> None:
    """Say that letters reach a contact again: the flag goes away, and the fallback hears no more.

    Example: threenines notice reached ada@acme.example
    """
    done = unless_refused("notice", ask(configured(config), "notice.reached", {"contact": contact}, token, dry_run=False))
    print(f"{done['contact']} is reached again")


@app.command()
def test(
    to: Annotated[str, typer.Argument(metavar="ADDRESS", help="who shall get it")],
    config: Config = MAIN,
) -> None:
    """Send one letter to ADDRESS now, beside the outbox, and tell what the mail server said. Exit 69 if it was not taken.

    Example: threenines notice test ops@example.com
    """
    import asyncio

    from monitor.clock import system_clock
    from monitor.config.mistake import Wrong
    from monitor.config.texts import email
    from monitor.post.mail import Fate, give
    from reports.notices import trial

    mailing = configured(config).mailing
    if mailing is None:
        raise fail("notice: the configuration names no mail server; see `mail` in docs/configuration.md", USAGE)
    try:
        address = email(to)
    except Wrong as wrong:
        raise fail(f"notice: ADDRESS: {wrong}", USAGE) from None
    body = trial((mailing.name, mailing.sender), address, mailing.domain, system_clock())
    reply = asyncio.run(give(mailing, os.environ, mailing.sender, address, body))
    if reply.fate is not Fate.TAKEN:
        raise fail(f"not taken: {reply.text}", UNAVAILABLE)
    print(f"taken by {mailing.host}:{mailing.port}: {reply.text}")


def _document(kept: Any) -> dict[str, Any]:
    from sla.texts import instant_text

    def told(instant: int | None) -> str | None:
        return None if instant is None else instant_text(instant)

    letter = kept.letter
    return {
        "no": kept.no,
        "state": kept.state.value,
        "event": letter.key.event,
        "contact": letter.key.contact,
        "kind": letter.key.kind,
        "sequence": letter.key.sequence,
        "subject": letter.subject,
        "queued_at": told(kept.queued_at),
        "expires_at": told(letter.expires_at),
        "tries": kept.tries,
        "next_at": told(kept.next_at) if kept.state.value == "new" else None,
        "settled_at": told(kept.settled_at),
        "reply": kept.reply,
    }


def _when(one: dict[str, Any]) -> str:
    """When a letter reached its state, or is tried next; to the minute, UTC."""
    if one["state"] == "new" and one["tries"]:
        return f"try {one['tries'] + 1} at {one['next_at'][11:16]}Z"
    return f"{(one['settled_at'] or one['queued_at'])[:16].replace('T', ' ')}Z"


def _said(one: dict[str, Any]) -> str:
    return f"{one['subject']}\n{one['reply']}" if one["reply"] else str(one["subject"])
