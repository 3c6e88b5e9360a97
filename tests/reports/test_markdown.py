from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.markdown import html

ALLOWED = {"p", "br", "ul", "li", "em", "strong", "a"}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("One\ntwo\n\nthree", "<p>One<br>two</p>\n<p>three</p>"),
        ("*so* and **so**", "<p><em>so</em> and <strong>so</strong></p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("[x](https://a.example/*b*)", '<p><a href="https://a.example/*b*" rel="nofollow noopener">x</a></p>'),
        ("[x](mailto:a@b.example)", '<p><a href="mailto:a@b.example" rel="nofollow noopener">x</a></p>'),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("[x](http://a.example)", "<p>[x](http://a.example)</p>"),
        ("<b>{{ 7 * 7 }}</b>", "<p>&lt;b&gt;{{ 7 * 7 }}&lt;/b&gt;</p>"),
        ("2 * 3 * 4", "<p>2 * 3 * 4</p>"),
        ("", ""),
    ],
)
def test_four_forms_and_all_else_is_text(text: str, wanted: str) -> None:
    assert html(text) == wanted


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, attrs))
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@settings(max_examples=300)
@given(st.text(st.sampled_from("*_[]()<>\"'&- \n\\:abhtps/mailo") | st.characters(), max_size=120))
def test_whatever_is_written_no_other_mark_comes_out_and_all_are_closed(text: str) -> None:
    reader = _Tags()
    reader.feed(str(html(text)))
    reader.close()
    assert reader.open == []
    assert {tag for tag, _ in reader.seen} <= ALLOWED
    for tag, attributes in reader.seen:
        assert [name for name, _ in attributes] == (["href", "rel"] if tag == "a" else [])
        assert tag != "a" or (attributes[0][1] or "").startswith(("https://", "mailto:"))


@pytest.mark.timeout(10)
def test_no_text_takes_long() -> None:
    for text in ("*" * 8_000, "[" * 8_000, "**a" * 2_500, "[a](https://" * 700, "- " * 4_000, "\n" * 8_000):
        html(text)
