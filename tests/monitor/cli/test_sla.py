"""`threenines sla evaluate` as a person and a program meet it: real processes, lines, exit codes."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from monitor.cli.sla import MANY, Versions, exit_code, outcomes
from sla.answer import Burn
from sla.reading import FORMAT, file

THREENINES = str(Path(sys.executable).parent / "threenines")
DOCS = Path(__file__).resolve().parents[3] / "docs"
PAGE = (DOCS / "case-format.md").read_text()
EXAMPLE: dict[str, Any] = json.loads(PAGE.split("```json\n")[1].split("```")[0])
RESULT: dict[str, Any] = json.loads(PAGE.split("```json\n")[2].split("```")[0])


def evaluate(
    content: object, *options: str, cwd: Path, environ: dict[str, str] | None = None, name: str = "case.json"
) -> subprocess.CompletedProcess[str]:
    (cwd / name).write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    command = [THREENINES, "sla", "evaluate", name, *options]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=60, env={**os.environ, **(environ or {})})


def without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}


def breached() -> dict[str, Any]:
    case = copy.deepcopy(EXAMPLE)
    case["id"] = "breached"
    case["components"]["node-2"]["outages"] = [{"from": "2026-06-10T08:00:00Z", "to": "2026-06-10T09:30:00Z"}]
    case["exclusions"] = []
    return case


BAD = {**EXAMPLE, "id": "bad", "query": {"kind": "window", "from": "2026-06-02T00:00:00Z", "to": "2026-06-01T00:00:00Z"}}


def batch(*cases: object) -> dict[str, Any]:
    return {"format": FORMAT, "cases": list(cases)}


def test_the_example_of_the_page_prints_its_result(tmp_path: Path) -> None:
    done = evaluate(EXAMPLE, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    printed = json.loads(done.stdout)
    made = ("engine", "tzdata", "input_sha256")
    assert without(printed, *made) == without(RESULT, *made)
    assert list(printed) == list(RESULT)
    assert len(printed["input_sha256"]) == 64


def test_stdin_is_a_file_called_minus() -> None:
    done = subprocess.run(
        [THREENINES, "sla", "evaluate", "-"], input='{"a":1,\n"a":2}', capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (65, "", '-:2:1: used twice, got key "a"\n')


def test_a_batch_prints_a_line_for_each_case_in_order_also_for_a_refused_one(tmp_path: Path) -> None:
    done = evaluate(batch(EXAMPLE, BAD, breached()), cwd=tmp_path)
    assert done.returncode == 65
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["id"] for line in lines] == ["acme-2026-06", "bad", "breached"]
    assert [error["pointer"] for error in lines[1]["errors"]] == ["/query/to"]
    assert done.stderr.startswith("case.json: /cases/1/query/to: must be after from, got ")
    assert done.stderr.count("\n") == 1


def test_check_is_1_where_a_verdict_is_not_met_and_65_goes_before(tmp_path: Path) -> None:
    assert evaluate(batch(EXAMPLE, breached()), cwd=tmp_path).returncode == 0
    assert evaluate(batch(EXAMPLE), "--check", cwd=tmp_path).returncode == 0
    assert evaluate(batch(EXAMPLE, breached()), "--check", cwd=tmp_path).returncode == 1
    assert evaluate(batch(breached(), BAD), "--check", cwd=tmp_path).returncode == 65


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"id": NaN}', "case.json:1:8: not JSON: NaN"),
        (b'{"id": "\xff"}', "case.json:1:9: not UTF-8, got byte 0xff"),
        (
            b'{"format": "threenines-case/1", "cases": 1}',
            "case.json: /cases: is of the wrong type, got 1, expected an array of cases",
        ),
        (b"", "case.json:1:1: not JSON: Expecting value"),
    ],
)
def test_a_file_that_cannot_be_read_prints_nothing_on_stdout(content: bytes, said: str, tmp_path: Path) -> None:
    done = evaluate(content, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (65, "", said + "\n")


def test_a_file_that_is_not_there_is_74_and_bad_usage_2(tmp_path: Path) -> None:
    done = subprocess.run([THREENINES, "sla", "evaluate", "none.json"], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert (done.returncode, done.stdout) == (74, "")
    assert done.stderr == "threenines sla evaluate: none.json: No such file or directory\n"
    assert subprocess.run([THREENINES, "sla", "evaluate"], capture_output=True, timeout=60).returncode == 2


def test_a_key_cannot_break_a_line(tmp_path: Path) -> None:
    done = evaluate({**EXAMPLE, "a\n\x1b[31mb": 1}, cwd=tmp_path)
    assert done.stderr.count("\n") == 1
    assert r"case.json: /a\n\u001b[31mb: unknown key" in done.stderr
    assert json.loads(done.stdout)["errors"][0]["pointer"] == "/a\n\x1b[31mb"


def test_a_reader_that_has_seen_enough_ends_it_silently(tmp_path: Path) -> None:
    (tmp_path / "many.json").write_text(json.dumps(batch(*[EXAMPLE] * 500)))
    command = f"{THREENINES} sla evaluate many.json | head -1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.stdout.splitlines()[1:] == ["0"]
    assert done.stderr == ""


def test_the_output_is_the_same_wherever_it_runs(tmp_path: Path) -> None:
    cases = batch(EXAMPLE, BAD, breached(), {**EXAMPLE, "id": "Zürich", "query": {"kind": "statement", "month": "2026-06"}})
    environs = (
        {"PYTHONHASHSEED": "1", "TZ": "UTC", "LC_ALL": "C"},
        {"PYTHONHASHSEED": "2", "TZ": "Pacific/Apia", "LC_ALL": "C.UTF-8"},
        {
            "PYTHONHASHSEED": "3",
            "TZ": "America/New_York",
            "LC_ALL": "tr_TR.UTF-8",
            "PYTHONIOENCODING": "latin-1",
            "PYTHONTZPATH": "/nowhere",
        },
    )
    done = [evaluate(cases, cwd=tmp_path, environ=environ) for environ in environs]
    assert len({(one.stdout, one.stderr, one.returncode) for one in done}) == 1
    assert "." not in "".join(map(str, numbers(json.loads(done[0].stdout.splitlines()[3]))))


def numbers(value: Any) -> list[int | float]:
    """Every number below."""
    if isinstance(value, dict | list):
        return [number for item in (value.values() if isinstance(value, dict) else value) for number in numbers(item)]
    return [value] if isinstance(value, int | float) else []


def month(number: int) -> dict[str, Any]:
    """One month with 20 facts of its own."""
    case = copy.deepcopy(EXAMPLE)
    case["id"] = f"site-{number}"
    facts = [
        {"at": f"2026-06-{day + 1:02}T{number % 24:02}:{number % 60:02}:00Z", "state": ("up", "down")[day % 2]}
        for day in range(20)
    ]
    case["components"] = {"site": {"changes": facts}}
    return without(case, "composition", "exclusions")


def test_a_thousand_months_of_twenty_facts_take_seconds_not_minutes(tmp_path: Path) -> None:
    cases = batch(*map(month, range(1000)))
    began = time.monotonic()
    done = evaluate(cases, cwd=tmp_path)
    took_s = time.monotonic() - began
    assert done.stdout.count("\n") == 1000
    assert took_s < 10, took_s  # about 1 s on an idle machine of two cores, where the bar is 2 s


def test_a_question_without_a_verdict_has_nothing_to_check() -> None:
    document = {**EXAMPLE, "query": {"kind": "burn", "at": "2026-06-18T15:00:00Z", "lookback_seconds": [3600]}}
    (outcome,) = outcomes("case.json", file(document), lambda case: Burn((None,)), Versions("0", "0"))
    assert json.loads(outcome.line)["burn_rates"] == [None]
    assert exit_code(outcome, check=True) == 0


@pytest.mark.parametrize("option", ["--case", "--case-result", "--statement"])
def test_the_published_schemas_are_those_of_the_program(option: str) -> None:
    name = {"--case": "case", "--case-result": "result", "--statement": "statement"}[option]
    published = DOCS / "schemas" / f"{name}.schema.json"
    done = subprocess.run([THREENINES, "config", "schema", option], capture_output=True, text=True, timeout=60)
    if os.environ.get("GOLDEN") == "write":
        published.write_text(done.stdout)
    assert published.read_text() == done.stdout


def at_a_terminal(cases: int, folder: Path) -> bytes:
    """What somebody at a terminal sees on stderr while so many cases are evaluated into a file."""
    (folder / "case.json").write_text(json.dumps(batch(*[EXAMPLE] * cases)))
    ours, theirs = pty.openpty()
    seen = b""
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen([THREENINES, "sla", "evaluate", "case.json"], stdout=out, stderr=theirs, cwd=folder)
        os.close(theirs)
        with contextlib.suppress(OSError):  # the terminal is gone with its last writer
            while part := os.read(ours, 1 << 16):
                seen += part
        os.close(ours)
        assert process.wait(60) == 0
    assert (folder / "out").read_text().count("\n") == cases
    return seen


def test_a_bar_is_shown_only_to_who_waits_at_a_terminal_for_many_cases(tmp_path: Path) -> None:
    assert b"evaluating" in at_a_terminal(MANY, tmp_path)
    assert at_a_terminal(MANY - 1, tmp_path) == b""
