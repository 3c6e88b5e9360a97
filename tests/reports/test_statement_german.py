from __future__ import annotations

from evidence_world import evidence

from reports.statement_document import document
from reports.statement_german import GERMAN
from reports.statement_page import render
from reports.statement_words import STATEMENTS

SAME = {"st.of", "st.site", "st.g.note", "st.counts.part", "st.other"}
"""Texts that are written alike in both languages."""


def test_nothing_was_left_in_english() -> None:
    english = STATEMENTS["en"].texts
    assert {key for key, text in GERMAN.items() if text == english[key]} <= SAME


def test_a_german_statement_has_no_english_sentence() -> None:
    page = render(document(evidence()), "de").decode()
    english = [text for key, text in STATEMENTS["en"].texts.items() if " " in text and "{" not in text and key.startswith("st.")]
    assert [text for text in english if f">{text}<" in page] == []
    assert "99,942" in page and "99.942" not in page
