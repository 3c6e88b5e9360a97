"""The body of a mail as headings with lines: one value for its plain text and its HTML, so that neither says more."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
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

    def __str__(self) -> str:
        return self.text

    @property
    def html(self) -> Markup:
        """The words as markup."""
        return markdown.html(self.text)


@dataclass(frozen=True, slots=True)
class Link:
    """An address with what lies behind it."""

    label: str
    url: str

    def __str__(self) -> str:
        return f"{self.label}: {self.url}"

    @property
    def html(self) -> Markup:
        """A link whose text tells where it leads."""
        return Markup('{}: <a class="link" href="{}" style="color:#0b57c2;overflow-wrap:anywhere">{}</a>').format(
            self.label, self.url, self.url
        )


Line: TypeAlias = str | Words | Link


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that a mail says: its ``name`` (``when``), its heading in words, its lines."""

    name: str
    heading: str
    lines: tuple[Line, ...]

    @property
    def html(self) -> tuple[str | Markup, ...]:
        """The lines for a template, which escapes those that are no markup yet."""
        return tuple(line if isinstance(line, str) else line.html for line in self.lines)


def in_plain(lead: str, rows: Iterable[Row]) -> str:
    """Headings with their lines indented below, at most 76 columns; an address that is longer stays whole."""
    said = [textwrap.fill(lead, WIDTH)]
    for row in rows:
        said += ["", row.heading]
        said += [wrapped for line in row.lines for wrapped in _wrapped(line)]
    return "\n".join(said) + "\n"


def _wrapped(line: Line) -> list[str]:
    if isinstance(line, Link) and len(str(line)) > WIDTH - 2:
        return [f"  {line.label}:", f"  {line.url}"]
    parts = readable(line.text).strip().splitlines() if isinstance(line, Words) else [str(line)]
    return [
        textwrap.fill(part, WIDTH, initial_indent="  ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
        for part in parts
    ]
