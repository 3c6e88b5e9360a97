"""How a letter of ours is laid out: a lead and rows of a heading with its lines, as plain text and as HTML that say the same."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reports.frame import environment
from reports.plain import plain

WIDTH = 76
Tone = Literal["calm", "news", "urgent", "done", "off"]
"""How urgent a letter looks, beside what it says in words."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that a letter says: its ``name`` (``when``), its heading in words, its lines."""

    name: str
    heading: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Forms:
    """A letter's two forms."""

    plain: str
    html: str


def forms(language: str, lead: str, rows: Sequence[Row], tone: Tone = "calm") -> Forms:
    """The letter in both forms; ``language`` is that of all its words (BCP 47)."""
    html = environment().get_template("notice.html").render(lang=language, lead=lead, rows=rows, tone=tone)
    return Forms(_plain(lead, rows), html)


def clean(text: str) -> str:
    """Text of people on one line of a letter: no controls, not without end."""
    return " ".join(str(plain(text.replace("\n", " "))).split())


def clean_lines(text: str) -> tuple[str, ...]:
    """Text of people line by line, without empty ones."""
    return tuple(clean(line) for line in text.splitlines() if line.strip())


def _plain(lead: str, rows: Sequence[Row]) -> str:
    """Headings with their lines indented below, at most 76 columns; an address that is longer stays whole."""
    said = [textwrap.fill(lead, WIDTH)]
    for row in rows:
        said += ["", row.heading]
        said += [_wrapped(line) for line in row.lines]
    return "\n".join(said) + "\n"


def _wrapped(line: str) -> str:
    return textwrap.fill(
        line, WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )
