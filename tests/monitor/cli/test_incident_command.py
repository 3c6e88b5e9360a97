"""Incidents from the command line, on a store that nobody has open; by a running service see the command ``publish``."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
import typer
from desk_world import Store

from monitor.cli.main import call

SAID = ("--title", "Sign-in is slow", "--component", "acme/directory", "--body", "We are looking into it.")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def incident(stored: Callable[..., Store], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command in the folder of a store: exit code, stdout, stderr."""
    monkeypatch.chdir(stored().folder)

    def run(*words: str) -> tuple[int, str, str]:
        try:
            code = call("incident", list(words))
        except typer.Exit as left:
            code = left.exit_code
        found = capsys.readouterr()
        return code, found.out, found.err

    return run


def test_open_update_resolve_and_list(incident: Run) -> None:
    code, out, _ = incident("open", *SAID, "--dry-run")
    assert (code, "nothing changed" in out) == (0, True)
    assert json.loads(incident("list", "--json")[1]) == {"incidents": []}
    assert json.loads(incident("open", *SAID, "--json")[1])["incident"]["id"] == "I-1"
    assert incident("update", "I-1", "--body", "A switch.", "--status", "identified")[0] == 0
    assert "I-1" in incident("list", "acme", "--open")[1]
    code, out, _ = incident("resolve", "I-1", "--body", "All well.")
    assert (code, out.startswith("I-1 resolved by host:")) == (0, True)
    (one,) = json.loads(incident("list", "--json")[1])["incidents"]
    assert [update["status"] for update in one["updates"]] == ["investigating", "identified", "resolved"]
    assert "I-1" not in incident("list", "--open")[1]


def test_what_is_refused_says_every_rule_and_nothing_is_kept(incident: Run) -> None:
    bad = ("open", "--title", "x", "--component", "acme/directry", "--body", " ")
    code, _, told = incident(*bad, "--impact", "huge")
    assert (code, "expected one of none, minor, major, critical" in told) == (65, True)
    code, _, told = incident(*bad)
    assert (code, "body: value" in told) == (65, True)
    assert 'unknown-component: no such component; did you mean "acme/directory"?' in told
    assert incident("update", "I-9", "--body", "x")[0] == 2
    assert json.loads(incident("list", "--json")[1]) == {"incidents": []}
