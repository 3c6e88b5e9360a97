"""A deed about releases from the command line: every letter is shown, somebody is asked, then it is done."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from monitor.cli.desk import agreed, ask, configured, minute, unless_refused


@dataclass(frozen=True, slots=True)
class How:
    """How a deed is done: as whom, really or not, told how, by which configuration; ``sure``: nobody is asked again."""

    token: str | None
    dry_run: bool
    as_json: bool
    config: Path
    sure: bool = True


def published(body: dict[str, Any], how: How) -> None:
    """Show the mails, ask if need be, publish."""
    configuration, deed = configured(how.config), "release.publish"
    if how.dry_run or not how.sure:
        would = unless_refused("release", ask(configuration, deed, body, how.token, dry_run=True))
        if how.as_json and how.dry_run:
            print(json.dumps(would, indent=1, ensure_ascii=False))
            return
        _letters(would)
        if how.dry_run:
            return
        if not agreed("release publish", f"publish {would['release']['version']}?"):
            raise typer.Exit(1)
    done = unless_refused("release", ask(configuration, deed, body, how.token, dry_run=False))
    if how.as_json:
        print(json.dumps(done, indent=1, ensure_ascii=False))
        return
    one = done["release"]
    print(f"{one['version']} published by {one['editions'][-1]['by']}, edition {len(one['editions'])}{_told(done['letters'])}")


def _told(letters: list[dict[str, Any]]) -> str:
    many = len(letters)
    return f"; {many} letter{'s' * (many != 1)} to {', '.join(dict.fromkeys(one['to'] for one in letters))}" if letters else ""


def _letters(would: dict[str, Any]) -> None:
    """Every letter that would go out, and how many."""
    for letter in would["letters"]:
        print(f"\n--- to {letter['to']}\nSubject: {letter['subject']}\n\n{letter['text']}")
    many = len(would["letters"])
    print(f"{many} letter{'s' * (many != 1)} would go out" if many else "nobody would be told")


def do(verb: str, body: dict[str, Any], how: How) -> None:
    """Show what would be told to whom, ask if need be, do it."""
    configuration, deed = configured(how.config), f"release.{verb}"
    if how.dry_run or not how.sure:
        would = ask(configuration, deed, body, how.token, dry_run=True)
        if how.dry_run:
            unless_refused("release", would)
        refused = bool(would.get("refused"))
        if not refused:
            _preview(would, how.as_json and how.dry_run)
        if how.dry_run:
            return
        # What will be refused is tried all the same: the attempt belongs into the audit.
        if not (refused or agreed(f"release {verb}", f"{verb} {body['id']}?")):
            raise typer.Exit(1)
    done = unless_refused("release", ask(configuration, deed, body, how.token, dry_run=False))
    if how.as_json:
        print(json.dumps(done, indent=1, ensure_ascii=False))
        return
    one = done["rollout"]
    print(f"{one['id']} {one['state']}, {one['steps'][-1]['kind']} by {one['steps'][-1]['by']}{_told(done['letters'])}")


def _preview(would: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(would, indent=1, ensure_ascii=False))
        return
    one = would["rollout"]
    print(f"{one['id']} would be {one['state']}")
    for wave in one["waves"]:
        print(f"  {line(wave)}: {', '.join(window['site'] for window in wave['windows'])}")
    _letters(would)


def line(wave: dict[str, Any]) -> str:
    """One wave in a line: ``2 early  2026-12-05 21:00Z  4 sites  completed``."""
    many = len(wave["windows"])
    words = sorted({window["status"].lower() for window in wave["windows"]})
    return f"{wave['wave']} {wave['ring']:8} {minute(wave['from'])} {many} site{'s' * (many != 1)}, {' and '.join(words)}"
