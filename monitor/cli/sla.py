"""`threenines sla`: what an agreement makes of facts. A case in JSON is evaluated exactly: a what-if, a test, a referee."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from sla.answer import Answer, Verdict
from sla.canonical import digest
from sla.case import Case
from sla.case_document import BYTES, Unreadable, parse
from sla.mistake import Mistake
from sla.printing import Made, line, refused, result, verdict
from sla.reading import FORMAT, File, Refused, file

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None, no_args_is_help=True)

NOT_MET, BAD_DATA, IO = 1, 65, 74
MANY = 500
"""From so many cases on it takes long enough to show how far it is."""

Evaluate: TypeAlias = Callable[[Case], Answer]


@dataclass(frozen=True, slots=True)
class Versions:
    """What the figures are made by."""

    engine: str
    tzdata: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """One case answered or refused: its line for stdout, its lines for stderr, whether it is refused, and its verdict."""

    line: str
    complaints: tuple[str, ...]
    refused: bool
    verdict: Verdict | None


@app.callback()
def sla() -> None:
    """What an agreement makes of facts: exact figures, verdicts and forecasts of cases in JSON."""


@app.command("evaluate")
def command(
    path: Annotated[
        str, typer.Argument(metavar="FILE|-", help="a case or a batch of cases, format threenines-case/1; - is stdin")
    ],
    check: Annotated[bool, typer.Option("--check", help="exit 1 if a verdict is not `met`")] = False,
) -> None:
    """Print one line of JSON for each case. Exit 0; 65 if a case is refused, 74 if the file cannot be read."""
    found = cases(path)
    from sla.evaluate import evaluate  # nothing of it is needed to refuse a file

    worst = 0
    try:
        for outcome in watched(outcomes(path, found, evaluate, versions()), len(found.documents)):
            print(outcome.line)
            for complaint in outcome.complaints:
                print(complaint, file=sys.stderr)
            worst = max(worst, exit_code(outcome, check))
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read has seen enough; what is left in the buffer must not be complained about either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        worst = 0
    raise typer.Exit(worst)


def cases(path: str) -> File:
    """The cases of a file; what makes it unreadable is said on stderr, nothing on stdout."""
    try:
        return file(parse(content(path)))
    except OSError as fault:
        print(f"threenines sla evaluate: {path}: {fault.strerror}", file=sys.stderr)
        raise typer.Exit(IO) from None
    except Unreadable as fault:
        print(f"{path}{fault.where}: {fault.message}", file=sys.stderr)
    except Refused as fault:
        print("\n".join(complaints(path, "", fault.mistakes)), file=sys.stderr)
    raise typer.Exit(BAD_DATA)


def content(path: str) -> bytes:
    """The bytes of a file, or of stdin; no more of them than tell that they are too many."""
    if path == "-":
        return sys.stdin.buffer.read(BYTES + 1)
    with Path(path).open("rb") as stream:
        return stream.read(BYTES + 1)


def outcomes(path: str, found: File, evaluate: Evaluate, made_by: Versions) -> Iterator[Outcome]:
    """Each case in order, read, evaluated and written; only one is held at a time."""
    for number, document in enumerate(found.documents):
        reading = found.read(number)
        if reading.case is None:
            told = tuple(complaints(path, found.place(number), reading.mistakes))
            yield Outcome(line(refused(reading.id, reading.mistakes)), told, True, None)
            continue
        answer = evaluate(reading.case)
        made = Made(made_by.engine, made_by.tzdata, digest(document, FORMAT), reading.hypothetical)
        yield Outcome(line(result(reading.id, reading.case.query, answer, made)), (), False, verdict(answer))


def complaints(path: str, place: str, mistakes: Iterable[Mistake]) -> Iterator[str]:
    """``FILE: POINTER: message`` for each mistake, pointers relative to the file, on one line whatever is in a key."""
    for mistake in mistakes:
        pointer = json.dumps(place + mistake.pointer)[1:-1]
        yield f"{path}: {pointer}: {mistake.message}" if pointer else f"{path}: {mistake.message}"


def exit_code(outcome: Outcome, check: bool) -> int:
    """65 for a case that is refused, 1 for a verdict other than met if that is checked, else 0."""
    if outcome.refused:
        return BAD_DATA
    return NOT_MET if check and outcome.verdict not in (None, Verdict.MET) else 0


def versions() -> Versions:
    """Of this package and of the zones' data."""
    return Versions(version("threenines"), version("tzdata"))


def watched(found: Iterable[Outcome], number: int) -> Iterator[Outcome]:
    """The same, with a progress bar on stderr where somebody waits at a terminal for many cases."""
    if number < MANY or not sys.stderr.isatty() or sys.stdout.isatty():
        yield from found
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, redirect_stdout=False) as bar:  # stdout is the results' alone
        yield from bar.track(found, total=number, description="evaluating")
