"""The mail with a month's statement: figures and verdict of the document, what was restated and why, in the reader's language."""

from __future__ import annotations

import html
import re
from email.message import EmailMessage

import pytest
from statement_examples import FILE, mail, said

from reports.statement_mail import title


def text(of: EmailMessage) -> str:
    part = of.get_body(("plain",))
    assert part is not None
    return straight(part.get_content())


def straight(told: str) -> str:
    """Text on one line, numbers without the thin spaces in them."""
    return " ".join(told.replace("\u202f", "").split())


def test_it_says_figures_and_verdict_and_brings_the_statement() -> None:
    found = mail(said())
    assert (found["Subject"], found["To"]) == ("Acme Portal: availability in June 2026, kept", "Ada <ada@acme.example>")
    assert found["In-Reply-To"] == "<one@p.example>"
    assert found["X-Threenines-Notice"] == "statement; site=acme; period=2026-06; version=1"
    (file,) = found.iter_attachments()
    assert (file.get_filename(), file.get_content_type(), file.get_content()) == (FILE.name, FILE.kind, FILE.content)
    told = text(found)
    for line in (
        "99.942 % – Goal 99.9 %",
        "Counted: 25 min (1500 s)",
        "Allowed: 43 min 12 s (2592 s)",
        "Left out: 50 min (3000 s)",
    ):
        assert line in told
    assert "Not measured: 17 min (1020 s)" in told and "https://s.example/p/x/" in told
    proof = said()["proof"]
    assert f"{proof['audit_seq']}:{proof['audit_sha256']}" in told


def test_a_restatement_says_what_came_and_what_it_changed() -> None:
    assert title(said(restated=True), "en") == "Acme Portal: availability in June 2026 restated, kept"
    told = text(mail(said(restated=True)))
    assert "version 2 replaces version 1" in told
    assert "+600 s: directory: what was seen there came late" in told
    assert "−3000.5 s: exclusion X-1 approved" in told and "−2400.5 s together" in told


def test_in_german_it_is_german() -> None:
    found = mail(said(restated=True), "de")
    assert found["Subject"] == "Acme Portal: Verfügbarkeit Juni 2026 neu gefasst, eingehalten"
    assert "Ausnahme X-1: genehmigt" in text(found) and "99,942 %" in text(found)


@pytest.mark.parametrize("language", ["en", "de"])
def test_html_says_what_the_text_says(language: str) -> None:
    found = mail(said(restated=True), language)
    page = found.get_body(("html",))
    assert page is not None
    bare = re.sub("<style.*?</style>|<title.*?</title>|<[^>]+>", " ", page.get_content(), flags=re.S)
    assert straight(html.unescape(bare)) == text(found)


def test_names_of_others_become_no_header_and_no_markup() -> None:
    found = mail(said(site="A\r\nBcc: eve@x.example <b>\u202ex"), page=None)
    assert found["Bcc"] is None and "\n" not in found["Subject"] and "\u202e" not in found["Subject"]
    page = found.get_body(("html",))
    assert page is not None and "<b>" not in page.get_content() and "&lt;b&gt;" in page.get_content()
