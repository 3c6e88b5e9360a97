"""`threenines config`: check the configuration, show it whole, describe its files."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

import typer

from monitor.config.configuration import Configuration
from monitor.config.mistake import ConfigurationErrors
from probes.probe import Probe, SecretRef

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Check the configuration, show it whole, describe its files.",
)

REFUSED = 78
Main = Annotated[Path, typer.Argument(metavar="PATH", help="the main configuration file")]
MAIN = Path("threenines.yaml")


@app.command()
def check(path: Main = MAIN) -> None:
    """Read all files and say every mistake; exit 78 if there is one, 0 if there is none. Advice goes to stderr."""
    from monitor.config.advice import advice

    for line in advice(_loaded(path)):
        print(f"advice: {line}", file=sys.stderr)


@app.command()
def show(path: Main = MAIN) -> None:
    """Print the configuration with all defaults as one JSON document; secrets are shown as references only."""
    print(json.dumps(plain(_loaded(path)), indent=1, ensure_ascii=False))


@app.command("schema")
def print_schema(
    site: Annotated[bool, typer.Option("--site", help="of a site file instead of the main file")] = False,
    case: Annotated[bool, typer.Option("--case", help="of a case of `threenines sla evaluate`")] = False,
    case_result: Annotated[bool, typer.Option("--case-result", help="of a result of `threenines sla evaluate`")] = False,
    statement: Annotated[bool, typer.Option("--statement", help="of the statement.json of `threenines statement write`")] = False,
) -> None:
    """Print the JSON Schema (draft 2020-12) that editors complete and check the files by."""
    asked = [name for name, wanted in _schemas(site, case, case_result, statement).items() if wanted]
    if len(asked) > 1:
        raise typer.BadParameter("only one of --site, --case, --case-result, --statement")
    print(json.dumps(schema_of(asked[0] if asked else "main"), indent=1))


def _schemas(site: bool, case: bool, case_result: bool, statement: bool) -> dict[str, bool]:
    return {"site": site, "case": case, "case-result": case_result, "statement": statement}


def schema_of(file: str) -> dict[str, Any]:
    """The schema of one kind of file: main, site, case, case-result or statement."""
    from monitor.config.jsonschema import schema
    from probes.registry import kinds
    from reports.statement_schema import schema as statement_schema
    from sla.case_schema import case_schema, result_schema

    if file == "statement":
        return statement_schema()
    if file == "case":
        return case_schema()
    return result_schema() if file == "case-result" else schema(kinds(), file == "site")


def plain(value: Any) -> Any:
    """A configuration as JSON values: Fractions as ``n/d``, members as their words, a probe with the name of its kind."""
    if isinstance(value, SecretRef):
        return value.text
    if is_dataclass(value) and not isinstance(value, type):
        kind = {"kind": value.kind} if isinstance(value, Probe) else {}
        return kind | {item.name: plain(getattr(value, item.name)) for item in fields(value) if item.init}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted((plain(item) for item in value), key=str)
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, Fraction | Path) else value


def _loaded(path: Path) -> Configuration:
    """The configuration, or its mistakes on stderr and exit 78."""
    from monitor.config.load import load  # pydantic and YAML are not needed for --help

    try:
        return load(path, os.environ)
    except ConfigurationErrors as errors:
        print(errors, file=sys.stderr)
        raise typer.Exit(REFUSED) from None
