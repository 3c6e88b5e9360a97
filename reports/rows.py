"""The body of a mail as headings with lines: one value for its plain text and its HTML, so that neither says more."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TypeAlias

from markupsafe import Markup

from reports import markdown
from reports.plain import readable

WIDTH = 76


@dataclass(frozen=True, slots=True)
class Words:
    """What a person of ours wrote: paragraphs, emphasis, lists and links in HTML, as typed in plain text."""

    text: str

    @property
    def html(self) -> Markup:
        """The words as markup."""
        return markdown.html(self.text)


@dataclass(frozen=True, slots=True)
class Link:
    """An address with what lies behind it."""

    label: str
    url: str

    @property
    def html(self) -> Markup:
        """A link whose text tells where it leads."""
        return Markup('{}: <a href="{}">{}</a>').format(self.label, self.url, self.url)


Line: TypeAlias = str | Words | Link
Row: TypeAlias = tuple[str, tuple[str, ...]]
"""A heading and its lines."""
Rich: TypeAlias = tuple[str, tuple[Line, ...]]
"""A heading and lines of which some are more than text."""


def in_plain(lead: str, rows: tuple[Row, ...] | tuple[Rich, ...]) -> str:
    """Headings with their lines indented below, at most 76 columns; an address that is longer stays whole."""
    said = [textwrap.fill(lead, WIDTH)]
    for heading, lines in rows:
        said += ["", heading]
        said += [wrapped for line in lines for wrapped in _wrapped(line)]
    return "\n".join(said) + "\n"


def in_html(rows: tuple[Rich, ...]) -> tuple[tuple[str, tuple[str | Markup, ...]], ...]:
    """The same rows for a template."""
    return tuple((heading, tuple(line if isinstance(line, str) else line.html for line in lines)) for heading, lines in rows)


def _wrapped(line: Line) -> list[str]:
    if isinstance(line, Link):
        return (
            [f"  {line.label}: {line.url}"] if len(line.label + line.url) < WIDTH - 4 else [f"  {line.label}:", f"  {line.url}"]
        )
    parts = readable(line.text).strip().splitlines() if isinstance(line, Words) else [line]
    return [
        textwrap.fill(part, WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
        for part in parts
    ]
