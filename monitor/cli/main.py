"""`threenines`: one file a noun; a noun is imported only when it is called, so that help stays quick."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from zoneinfo import reset_tzpath

NOUNS = {
    "demo": "a live demonstration: a small provider, its sites, one outage; no configuration, no root",
    "run": "watch the sites of a configuration and serve pages, metrics and the operator's side",
    "check": "look once at a component of a configured site and say everything that was seen",
    "config": "check, show and describe the configuration",
    "sla": "evaluate cases in JSON exactly: what-ifs, figures, verdicts, forecasts",
    "import": "read the history of another monitor into figures",
    "doctor": "look at this installation and say what should be mended",
}
USAGE = 2


def usage() -> str:
    """The page of `threenines --help`."""
    width = max(map(len, NOUNS))
    lines = [f"  {noun:{width}}  {sentence}" for noun, sentence in NOUNS.items()]
    return "\n".join(
        [
            "usage: threenines COMMAND [OPTIONS]",
            "",
            "Watches sites, keeps the evidence, and answers exactly how available each one was.",
            "",
            *lines,
            "",
            "`threenines COMMAND --help` tells more. `threenines --version` prints the version.",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point; leaves with the exit codes of the manual (0, 1, 2, 65, 69, 74, 78, 130)."""
    reset_tzpath(())  # the only zones are those of the package tzdata, whose version stands in every result
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("--help", "-h", "help"):
        print(usage())
        sys.exit(0 if words else USAGE)
    if words[0] in ("--version", "version"):
        print(f"threenines {version('threenines')}")
        sys.exit(0)
    if words[0] not in NOUNS:
        near = difflib.get_close_matches(words[0], NOUNS, 1)
        hint = f"; did you mean `{near[0]}`?" if near else "; `threenines --help` lists them"
        print(f"threenines: no such command, got {words[0][:80]!r}{hint}", file=sys.stderr)
        sys.exit(USAGE)
    call(words[0], words[1:])


def call(noun: str, words: list[str]) -> None:
    """Run one noun. A reader that goes away (`| head`) ends it silently."""
    module = importlib.import_module(f"monitor.cli.{'import_' if noun == 'import' else noun}")
    try:
        module.app(words, prog_name=f"threenines {noun}")
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
