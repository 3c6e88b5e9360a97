"""`threenines release`: carry a release to all sites, wave after wave, and tell what is in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.cli.desk import (
    BAD_DATA,
    MAIN,
    USAGE,
    Config,
    DryRun,
    Json,
    Token,
    configured,
    fail,
    minute,
    read,
)
from monitor.cli.maintenance import Emergency, When, times
from monitor.cli.release_deed import How, do, line, published

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ROLLOUT", help="the rollout, like RO-2026-0007")]
Wave = Annotated[int, typer.Option(min=1, help="which wave, from 1")]
Yes = Annotated[bool, typer.Option("--yes", help="do not ask")]
GATE_CODES = {"go": 0, "hold": 1, "cannot tell": 2}
"""What `gate` ends with: a pipeline goes on only with 0."""


@app.callback()
def release() -> None:
    """Releases: a rollout carries one to all sites in waves; the customers are told of their window and of what is new."""


@app.command()
def draft(
    version: Annotated[str | None, typer.Argument(metavar="[VERSION]", help="the release; may be named later")] = None,
    title: Annotated[str, typer.Option(help="what customers read above their windows")] = "Rolling update",
    start: Annotated[str | None, typer.Option("--from", help=f"when the first wave begins: {When}")] = None,
    wave: Annotated[list[str] | None, typer.Option(help="RING,FROM,TO[,SITE…]; one option a wave, instead of --from")] = None,
    impact: Annotated[str | None, typer.Option(help="NO-IMPACT, REDUCED-REDUNDANCY, DEGRADED or OUTAGE")] = None,
    about: Annotated[str, typer.Option(help="more about it, for the customers")] = "",
    action: Annotated[str, typer.Option(help="what the customers must do; without it: nothing")] = "",
    token: Token = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Draft a rollout. Every site is put into a wave by its ring; nobody is told.

    Example: threenines release draft 10.18.3 --from "2026-12-01 22:00 Europe/Berlin"
    """
    body: dict[str, Any] = {"version": version, "title": title, "impact": impact, "about": about, "action": action}
    body |= times(start, None) | ({"waves": [_wave(text) for text in wave]} if wave else {})
    do("draft", body, How(token, dry_run, as_json, config))


