"""Reads an Upptime history: the CSV form of its commits, or the ``history`` folder of a repository.

The CSV has the columns ``at_utc,endpoint,state,http_status,response_ms``, one recorded result a row. A repository's
``history/*.yml`` hold the latest result of each endpoint and no more: the earlier ones are in its commits.

Upptime commits every change of state and now and then a result without a change, so silence in its record is *not* "as
before": a run may have failed. A sample therefore holds for ``HOLD_MS`` and what lies beyond it is unknown.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, count
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from monitor.importers import cells
from monitor.importers.history import Endpoint, History, ImportErrors, Problem, Recorded
from sla.span import MINUTE, SECOND, Instant
from sla.timeline import Rule, Sample, Timeline, derive

HOLD_MS = 2 * 5 * MINUTE + 30 * SECOND
"""Twice Upptime's own schedule of 5 minutes, and half a minute for one look."""

YML_KEYS = ("lastUpdated", "status", "code", "responseTime")
COLUMNS = ("at_utc", "endpoint", "state", "http_status", "response_ms")
MAX_BYTES = 64 << 20
"""About a million rows: years of a busy repository, and it still fits in memory."""
MAX_YML_BYTES = 64 << 10
MAX_ENDPOINTS = 1_000

_Row = tuple[str, Recorded]
_T = TypeVar("_T")


def read(path: Path) -> History:
    """The history in ``path``: a CSV file, or a folder with ``*.yml`` (or with a ``history`` folder of them).

    Raises ImportErrors with all mistakes at once, OSError if ``path`` cannot be read. Nothing is read in part.
    """
    problems: list[Problem] = []
    rows = list(_folder_rows(path, problems) if path.is_dir() else _csv_rows(path, problems))
    history = _history(rows, path.name, problems)
    if problems:
        raise ImportErrors(problems)
    return history


def timeline(recorded: Iterable[Recorded], hold_ms: int = HOLD_MS, until: Instant | None = None) -> Timeline:
    """One endpoint's timeline, each result holding for ``hold_ms``.

    One result decides: Upptime repeats a failed look itself before it records it.
    """
    rule = Rule(failures=1, successes=1, hold_ms=hold_ms)
    return derive((Sample(one.at, one.state) for one in recorded), rule, until)


def _history(rows: Iterable[_Row], file: str, problems: list[Problem]) -> History:
    by_name: dict[str, list[Recorded]] = {}
    for name, sample in rows:
        by_name.setdefault(name, []).append(sample)
    if len(by_name) > MAX_ENDPOINTS:
        problems.append(Problem(file, None, f"got {len(by_name)} endpoints, at most {MAX_ENDPOINTS} are taken"))
    if not by_name and not problems:
        problems.append(Problem(file, None, "got no result, expected at least one"))
    endpoints = _keyed(by_name)
    # sorted() is stable: of two results at one instant both stay, and the derivation lets the worse one stand.
    ordered = {one.key: tuple(sorted(by_name[one.name], key=lambda sample: sample.at)) for one in endpoints}
    return History(endpoints, MappingProxyType(ordered))


def _keyed(names: Iterable[str]) -> tuple[Endpoint, ...]:
    """A key for each name. Names that differ in punctuation alone are two endpoints: the later one's key ends in a number."""
    taken: dict[str, str] = {}
    for name in names:
        plain = cells.key(name)
        numbered = (f"{plain}-{number}" for number in count(2))
        taken[next(key for key in chain([plain], numbered) if key not in taken)] = name
    return tuple(Endpoint(key, name) for key, name in taken.items())


def _text(path: Path, most: int, problems: list[Problem]) -> str:
    """The text of ``path``; "" and a problem if it is too long or no UTF-8."""
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        problems.append(Problem(path.name, None, f"longer than {most} bytes"))
        return ""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        problems.append(Problem(path.name, line, f"byte {data[fault.start]:#04x} is no UTF-8"))
        return ""


def _csv_rows(path: Path, problems: list[Problem]) -> Iterator[_Row]:
    reader = csv.reader(_text(path, MAX_BYTES, problems).splitlines(), strict=True)
    if problems:
        return
    try:
        header = tuple(next(reader, ()))
        if header != COLUMNS:
            problems.append(Problem(path.name, 1, f"header: got {cells.shown(','.join(header))}, expected {','.join(COLUMNS)}"))
            return
        for row in reader:
            try:
                yield _csv_row(row)
            except ValueError as fault:
                problems.append(Problem(path.name, reader.line_num, str(fault)))
    except csv.Error as fault:
        problems.append(Problem(path.name, reader.line_num, f"no CSV: {fault}"))


def _csv_row(row: Sequence[str]) -> _Row:
    """One row. Raises ValueError naming its bad columns, all of them."""
    if len(row) != len(COLUMNS):
        raise ValueError(f"got {len(row)} cells, expected {len(COLUMNS)}")
    at, name, state, status, response = row
    return _checked(at, name, state, status, response, COLUMNS)


def _checked(at: str, name: str, state: str, status: str, response: str, called: Sequence[str]) -> _Row:
    """A row from its five texts, in columns ``called`` so. Raises ValueError with every bad one."""
    wrong: list[str] = []
    instant = _tried(wrong, cells.instant, at, called[0])
    label = _tried(wrong, cells.name, name, called[1])
    level = _tried(wrong, cells.state, state, called[2])
    code = _tried(wrong, cells.status, status, called[3])
    took = _tried(wrong, cells.milliseconds, response, called[4])
    if wrong or instant is None or label is None or level is None:
        raise ValueError("; ".join(wrong))
    return label, Recorded(instant, level, code, took)


def _tried(wrong: list[str], read: Callable[[str, str], _T], text: str, column: str) -> _T | None:
    """What ``read`` makes of the cell; None, and a line in ``wrong``, if it refuses."""
    try:
        return read(text, column)
    except ValueError as fault:
        wrong.append(str(fault))
        return None


def _folder_rows(folder: Path, problems: list[Problem]) -> Iterator[_Row]:
    inner = folder / "history"
    files = sorted((inner if inner.is_dir() else folder).glob("*.yml"))
    if len(files) > MAX_ENDPOINTS:
        problems.append(Problem(folder.name, None, f"got {len(files)} files, at most {MAX_ENDPOINTS} are taken"))
        return
    for file in files:
        before = len(problems)
        fields = _flat(_text(file, MAX_YML_BYTES, problems))
        if len(problems) > before:
            continue
        texts = [fields.get(key, "") for key in YML_KEYS]
        try:
            yield _checked(texts[0], file.stem, texts[1], texts[2], texts[3], ("lastUpdated", "file name", *YML_KEYS[1:]))
        except ValueError as fault:
            problems.append(Problem(file.name, None, str(fault)))


def _flat(text: str) -> dict[str, str]:
    """The ``key: value`` lines; Upptime writes no other kind, and what is not understood is missed by name later."""
    pairs = (line.partition(": ") for line in text.splitlines() if not line.startswith((" ", "#")))
    return {key: value.strip().strip("\"'") for key, colon, value in pairs if colon}
