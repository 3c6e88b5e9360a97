"""What the product prints for a case: through reading, evaluating and printing, as a document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from painter import paint_each
from worlds import World

from sla.evaluate import evaluate
from sla.printing import Made, line, result
from sla.reading import read

MADE = ("engine", "tzdata", "input_sha256")


def printed(case: dict[str, Any]) -> dict[str, Any]:
    """The result of a case without what it was made by."""
    read_case = read({"format": "threenines-case/1", **case})
    assert read_case.case is not None, read_case.mistakes
    text = line(result(read_case.id, read_case.case.query, evaluate(read_case.case), Made("", "", "", read_case.hypothetical)))
    return {name: value for name, value in json.loads(text).items() if name not in MADE}


def painted(world: World) -> list[dict[str, Any]]:
    """What the referee says to each query of a world."""
    return [answer for queries in (world.short, world.long) if queries for answer in paint_each(world.case, queries)]


def differences(world: World) -> Iterator[tuple[dict[str, Any], list[str]]]:
    """The queries that the engine answers in another way than the referee, and where."""
    for case, wanted in zip(world.cases(), painted(world), strict=True):
        got = printed(case)
        if got != wanted:
            yield case, list(unlike(wanted, got, ""))


def unlike(wanted: Any, got: Any, pointer: str) -> Iterator[str]:
    """Where two documents differ, one line each."""
    if isinstance(wanted, dict) and isinstance(got, dict) and wanted.keys() == got.keys():
        for name in wanted:
            yield from unlike(wanted[name], got[name], f"{pointer}/{name}")
    elif isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        for index, pair in enumerate(zip(wanted, got, strict=True)):
            yield from unlike(*pair, f"{pointer}/{index}")
    elif wanted != got:
        yield f"{pointer}: painter {json.dumps(wanted)}, engine {json.dumps(got)}"