@app.command()
def change(
    id_: Id,
    version: Annotated[str | None, typer.Option(help="the release's version")] = None,
    title: Annotated[str | None, typer.Option(help="what customers read above their windows")] = None,
    token: Token = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Give a draft its version or another title.

    Example: threenines release change RO-2026-0007 --version 10.18.3
    """
    do("change", {"id": id_, "version": version, "title": title}, How(token, dry_run, as_json, config))


@app.command()
def announce(
    id_: Id,
    wave: Wave,
    token: Token = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Show every letter, ask, and announce a whole wave to the contacts of its sites. Another person than the planner.

    Example: threenines release announce RO-2026-0007 --wave 2 --token file:/run/secrets/ben
    """
    do("announce", {"id": id_, "wave": wave}, How(token, dry_run, as_json, config, yes))


@app.command()
def move(
    id_: Id,
    wave: Wave,
    start: Annotated[str, typer.Option("--from", help=f"when its windows begin now: {When}")],
    end: Annotated[str, typer.Option("--to", help="when they end now")],
    emergency: Emergency = None,
    agreed_by: Annotated[str | None, typer.Option(help="who of the customers agreed to shorter notice")] = None,
    token: Token = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Move a wave. What was announced changes; what was postponed gets new windows, which are announced anew.

    Example: threenines release move RO-2026-0007 --wave 2 --from 2026-12-08T21:00Z --to 2026-12-08T23:00Z
    """
    body = {"id": id_, "wave": wave, **times(start, end), "emergency": emergency, "agreed_by": agreed_by}
    do("move", body, How(token, dry_run, as_json, config, yes))


@app.command()
def hold(
    id_: Id,
    reason: Annotated[str, typer.Option(help="why, for operators")],
    token: Token = None,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Let nothing more of a rollout begin.

    Example: threenines release hold RO-2026-0007 --reason "a customer reports lost mails"
    """
    do("hold", {"id": id_, "reason": reason}, How(token, False, as_json, config))


@app.command()
def resume(
    id_: Id,
    override: Annotated[str | None, typer.Option(metavar="REASON", help="why it goes on in spite of the gate")] = None,
    token: Token = None,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Let a held rollout go on. Another person than who planned or held it; against the gate only with a reason.

    Example: threenines release resume RO-2026-0007 --override "the switch was it" --token file:/run/secrets/cleo
    """
    do("resume", {"id": id_, "override": override}, How(token, dry_run, as_json, config))


@app.command()
def cancel(
    id_: Id,
    reason: Annotated[str, typer.Option(help="why, for operators")],
    token: Token = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Call a rollout off; windows that were announced and have not begun are cancelled.

    Example: threenines release cancel RO-2026-0007 --reason "10.18.4 follows at once"
    """
    do("cancel", {"id": id_, "reason": reason}, How(token, dry_run, as_json, config, yes))


@app.command()
def publish(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Markdown with front matter: version, date, title, rollout, public")
    ],
    notify: Annotated[bool, typer.Option("--notify", help="mail a correction; the first edition always is")] = False,
    token: Token = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Publish the notes of a release: an article on the pages, an entry in the feeds, a mail to the designated contacts.

    Example: threenines release publish 10.18.3.md --token file:/run/secrets/ben
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise fail(f"release: {file}: {fault}", BAD_DATA) from None
    published({"text": text, "notify": notify}, How(token, dry_run, as_json, config, yes))


@app.command()
def gate(
    id_: Id,
    wave: Annotated[int | None, typer.Option(min=1, help="which wave; without it the next")] = None,
    as_json: Json = False,
    config: Config = MAIN,
) -> None:
    """Say whether a wave may begin, with every reason and its numbers. Exit 0: go, 1: hold, 2: cannot tell.

    Example: threenines release gate RO-2026-0007 --wave 2
    """
    from monitor.cli.tables import show
    from monitor.clock import system_clock
    from monitor.desk.rollout_nouns import gate_document

    configuration = configured(config)
    found = read(configuration, lambda db: gate_document(db, configuration, id_, wave, system_clock()))
    if found is None:
        raise fail(f"release: no such rollout, or no such wave of {id_}; `threenines release list` shows them", USAGE)
    if as_json:
        print(json.dumps(found, indent=1, ensure_ascii=False))
    else:
        print(f"{found['rollout']}, before wave {found['wave']}: {found['answer']}")
        rows = ((one["mark"], one["code"], one["site"] or "", one["got"], one["wanted"]) for one in found["findings"])
        show(("", "asked", "site", "got", "wanted"), rows)
    raise typer.Exit(GATE_CODES[found["answer"]])


@app.command("list")
def list_(as_json: Json = False, config: Config = MAIN) -> None:
    """Show all rollouts and the releases that were published, the newest last.

    Example: threenines release list
    """
    from monitor.cli.tables import show

    documents = _documents(config)
    if as_json:
        print(json.dumps({"rollouts": documents}, indent=1, ensure_ascii=False))
        return
    rows = (
        (one["id"], one["version"] or "-", one["state"], "\n".join(map(line, one["waves"])), one["title"]) for one in documents
    )
    show(("rollout", "release", "state", "waves", "title"), rows)


@app.command("show")
def show_(id_: Id, as_json: Json = False, config: Config = MAIN) -> None:
    """Show a rollout: each wave with its windows, and all that was done.

    Example: threenines release show RO-2026-0007
    """
    from monitor.cli.tables import show

    one = next((one for one in _documents(config) if one["id"] == id_), None)
    if one is None:
        raise fail(f"release: no rollout {id_}; `threenines release list` shows them", USAGE)
    if as_json:
        print(json.dumps(one, indent=1, ensure_ascii=False))
        return
    print(f"{one['id']}  {one['version'] or 'no version yet'}  {one['title']}: {one['state']}")
    if one["held"]:
        print(f"held by {one['held']['by']} at {minute(one['held']['at'])}: {one['held']['note']}")
    windows = ((str(wave["wave"]), wave["ring"], *_window(window)) for wave in one["waves"] for window in wave["windows"])
    show(("wave", "ring", "site", "maintenance", "status", "from, to"), windows)
    show(
        ("at", "by", "step", "wave", "why"),
        ((minute(s["at"]), s["by"], s["kind"], str(s["wave"] or ""), s["note"]) for s in one["steps"]),
    )


def _documents(config: Path) -> list[dict[str, Any]]:
    from monitor.desk.rollout_deeds import rollout_document
    from monitor.desk.waves import standing
    from monitor.store import rollouts

    return read(configured(config), lambda db: [rollout_document(one, standing(db, one)) for one in rollouts.every(db)])


def _window(one: dict[str, Any]) -> tuple[str, ...]:
    status = one["status"] if one["outcome"] is None else f"{one['status']}, {one['outcome']}"
    return one["site"], one["maintenance"], status, f"{minute(one['from'])}\n{minute(one['to'])}"


def _wave(text: str) -> dict[str, Any]:
    ring, *rest = (part.strip() for part in text.split(","))
    if len(rest) < 2:
        raise fail(f"--wave: expected RING,FROM,TO[,SITE…], got {text[:80]!r}", USAGE)
    return {"ring": ring, **times(rest[0], rest[1]), "sites": rest[2:]}
