"""Text of others made fit to be shown: no control or direction characters, and not without end."""

from __future__ import annotations

import unicodedata

from markupsafe import Markup

MAX_TEXT = 512
"""Characters of any name on a page: longer ones come from a mistake or from malice."""


def plain(value: object) -> object:
    """Text without control and direction characters, at most ``MAX_TEXT`` long; anything else as it is."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    kept = value if value.isascii() and value.isprintable() else "".join(filter(_shown, value))
    return kept if len(kept) <= MAX_TEXT else kept[: MAX_TEXT - 1] + "…"


def readable(text: str) -> str:
    """What a person of ours wrote, with its ends of lines and of any length, without control and direction characters."""
    return "".join(char for char in text if char == "\n" or _shown(char))


def _shown(char: str) -> bool:
    return unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co")


def firm(text: str) -> str:
    """``text`` with spaces that do not break at the end of a line: a number stays with its unit."""
    return text.replace(" ", "\u00a0")
