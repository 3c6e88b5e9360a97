"""The published cases: worked by hand in their notes, said by the painter, printed by `threenines sla evaluate`.

`NAME.case.json` is a case in the public format, `NAME.result.json` what is expected for it: the whole result, or, for a case
that is refused, its mistakes by pointer and code.
"""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from painter import paint
from printed import MADE

CASES = Path(__file__).with_name("cases")
NAMES = sorted(path.name.removesuffix(".case.json") for path in CASES.glob("*.case.json"))
COMMAND = [str(Path(sys.executable).parent / "threenines"), "sla", "evaluate", "-"]


def document(name: str, which: str) -> Any:
    return json.loads((CASES / f"{name}.{which}.json").read_text())


@cache
def evaluated() -> dict[str, Any]:
    """What one run of the command prints for all cases as a batch."""
    cases = [{key: value for key, value in document(name, "case").items() if key != "format"} for name in NAMES]
    batch = json.dumps({"format": "threenines-case/1", "cases": cases})
    done = subprocess.run(COMMAND, input=batch, capture_output=True, text=True, timeout=100)
    assert done.returncode == 65, done.stderr[-2000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return dict(zip(NAMES, lines, strict=True))


@pytest.mark.parametrize("name", NAMES)
def test_the_command_prints_what_was_worked_out(name: str) -> None:
    got, wanted = evaluated()[name], document(name, "result")
    if "errors" in wanted:
        assert [{place: mistake[place] for place in ("pointer", "code")} for mistake in got["errors"]] == wanted["errors"]
    else:
        assert {key: value for key, value in got.items() if key not in MADE} == wanted
        assert all(got[key] for key in MADE)


@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith("refused-")])
def test_the_painter_says_what_was_worked_out(name: str) -> None:
    assert paint(document(name, "case")) == document(name, "result")


def test_every_case_is_told_in_words_and_bears_its_name() -> None:
    assert len(NAMES) >= 40
    for name in NAMES:
        told = document(name, "case")
        assert told["id"] == name == document(name, "result")["id"]
        assert len(told["note"]) >= 20, name


def test_the_cases_meet_every_query_verdict_and_code() -> None:
    results = [document(name, "result") for name in NAMES]
    assert {result["kind"] for result in results if "kind" in result} == {
        *("window", "days", "month", "trailing", "any_days", "rolling", "daily", "burn", "forecast", "statement"),
    }
    assert {result["verdict"] for result in results if "verdict" in result} == {"met", "breached", "undetermined", "pending"}
    assert {mistake["code"] for result in results for mistake in result.get("errors", [])} == {
        *("missing", "unknown-key", "type", "value", "empty-span", "empty-window", "range-shorter-than-window"),
        *("unknown-component", "bad-composition", "illegal-step", "four-eyes", "evidence-required", "party-required"),
        *("not-over-yet", "cause-not-in-agreement", "conflict"),
    }
