"""A line of the list of statements says what its document says, and knows which file is whose."""

from __future__ import annotations

from evidence_world import evidence

from reports.published import published
from reports.statement_document import document

FILES = ("statement.json", "statement.html", "statement.de.html", "statement.pdf", "days.csv")


def test_a_line_says_what_its_document_says() -> None:
    line = published(document(evidence()), "statements/acme/2026-06/v1", FILES)
    assert (line.site, line.site_name, line.period, line.version) == ("acme", "Acme Portal", "2026-06", 1)
    assert (line.verdict, line.percent, line.counted_seconds) == ("met", "99.942", "1500")


def test_each_language_has_its_file_or_the_plain_one_or_none() -> None:
    line = published(document(evidence()), "v1", FILES)
    assert (line.page("de"), line.page("en")) == ("v1/statement.de.html", "v1/statement.html")
    assert (line.page("de", "pdf"), line.page("en", "pdf")) == ("v1/statement.pdf", "v1/statement.pdf")
    assert published(document(evidence()), "v1", ()).page("en") is None
