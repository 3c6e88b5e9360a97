"""What `threenines statement write` and `render` put into a folder: all forms of a published version, of its evidence alone."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from shutil import rmtree
from typing import Any

from monitor.cli.desk import BAD_DATA, UNAVAILABLE, USAGE, fail
from monitor.cli.evidence import DIFFERS, IO, contents, judged
from reports.statement_document import NoStatement, document
from reports.statement_forms import EVIDENCE, SUMS, forms, html, sums
from reports.statement_forms import json as document_json
from reports.statement_pdf import NoPdf, available
from reports.statement_words import STATEMENTS


def written(data: bytes, folder: Path, pdf: bool | None) -> None:
    """Write every form of the evidence ``data``, and itself, into the new ``folder``: all of them or none.

    ``pdf`` None: if it can be made here. What does not verify is not rendered: 1.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise fail(f"{folder}: expected a new or empty folder; nothing written", USAGE)
    files = {**_forms(data, available() if pdf is None else pdf), EVIDENCE: data}
    files[SUMS] = sums(files)
    beside = folder.parent / f".{folder.name}.{os.getpid()}"
    try:
        beside.mkdir(parents=True)
        for name, body in files.items():
            (beside / name).write_bytes(body)
        beside.rename(folder)
    except OSError as fault:
        rmtree(beside, ignore_errors=True)
        raise fail(f"{folder}: {fault.strerror}; nothing written", IO) from None
    print("\n".join(f"{folder / name}  {len(body)} bytes" for name, body in sorted(files.items())), file=sys.stderr)


def rendered(path: str, folder: Path, pdf: bool | None) -> None:
    """The same of a file that `export` wrote."""
    data = contents(path)
    found = judged(path, data)
    if found.difference is not None:
        raise fail(f"{path}: it does not verify, so nothing is rendered; first difference: {found.difference}", DIFFERS)
    written(data, folder, pdf)


def shown(data: bytes, form: str, language: str | None) -> bytes:
    """One form of the evidence ``data`` for standard output: ``document`` or ``html``."""
    evidence = json.loads(data)
    said, first = _document(evidence), _language(evidence)
    if language is not None and language not in STATEMENTS:
        raise fail(f"--language: expected one of {', '.join(STATEMENTS)}, got {language[:80]!r}", USAGE)
    return document_json(said) if form == "document" else html(said, language or first, first)


def _forms(data: bytes, pdf: bool) -> dict[str, bytes]:
    evidence = json.loads(data)
    try:
        return forms(_document(evidence), _language(evidence), pdf)
    except NoPdf as fault:
        raise fail(f"{fault}; --no-pdf writes the rest", UNAVAILABLE) from None


def _document(evidence: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return document(evidence)
    except NoStatement as fault:
        raise fail(str(fault), BAD_DATA) from None


def _language(evidence: Mapping[str, Any]) -> str:
    """The language of the provider's pages when it was published."""
    said = str(evidence["about"].get("language", ""))
    return said if said in STATEMENTS else "en"
