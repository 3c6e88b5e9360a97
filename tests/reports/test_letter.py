"""The layout of letters: both forms say the same, in the reader's own language, and nothing in them becomes markup."""

from __future__ import annotations

import html
import re

from reports.letter import clean, clean_lines, forms
from reports.rows import Row

ROWS = (
    Row("when", "When", ("Tue 1 Dec 2026", "2 h")),
    Row("text", "About", ("a <b>bold</b> word", "https://p.example/x?a=1&b=2")),
)


def test_plain_and_html_say_the_same() -> None:
    both = forms("en", "Something needs you.", ROWS, "urgent")
    body = both.html.partition("<body")[2].partition(">")[2]
    assert " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split()) == " ".join(both.plain.split())
    assert '<html lang="en">' in both.html and "<b>" not in both.html
    assert 'href="https://p.example/x?a=1&amp;b=2"' in both.html


def test_lines_are_at_most_76_columns_wide() -> None:
    both = forms("de", "wort " * 40, (Row("text", "Wozu", ("wort " * 40,)),))
    assert all(len(line) <= 76 for line in both.plain.splitlines())


def test_texts_of_people_lose_what_would_spoil_a_line() -> None:
    assert clean("a\u202eb\n c\x07  d") == "ab c d"
    assert clean_lines("one\n\n two \r\n") == ("one", "two")
