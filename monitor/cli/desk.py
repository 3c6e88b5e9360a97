"""How commands reach the desk: over the control socket while the service runs, else in this process under the writer's lock."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

if TYPE_CHECKING:  # what a command needs it imports when it runs: help must come at once
    from monitor.config.configuration import Configuration
    from monitor.desk.deeds import Request


T = TypeVar("T")

USAGE, BAD_DATA, UNAVAILABLE, REFUSED, INTERRUPTED = 2, 65, 69, 78, 130
ANSWER_S = 30.0
"""A deed waits for a commit and for the pages; with the disk full the service says so at once."""
DENIED = "control socket: permission denied; use sudo"
_NAMES = [
    "site",
    "component",
    "exclusion",
    "incident",
    "maintenance",
    "token",
    "contact",
    "recurrence",
    "page",
    "request",
    "rollout",
    "subscriber",
    "wave",
]
NOT_FOUND = frozenset(f"unknown-{name}" for name in _NAMES)

Config = Annotated[Path, typer.Option("--config", help="the main configuration file")]
MAIN = Path("threenines.yaml")
Token = Annotated[str | None, typer.Option(metavar="REF", help="the token of the person who acts: file:/path or env:NAME")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="say what would be done and change nothing")]
Json = Annotated[bool, typer.Option("--json", help="one JSON document")]


def configured(path: Path) -> Configuration:
    """The configuration, or its mistakes on stderr and exit 78."""
    from monitor.config.load import ConfigurationErrors, load

    try:
        return load(path, os.environ)
    except ConfigurationErrors as errors:
        print(errors, file=sys.stderr)
        raise typer.Exit(REFUSED) from None


def fail(text: str, code: int) -> typer.Exit:
    """Say on stderr why nothing was done; what to raise."""
    print(text, file=sys.stderr)
    return typer.Exit(code)


def ask(configuration: Configuration, deed: str, body: dict[str, Any], token: str | None, dry_run: bool) -> dict[str, Any]:
    """What the desk answers: what it did or would do, or under ``refused`` every rule that the deed breaks."""
    from monitor.clock import system_clock
    from monitor.desk.deed import Installation
    from monitor.desk.deeds import Request, act, preview
    from monitor.store.database import Database
    from monitor.store.engine import StoreError, StoreLocked
    from monitor.store.key import service_key
    from monitor.web.unix import user_name

    asked = Request(deed, body, user_name(os.geteuid()), _secret(token))
    try:
        database = Database(configuration.data, system_clock())
    except StoreLocked as locked:
        return _over_socket(configuration.data, asked, dry_run, str(locked))
    except PermissionError:
        raise fail(DENIED, UNAVAILABLE) from None
    except StoreError as fault:
        raise fail(f"threenines: {fault}", fault.exit_code) from None
    try:
        now, ground = system_clock(), Installation(configuration, service_key(configuration.data))
        if dry_run:
            return database.look(lambda connection: preview(connection, asked, now, ground)).document
        return database.writer.submit(lambda connection: act(connection, asked, now, ground)).result().document
    except StoreError as fault:
        raise fail(f"threenines: {fault}", fault.exit_code) from None
    finally:
        database.close()


def _secret(token: str | None) -> str | None:
    from monitor.config.secrets import reference, reveal

    if token is None:
        return None
    try:
        return reveal(reference(token), os.environ).reveal()
    except ValueError as fault:
        raise fail(f"--token: {fault}", USAGE) from None


def _over_socket(data: Path, asked: Request, dry_run: bool, held: str) -> dict[str, Any]:
    """The running service does it. What it answers is JSON, also with a status that says no."""
    import httpx

    from monitor.web.control import NAME
    from monitor.web.unix import reachable

    headers = {"Authorization": f"Bearer {asked.secret}"} if asked.secret else {}
    try:
        with reachable(data / NAME) as name, httpx.Client(transport=httpx.HTTPTransport(uds=name), timeout=ANSWER_S) as client:
            answer = client.post(
                f"http://control/deeds/{asked.deed}", params={"dry_run": ""} if dry_run else {}, json=asked.body, headers=headers
            )
        found: dict[str, Any] = answer.json()
    except httpx.ConnectError as fault:
        denied = "ermission denied" in str(fault)
        raise fail(DENIED if denied else f"{held}, and it does not answer on {data / NAME}", UNAVAILABLE) from None
    except (httpx.HTTPError, ValueError) as fault:
        raise fail(f"control socket: {fault}", UNAVAILABLE) from None
    if "refused" not in found and answer.status_code != httpx.codes.OK:
        raise fail(f"control socket: {found.get('title', answer.status_code)}", UNAVAILABLE)
    return found


def agreed(command: str, question: str) -> bool:
    """Does the person at the terminal agree? Where nobody sits there, nothing is asked and nothing done."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise fail(f"threenines {command}: nobody to ask; --yes does it, --dry-run shows what it does", USAGE)
    try:
        return typer.confirm(question, err=True)
    except typer.Abort:
        raise typer.Exit(INTERRUPTED) from None


def asked(configuration: Configuration, what: str, **how: str) -> dict[str, Any]:
    """What the running service tells of ``what``; without one nothing is to be had, and that is 69."""
    import httpx

    from monitor.web.control import NAME
    from monitor.web.unix import reachable

    try:
        with (
            reachable(configuration.data / NAME) as name,
            httpx.Client(transport=httpx.HTTPTransport(uds=name), timeout=ANSWER_S) as client,
        ):
            answer = client.get(f"http://control/{what}", params=how)
            found: dict[str, Any] = answer.json()
    except httpx.ConnectError as fault:
        denied = "ermission denied" in str(fault)
        raise fail(DENIED if denied else f"no service runs on {configuration.data}", UNAVAILABLE) from None
    except (httpx.HTTPError, OSError, ValueError) as fault:
        raise fail(f"control socket: {fault}", UNAVAILABLE) from None
    return found


def unless_refused(noun: str, reply: dict[str, Any]) -> dict[str, Any]:
    """The reply; a refusal is told rule by rule on stderr and ends with 65, or 2 where only a name was not known."""
    refused = reply.get("refused")
    if not refused:
        return reply
    for fault in refused:
        where = ".".join(map(str, fault["member"]))
        print(f"{noun}: {where}: {fault['code']}: {told(fault)}", file=sys.stderr)
    raise typer.Exit(USAGE if {fault["code"] for fault in refused} <= NOT_FOUND else BAD_DATA)


def told(fault: dict[str, Any]) -> str:
    """A fault in one sentence with what was got and expected; messages that say so themselves are left alone."""
    message = str(fault["message"])
    return message if "expected " in message else f"{message}, got {json.dumps(fault['got'])}, expected {fault['expected']}"


def read(configuration: Configuration, work: Callable[[Any], T]) -> T:
    """What ``work`` finds on a connection of the store, whether the service runs or not; what hinders it ends with its code."""
    from monitor.store.database import looked
    from monitor.store.engine import StoreError

    try:
        return looked(configuration.data, work)
    except PermissionError:
        raise fail(DENIED, UNAVAILABLE) from None
    except StoreError as fault:
        raise fail(f"threenines: {fault}", fault.exit_code) from None


def minute(at: str) -> str:
    """An instant of the desk's documents to the minute, for people: ``2026-12-01 22:00Z``."""
    return f"{at[:10]} {at[11:16]}Z"
