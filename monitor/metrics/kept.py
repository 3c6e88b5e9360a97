"""Series kept as text: made when what they say changes, so that a scrape only joins them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeAlias

Lines: TypeAlias = Mapping[str, bytes]
"""The lines of one owner, by the name of their metric; HELP and TYPE are not among them."""


class Kept:
    """The lines of many owners. Metrics stand in the order in which they were first seen, owners in theirs."""

    def __init__(self, heads: Mapping[str, bytes]) -> None:
        """``heads``: HELP and TYPE of every metric, by its name; filled by whoever makes the lines."""
        self._heads = heads
        self._metrics: dict[str, dict[Hashable, bytes]] = {}
        self._names: dict[Hashable, frozenset[str]] = {}
        self._shapes: dict[frozenset[str], frozenset[str]] = {}
        """The sets of names in use, each once: thousands of checks of a kind have the same."""

    def put(self, owner: Hashable, lines: Lines) -> None:
        """All that ``owner`` says from now on."""
        names = self._names.get(owner, frozenset())
        if lines.keys() != names:
            for name in names - lines.keys():
                del self._metrics[name][owner]
            shape = frozenset(lines)
            self._names[owner] = self._shapes.setdefault(shape, shape)
        for name, text in lines.items():
            self._metrics.setdefault(name, {})[owner] = text

    def keep(self, owners: frozenset[Hashable]) -> None:
        """Let go of everybody else."""
        for owner in self._names.keys() - owners:
            self.put(owner, {})
            del self._names[owner]

    def parts(self) -> list[bytes]:
        """All of it as Prometheus text 0.0.4, in parts to be joined."""
        parts: list[bytes] = []
        for name, lines in self._metrics.items():
            if lines:
                parts.append(self._heads[name])
                parts.extend(lines.values())
        return parts
