"""The nightly run finds what differs, says its seed, and leaves with 1."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nightly
import pytest

NIGHTLY = Path(__file__).with_name("nightly.py")


def test_a_few_worlds_are_judged_alike_by_one_process_and_by_two() -> None:
    tails = []
    for processes in ("1", "2"):
        command = [sys.executable, str(NIGHTLY), "--worlds", "60", "--first", "7", "--processes", processes]
        done = subprocess.run(command, capture_output=True, text=True, timeout=100)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "seeds 7 to 66" in done.stdout and "60 worlds" in done.stdout and "0 with differences" in done.stdout
        tails.append(done.stdout.splitlines()[-1])
    assert tails[0] == tails[1]
    assert "any_days 60" in tails[0] and "month 60" in tails[0]


def test_a_difference_is_told_with_its_seed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(nightly, "differences", lambda drawn: [({"id": "here"}, ["/verdict: painter 1, engine 2"])])
    report = nightly.summed([nightly.judge(range(41, 43))])
    assert set(report.failed) == {41, 42}
    assert 'seed 41 differs:\n  {"id": "here"}\n  /verdict' in capsys.readouterr().out


def test_a_world_at_which_somebody_stumbles_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(drawn: object) -> list:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr(nightly, "differences", stumble)
    assert nightly.judge(range(3, 4)).failed == {3: ["ZeroDivisionError: by zero"] * 2}  # also under several versions


def test_a_law_that_is_broken_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def deltas_sum_up(drawn: object, seed: int) -> None:
        assert seed != 5, "one second is missing"

    monkeypatch.setattr(nightly, "LAWS", (deltas_sum_up,))
    failed = nightly.judge(range(4, 6)).failed
    assert list(failed) == [5] and failed[5][0].startswith("deltas_sum_up: AssertionError: one second is missing")
