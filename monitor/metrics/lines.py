"""Samples as Prometheus text: labels escaped, numbers exact, what is not known left out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from typing import TypeAlias

Lines: TypeAlias = Mapping[str, bytes]
"""The lines of one owner, by the name of their metric; HELP and TYPE are not among them."""


class Sheet:
    """Samples of one owner, collected by metric."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def add(self, name: str, labels: str, value: float | Fraction | None) -> None:
        """One sample; None, and what is no finite number, adds nothing."""
        if value is not None and math.isfinite(value):
            self._texts[name] = f"{self._texts.get(name, '')}{name}{{{labels}}} {number(value)}\n"

    def made(self) -> Lines:
        """What was added."""
        return {name: text.encode() for name, text in self._texts.items()}


def labelled(labels: Mapping[str, str]) -> str:
    """``labels`` as they stand between the braces."""
    return ",".join(f'{key}="{escaped(label)}"' for key, label in labels.items())


def number(value: float | Fraction) -> str:
    """A whole number without a point, anything else as the float nearest to it."""
    return str(int(value)) if value == int(value) else repr(float(value))


def escaped(label: str) -> str:
    """A label's value as it stands between its quotes."""
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
