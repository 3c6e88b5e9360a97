"""`threenines statement write`, `render`, `show --format`: all forms of a published version, from the store or its evidence."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from desk_world import Store

from monitor.cli.main import call

Make = Callable[..., Store]
JUNE = ("--month", "2026-06")


def said(*words: str) -> int:
    try:
        return call("statement", list(words))
    except SystemExit as left:
        return int(left.code or 0)


@pytest.fixture
def issued(stored: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    folder = stored().folder
    monkeypatch.chdir(folder)
    assert said("issue", "acme", *JUNE) == 0
    capsys.readouterr()
    return folder


def test_all_forms_are_written_and_rendered_again_without_the_store(issued: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said("write", "acme", "out", *JUNE, "--no-pdf") == 0
    told = capsys.readouterr()
    assert told.out == "" and "out/statement.html  " in told.err
    names = {path.name for path in (issued / "out").iterdir()}
    assert names == {
        "SHA256SUMS", "days.csv", "evidence.json", "exclusions.csv", "outages.csv",
        "statement.de.html", "statement.html", "statement.json", "summary.csv",
    }  # fmt: skip
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=issued / "out", check=True)
    (issued / "threenines.yaml").unlink()
    assert said("render", "out/evidence.json", "again", "--no-pdf") == 0
    assert {name: (issued / "again" / name).read_bytes() for name in names} == {
        name: (issued / "out" / name).read_bytes() for name in names
    }


def test_nothing_is_written_over_anything_nor_of_what_does_not_verify(issued: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (issued / "out").mkdir()
    (issued / "out" / "mine").write_text("mine")
    assert said("write", "acme", "out", *JUNE) == 2
    assert "out: expected a new or empty folder; nothing written" in capsys.readouterr().err
    assert said("export", "acme", "e.json", *JUNE) == 0
    changed = (issued / "e.json").read_bytes().replace(b'"verdict":"breached"', b'"verdict":"kept_____"')
    (issued / "f.json").write_bytes(changed)
    assert said("render", "f.json", "new") == 1
    assert "it does not verify, so nothing is rendered; first difference: " in capsys.readouterr().err
    assert said("render", "threenines.yaml", "new") == 65
    assert said("render", "none.json", "new") == 74
    assert [path.name for path in (issued / "out").iterdir()] == ["mine"] and not (issued / "new").exists()


def test_one_form_is_shown(issued: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said("show", "acme", *JUNE, "--version", "1", "--format", "document") == 0
    assert json.loads(capsys.readouterr().out)["cover"]["verdict"] == "breached"
    assert said("show", "acme", *JUNE, "--version", "1", "--format", "html", "--language", "de") == 0
    assert '<html lang="de">' in capsys.readouterr().out
    for wrong in (
        ("--format", "html"),
        ("--version", "1", "--format", "pdf"),
        ("--version", "1", "--format", "html", "--language", "fr"),
    ):
        assert said("show", "acme", *JUNE, *wrong) == 2, wrong
