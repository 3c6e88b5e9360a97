"""The tables of causes and responsibilities in the manual are those of the code, and its commands are commands."""

from __future__ import annotations

import importlib
import os
import re
import shlex
from pathlib import Path

import click
import pytest
import typer

from sla.responsibility import CAUSES, RESPONSIBILITIES

DOCS = Path(__file__).resolve().parents[2] / "docs"
TABLES = {
    "Causes": "\n".join(f"| `{one.code}` | {one.owner.value} | {one.words} |" for one in CAUSES),
    "Responsibilities": "\n".join(
        f"| {one.words} | {one.party.value}{', handed over' * one.handed_over} | {', '.join(one.kinds) or 'no probe'} |"
        for one in RESPONSIBILITIES
    ),
}
COMMANDS = [
    shlex.split(line, comments=True)
    for page in ("exclusions.md", "statements.md")
    for block in re.findall(r"```sh\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
    if not line.startswith("openssl ")
]


@pytest.mark.parametrize("title", TABLES)
def test_the_manuals_table_is_the_codes(title: str) -> None:
    page = DOCS / "configuration.md"
    pattern = re.compile(rf"(## {title}\n.*?\|---\|---\|---\|\n)(.*?)(?=\n\n|\n*\Z)", re.DOTALL)
    if os.environ.get("GOLDEN") == "write":
        page.write_text(pattern.sub(lambda found: found[1] + TABLES[title], page.read_text()))
    found = pattern.search(page.read_text())
    assert found is not None
    assert found[2] == TABLES[title]


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words[:4]))
def test_each_command_of_the_manual_is_understood(words: list[str]) -> None:
    """Parsed as the command line would, but not run."""
    assert words[0] == "threenines"
    command: click.Command = typer.main.get_command(importlib.import_module(f"monitor.cli.{words[1]}").app)
    rest = words[2:]
    while isinstance(command, click.Group):
        _, found, rest = command.resolve_command(click.Context(command), rest)
        assert found is not None
        command = found
    command.make_context(command.name, rest)
