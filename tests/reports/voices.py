"""Another language than any: every letter that the catalogue says is marked, so that a letter without mark is nobody's."""

from __future__ import annotations

import re
from types import MappingProxyType

from reports.catalogue import ENGLISH, Catalogue

_MARKED = {
    ord(letter): chr(0x1D400 + place) for place, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
}


def marked(text: str) -> str:
    """``text`` in mathematical bold, its ``{places}`` left alone."""
    return "".join(part if part.startswith("{") else part.translate(_MARKED) for part in re.split(r"(\{[a-z]+\})", text))


MARKED = Catalogue("en", MappingProxyType({key: marked(text) for key, text in ENGLISH.texts.items()}))
