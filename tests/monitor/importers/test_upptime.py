"""An Upptime history is read whole or not at all, and its silence is unknown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.importers.history import Endpoint, ImportErrors, Recorded
from monitor.importers.upptime import HOLD_MS, MAX_BYTES, read, timeline
from sla.span import HOUR, MINUTE
from sla.state import State

SAMPLE = Path(__file__).parent / "sample.csv"
HEADER = "at_utc,endpoint,state,http_status,response_ms\n"
GOOD = "2026-05-10T17:13:31Z,Portal,up,200,133\n"


@pytest.fixture
def table(tmp_path: Path) -> Callable[[str], Path]:
    def write(text: str) -> Path:
        path = tmp_path / "results.csv"
        path.write_text(text, encoding="utf-8", newline="")
        return path

    return write


def refused(path: Path) -> list[str]:
    with pytest.raises(ImportErrors) as raised:
        read(path)
    assert raised.value.exit_code == 65
    return [str(problem) for problem in raised.value.problems]


def test_a_real_history_is_read_whole() -> None:
    history = read(SAMPLE)
    assert len(history.endpoints) == len(history.samples) == 11
    assert sum(map(len, history.samples.values())) == 300
    assert Endpoint("curc-docs-public-webpage", "CURC Docs (Public Webpage)") in history.endpoints
    states = [one.state for of in history.samples.values() for one in of]
    assert (states.count(State.UP), states.count(State.DOWN)) == (266, 34)


def test_most_of_a_sparse_history_is_unknown_and_no_silence_is_taken_for_up() -> None:
    for recorded in read(SAMPLE).samples.values():
        line = timeline(recorded)
        known = sum(
            after.at - change.at
            for change, after in zip(line.changes, line.changes[1:], strict=False)
            if change.state is not State.UNKNOWN
        )
        assert known <= HOLD_MS * len(recorded)
        assert line.changes[-1].state is State.UNKNOWN
        assert line.changes[-1].at == recorded[-1].at + HOLD_MS


def test_the_hold_is_twice_upptimes_schedule_and_one_look() -> None:
    assert HOLD_MS == 10 * MINUTE + 30_000
    line = timeline((Recorded(0, State.UP), Recorded(HOUR, State.DOWN), Recorded(HOUR + HOLD_MS, State.UP)))
    seen = [(change.at, change.state) for change in line.changes]
    assert seen == [
        (0, State.UP),
        (HOLD_MS, State.UNKNOWN),
        (HOUR, State.DOWN),
        (HOUR + HOLD_MS, State.UP),
        (HOUR + 2 * HOLD_MS, State.UNKNOWN),
    ]


def test_every_bad_cell_is_told_with_its_row_and_nothing_is_imported(table: Callable[[str], Path]) -> None:
    path = table(
        HEADER
        + GOOD
        + "2026-05-10T17:13:31,Portal,up,200,133\n"
        + "yesterday,=cmd(),sideways,20,fast\n"
        + "2026-05-10T17:13:31Z,Portal,up\n"
        + "2026-05-10T17:13:31Z,,up,200,\n"
        + "2026-05-10T17:13:31Z,…,up,200,-5\n"
    )
    assert refused(path) == [
        'results.csv:3: at_utc: got "2026-05-10T17:13:31" without offset, expected Z or e.g. +02:00 at its end',
        'results.csv:4: at_utc: got "yesterday", expected a time such as 2026-05-10T17:13:31Z;'
        ' endpoint: got "=cmd()", expected a name, not a spreadsheet formula;'
        ' state: got "sideways", expected up, degraded or down;'
        ' http_status: got "20", expected an HTTP status, or 0 for none;'
        ' response_ms: got "fast", expected whole milliseconds, at most 86400000',
        "results.csv:5: got 3 cells, expected 5",
        "results.csv:6: endpoint: got 0 characters, expected 1 to 200",
        'results.csv:7: endpoint: got "\\u2026", expected at least one letter a-z or digit;'
        ' response_ms: got "-5", expected whole milliseconds, at most 86400000',
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", "results.csv:1: header"),
        ("time,name\n", "results.csv:1: header"),
        (HEADER, "got no result"),
        (HEADER + '2026-05-10T17:13:31Z,"Por', "no CSV"),
        (HEADER + "2026-05-10T17:13:31Z,Por\x07tal,up,200,1\n", "no control characters"),
        (HEADER + "1960-05-10T17:13:31Z,Portal,up,200,1\n", "after 1970"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(table: Callable[[str], Path], text: str, wanted: str) -> None:
    assert wanted in refused(table(text))[0]


def test_wrong_charset_and_endless_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    path.write_bytes(HEADER.encode() + "2026-05-10T17:13:31Z,Café,up,200,1\n".encode("latin-1"))
    assert refused(path) == ["results.csv:2: byte 0xe9 is no UTF-8"]
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert refused(path) == [f"results.csv: longer than {MAX_BYTES} bytes"]


def test_a_thousand_mistakes_are_counted_and_a_hundred_written_out(table: Callable[[str], Path]) -> None:
    with pytest.raises(ImportErrors) as raised:
        read(table(HEADER + "bad\n" * 1_000))
    assert len(raised.value.problems) == 1_000
    assert str(raised.value).splitlines()[-1] == "and 900 more"


def test_names_that_differ_in_punctuation_alone_stay_two_endpoints(table: Callable[[str], Path]) -> None:
    history = read(table(HEADER + GOOD + GOOD.replace("Portal", "(Portal)") + GOOD))
    assert history.endpoints == (Endpoint("portal", "Portal"), Endpoint("portal-2", "(Portal)"))
    assert [len(history.samples[one.key]) for one in history.endpoints] == [2, 1]


def test_rows_out_of_order_are_put_in_order_and_no_answer_has_no_status(table: Callable[[str], Path]) -> None:
    history = read(table(HEADER + GOOD + "2026-05-10T19:13:30+02:00,Portal,down,0,\n"))
    first, second = history.samples["portal"]
    assert second.at - first.at == 1_000
    assert (first.state, first.http_status, first.response_ms) == (State.DOWN, None, None)
    assert (second.state, second.http_status, second.response_ms) == (State.UP, 200, 133)


YML = """url: https://portal.example
status: up
code: 200
responseTime: 214
lastUpdated: 2026-05-10T17:13:31.250Z
startTime: 2026-01-01T00:00:00.000Z
generator: Upptime <https://github.com/upptime/upptime>
"""


@pytest.mark.parametrize("inside", ["history", "."])
def test_a_repository_gives_the_latest_result_of_each_endpoint(tmp_path: Path, inside: str) -> None:
    folder = tmp_path / inside
    folder.mkdir(exist_ok=True)
    (folder / "portal.yml").write_text(YML)
    (folder / "mail.yml").write_text(YML.replace("status: up", "status: degraded"))
    history = read(tmp_path)
    assert [one.key for one in history.endpoints] == ["mail", "portal"]
    assert history.samples["mail"][0].state is State.DEGRADED
    assert history.samples["portal"][0].response_ms == 214
    assert history.samples["portal"][0].at % 1_000 == 250


def test_a_repository_with_a_bad_file_gives_nothing(tmp_path: Path) -> None:
    (tmp_path / "portal.yml").write_text(YML)
    (tmp_path / "mail.yml").write_text("status: sideways\n")
    assert refused(tmp_path) == [
        'mail.yml: lastUpdated: got "", expected a time such as 2026-05-10T17:13:31Z;'
        ' status: got "sideways", expected up, degraded or down'
    ]
