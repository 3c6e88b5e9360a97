"""Mails on releases to subscribers as people read them: plain and HTML alike, nobody's date where none is told."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from test_incident_notice import AT, KIM, PAGE, PROVIDER
from test_release_note import GOOD

from reports.events import Release
from reports.release_news import news
from reports.release_note import ReleaseNote, read
from sla.span import HOUR, Span

GOLDEN = Path(__file__).parent / "golden"
DATES = (("Acme production", 2, Span(AT + HOUR, AT + 3 * HOUR)), ("Acme test", None, None))


@pytest.mark.parametrize(("corrected", "language"), [(False, "en"), (True, "de")])
def test_a_mail_reads_as_it_should(corrected: bool, language: str) -> None:
    note = read(GOOD)
    assert isinstance(note, ReleaseNote)
    one = Release("rv6fne2p5jltun5weibzdrrij4", note, AT, DATES if corrected else ())
    made = news(one, corrected, PAGE, replace(KIM, language=language), PROVIDER, "n2@p.example", "n1@p.example", AT)
    for path, text in (
        (GOLDEN / f"news-release-{language}.txt", f"Subject: {made.subject}\n\n{made.plain}"),
        (GOLDEN / f"notice-news-release-{language}.html", made.html),
    ):
        if os.environ.get("GOLDEN") == "write":
            path.write_text(text)
        assert path.read_text() == text
    assert made.first == "n1@p.example" and "List-Id" in made.headers
