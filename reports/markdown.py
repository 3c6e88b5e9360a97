"""What operators write, as HTML: paragraphs, emphasis, lists, https and mailto links. Everything else is text.

Not a dialect of anything: four forms that a reader can hold in the head, and nothing that a page could be harmed by.
"""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from reports.plain import readable

_LINK = re.compile(r"\[([^\[\]\n]{1,200})\]\(((?:https://|mailto:)[^\s()<>\"']{1,2000})\)")
_STRONG = re.compile(r"\*\*(?=\S)([^*\n]{1,500}?)(?<=\S)\*\*")
_EMPHASIS = re.compile(r"\*(?=\S)([^*\n]{1,500}?)(?<=\S)\*")
_POINT = re.compile(r"[-*] +(?=\S)")


def html(text: str) -> Markup:
    """``text`` as HTML."""
    blocks = [block for block in re.split(r"\n[ \t]*\n", readable(text).strip()) if block.strip()]
    return Markup("\n").join(_block(block.strip("\n").split("\n")) for block in blocks)


def _block(lines: list[str]) -> Markup:
    if all(_POINT.match(line) for line in lines):
        points = (Markup("<li>{}</li>").format(_line(_POINT.sub("", line, count=1))) for line in lines)
        return Markup("<ul>{}</ul>").format(Markup("").join(points))
    return Markup("<p>{}</p>").format(Markup("<br>").join(map(_line, lines)))


def _line(text: str) -> Markup:
    """One line: links first, since an address may hold what elsewhere is emphasis."""
    found = Markup("")
    end = 0
    for link in _LINK.finditer(text):
        address = Markup('<a href="{}" rel="nofollow noopener">{}</a>').format(link[2], _emphasised(link[1]))
        found += _emphasised(text[end : link.start()]) + address
        end = link.end()
    return found + _emphasised(text[end:])


def _emphasised(text: str) -> Markup:
    strong = _STRONG.sub(r"<strong>\1</strong>", str(escape(text)))
    return Markup(_EMPHASIS.sub(r"<em>\1</em>", strong))  # noqa: S704 - escaped before; only these two marks were put in
