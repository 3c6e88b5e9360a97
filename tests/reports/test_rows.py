from __future__ import annotations

from reports.rows import WIDTH, Link, Row, Words, in_plain

ROWS = (
    Row("said", "Said", (Words("It was a **switch**.\n\n- one\n- two\n\n<script>"), "plain <b>")),
    Row("web", "Web", (Link("The page", "https://p.example/?a=1&b=2"), Link("Long", "https://p.example/" + "x" * 90))),
)


def test_plain_text_is_narrow_and_keeps_addresses_whole() -> None:
    lines = in_plain("word " * 30, ROWS).splitlines()
    assert all(len(line) <= WIDTH for line in lines if "https://p.example/x" not in line)
    assert "  https://p.example/" + "x" * 90 in lines
    assert "  It was a **switch**." in lines and "  - two" in lines


def test_html_has_the_same_with_marks_and_nothing_foreign_in_it() -> None:
    said, web = (row.html for row in ROWS)
    assert "<strong>switch</strong>" in said[0] and "<li>two</li>" in said[0] and "&lt;script&gt;" in said[0]
    assert said[1] == "plain <b>"  # escaped by the template, as all text
    assert 'href="https://p.example/?a=1&amp;b=2"' in web[0]
