"""How a letter of ours is laid out: a lead and rows of a heading with its lines, as plain text and as HTML that say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reports.frame import environment
from reports.plain import plain
from reports.rows import Row, in_plain

Tone = Literal["calm", "news", "urgent", "done", "off"]
"""How urgent a letter looks, beside what it says in words."""


@dataclass(frozen=True, slots=True)
class Forms:
    """A letter's two forms."""

    plain: str
    html: str


def forms(language: str, lead: str, rows: Sequence[Row], tone: Tone = "calm") -> Forms:
    """The letter in both forms; ``language`` is that of all its words (BCP 47)."""
    html = environment().get_template("notice.html").render(lang=language, lead=lead, rows=rows, tone=tone)
    return Forms(in_plain(lead, rows), html)


def clean(text: str) -> str:
    """Text of people on one line of a letter: no controls, not without end."""
    return " ".join(str(plain(text.replace("\n", " "))).split())


def clean_lines(text: str) -> tuple[str, ...]:
    """Text of people line by line, without empty ones."""
    return tuple(clean(line) for line in text.splitlines() if line.strip())
