"""A statement on paper: tagged, sound, the same bytes again, and the numbers on it are the document's."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from shutil import which

import pytest
from evidence_world import evidence

from reports import statement_pdf
from reports.statement_document import document
from reports.statement_page import render
from reports.statement_pdf import NoPdf, available, pdf

TOOLS = ("qpdf", "pdfinfo", "pdftotext")
SPACES = re.compile(r"[\u202f\u00a0\s]+")


def ready() -> None:
    missing = [tool for tool in TOOLS if which(tool) is None] + ([] if available() else ["weasyprint"])
    if missing and os.environ.get("CI"):
        pytest.fail(f"missing: {missing}; make servers installs them")
    if missing:
        pytest.skip(f"missing: {missing}; PDF was not judged")


def said(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.real
@pytest.mark.timeout(120)
def test_it_is_tagged_sound_and_says_what_the_document_says(tmp_path: Path) -> None:
    ready()
    made = document(evidence())
    html = render(made)
    data = pdf(html)
    assert pdf(html) == data
    path = tmp_path / "statement.pdf"
    path.write_bytes(data)
    assert "No syntax or stream encoding errors found" in said("qpdf", "--check", str(path))
    facts = said("pdfinfo", str(path))
    assert re.search(r"Tagged: +yes", facts) and "Title:           Availability statement: Acme Portal, June 2026" in facts
    assert "pdfuaid" in said("pdfinfo", "-meta", str(path))
    text = SPACES.sub("", said("pdftotext", "-layout", str(path), "-"))
    box = made["arithmetic"]
    for name in ("period", "observed", "excluded", "counted", "unknown", "allowed"):
        assert box[f"{name}_seconds"] in text, name
    for name in ("availability", "availability_best", "availability_worst", "coverage", "observed"):
        assert f"{box[f'{name}_percent']}%" in text, name
    for one in (*made["outages"], *made["exclusions"], *made["maintenance"]):
        assert one["id"] in text
    pages = int(re.search(r"Pages: +(\d+)", facts)[1])  # type: ignore[index]
    assert f"1/{pages}" in text and f"{pages}/{pages}" in text


def test_nothing_is_fetched_whatever_a_page_asks_for(tmp_path: Path) -> None:
    ready()
    secret = tmp_path / "secret.css"
    secret.write_text("body::before { content: 'leaked' }")
    page = f'<html lang="en"><title>t</title><link rel="stylesheet" href="file://{secret}"><body><p>text</p></body></html>'
    path = tmp_path / "statement.pdf"
    path.write_bytes(pdf(page.encode()))
    assert "leaked" not in said("pdftotext", str(path), "-")


def test_what_is_missing_is_said_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "weasyprint", None)
    assert not statement_pdf.available()
    with pytest.raises(NoPdf, match=r"pip install 'threenines\[pdf\]'"):
        pdf(b"<p>")
