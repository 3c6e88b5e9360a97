"""`threenines`: one file a noun; a noun is imported only when it is called, so that help stays quick."""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any
from zoneinfo import reset_tzpath

from monitor.config.mistake import shown

NOUNS = {
    "demo": "a live demonstration: a small provider, its sites, one outage; no configuration, no root",
    "run": "watch the sites of a configuration and serve pages, metrics and the operator's side",
    "check": "look once at a component of a configured site, or at any target, and say all that was seen",
    "config": "check, show and describe the configuration",
    "sla": "evaluate cases in JSON exactly: what-ifs, figures, verdicts, forecasts",
    "exclusion": "propose, decide and list what the agreement leaves out, with the figures before and after",
    "incident": "tell of troubles: open, update, resolve and list incidents",
    "maintenance": "plan, announce and follow maintenance; the designated contacts are told of every step",
    "release": "carry a release to all sites in waves, ask the gate, tell what is new in it",
    "notice": "the letters of the outbox: list, show, send again; try the mail server",
    "request": "what customers ask for on their pages: list, show, accept with a maintenance, decline",
    "subscriber": "who gets news of a page: list, remove; webhooks: add, replace their secret",
    "statement": "what was promised and kept in a month or any run of dates: as it stands, and as it was published",
    "publish": "write the pages of the running service as plain files for any web server",
    "web": "make, list and revoke the tokens of named persons",
    "import": "read the history of another monitor into figures",
    "doctor": "look at this installation and say what should be mended",
}
USAGE = 2
NAGIOS_UNKNOWN = 3
INTERRUPTED = 130


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
        near = difflib.get_close_matches(words[0][:80], NOUNS, 1)
        hint = f"; did you mean `{near[0]}`?" if near else "; `threenines --help` lists them"
        print(f"threenines: no such command, got {shown(words[0])}{hint}", file=sys.stderr)
        sys.exit(USAGE)
    try:
        code = call(words[0], words[1:])
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader went away (`| head`): nothing is left to be said, at the interpreter's own end neither.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)


def call(noun: str, words: list[str]) -> int:
    """Run one noun; its exit code. Mistakes in options are told in one line."""
    import typer

    module = importlib.import_module(f"monitor.cli.{'import_' if noun == 'import' else noun}")
    usage_error: Any = typer.BadParameter.__bases__[0]  # not exported by itself; all mistakes of a command line descend from it
    try:
        return int(module.app(words, prog_name=f"threenines {noun}", standalone_mode=False) or 0)
    except usage_error as fault:
        return _usage_mistake(f"threenines {noun}", fault, plugin=noun == "check" and "--nagios" in words)


def _usage_mistake(command: str, fault: Any, plugin: bool) -> int:
    """What is wrong with the options, in one line; a plugin says it on stdout and is UNKNOWN. The exit code."""
    near = sorted(getattr(fault, "possibilities", None) or ())
    said = f"{fault.message}; did you mean {near[0]}?" if near else fault.format_message().rstrip(".")
    more = "" if said.endswith("?") else f"; `{command} --help` tells more"
    text = f"{command}: {said[:1].lower()}{said[1:]}{more}"
    print(f"UNKNOWN - {text}" if plugin else text, file=sys.stdout if plugin else sys.stderr)
    return NAGIOS_UNKNOWN if plugin else USAGE
