"""Messages that mail servers send back, from stdin or a Maildir, told to the desk one by one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from monitor.cli.desk import UNAVAILABLE, ask, configured, unless_refused

if TYPE_CHECKING:
    from monitor.config.configuration import Configuration

TRY_AGAIN = 75
"""What mail servers understand as: keep the message and try again (EX_TEMPFAIL)."""
IO = 74
SPEAKER = "threenines import bounce"


def taken(path: Path | None, to: str | None, config: Path) -> int:
    """Take one message from stdin, or all new ones of the Maildir at ``path``; the exit code."""
    from monitor.post.delivery_report import MAX_BYTES

    configuration = configured(config)
    try:
        if path is None:
            _tell(configuration, sys.stdin.buffer.read(MAX_BYTES + 1), to)
            return 0
        for message in _new(path):
            with message.open("rb") as file:
                _tell(configuration, file.read(MAX_BYTES + 1), to)
            message.rename(path / "cur" / f"{message.name}:2,S")
    except typer.Exit as no:
        return TRY_AGAIN if no.exit_code == UNAVAILABLE else int(no.exit_code)
    except OSError as fault:
        print(f"{SPEAKER}: {fault.filename or path}: {fault.strerror}", file=sys.stderr)
        return IO
    return 0


def _new(path: Path) -> Iterator[Path]:
    """The new messages of a Maildir, oldest name first. Raises OSError for what is none."""
    for folder in ("new", "cur"):
        (path / folder).stat()
    yield from sorted((path / "new").iterdir())


def _tell(configuration: Configuration, data: bytes, to: str | None) -> None:
    """One message to the desk; what became of it, in one line."""
    from monitor.post.delivery_report import NoReport, read

    try:
        report = read(data)
    except NoReport as fault:
        print(f"{SPEAKER}: passed over: {fault}", file=sys.stderr)
        return
    body: dict[str, Any] = {
        "returned_to": [*([to] if to else []), *report.returned_to],
        "trouble": report.trouble.value,
        "status": report.status,
        "text": report.text,
        "digest": sha256(data).hexdigest(),
    }
    done = unless_refused(SPEAKER, ask(configuration, "notice.bounce", body, None, dry_run=False))
    if done["result"] == "ignored":
        print(f"{SPEAKER}: passed over: {done['why']}", file=sys.stderr)
    else:
        print(f"letter {done['letter']} to {done['contact']}: {done['result']} ({report.status} {report.text})")
