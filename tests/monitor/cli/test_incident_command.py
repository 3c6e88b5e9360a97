"""Incidents from the command line, by real processes on a store that nobody has open."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from desk_world import Store

THREENINES = str(Path(sys.executable).parent / "threenines")
SAID = ("--title", "Sign-in is slow", "--component", "acme/directory", "--body", "We are looking into it.")


def incident(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [THREENINES, "incident", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)


def test_open_update_resolve_and_list(stored: Callable[..., Store]) -> None:
    folder = stored().folder
    would = incident(folder, "open", *SAID, "--dry-run")
    assert (would.returncode, "nothing changed" in would.stdout) == (0, True), would.stderr
    assert json.loads(incident(folder, "list", "--json").stdout) == {"incidents": []}
    opened = incident(folder, "open", *SAID, "--json")
    assert json.loads(opened.stdout)["incident"]["id"] == "I-1"
    assert incident(folder, "update", "I-1", "--body", "A switch.", "--status", "identified").returncode == 0
    assert "I-1" in incident(folder, "list", "acme", "--open").stdout
    over = incident(folder, "resolve", "I-1", "--body", "All well.")
    assert (over.returncode, over.stdout.startswith("I-1 resolved by host:")) == (0, True), over.stderr
    (one,) = json.loads(incident(folder, "list", "--json").stdout)["incidents"]
    assert [update["status"] for update in one["updates"]] == ["investigating", "identified", "resolved"]
    assert incident(folder, "list", "--open").stdout.count("I-1") == 0


def test_what_is_refused_says_every_rule_and_nothing_is_kept(stored: Callable[..., Store]) -> None:
    folder = stored().folder
    bad = incident(folder, "open", "--title", "x", "--component", "acme/directry", "--body", " ", "--impact", "huge")
    assert (bad.returncode, "expected one of none, minor, major, critical" in bad.stderr) == (65, True), bad.stderr
    bad = incident(folder, "open", "--title", "x", "--component", "acme/directry", "--body", " ")
    assert bad.returncode == 65
    assert 'unknown-component: no such component; did you mean "acme/directory"?' in bad.stderr
    assert "body: value" in bad.stderr
    assert incident(folder, "update", "I-9", "--body", "x").returncode == 2
    assert json.loads(incident(folder, "list", "--json").stdout) == {"incidents": []}
