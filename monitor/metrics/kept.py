"""Series kept as text: made when what they say changes, so that a scrape only joins them."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

from monitor.metrics.lines import Lines


class Kept:
    """The lines of many owners. Metrics stand in the order in which they were first seen, owners in theirs."""

    def __init__(self, heads: Mapping[str, bytes]) -> None:
        """``heads``: HELP and TYPE of every metric, by its name; filled by whoever makes the lines."""
        self._heads = heads
        self._metrics: dict[str, dict[Hashable, bytes]] = {}
        self._names: dict[Hashable, frozenset[str]] = {}
        self._shapes: dict[frozenset[str], frozenset[str]] = {}
        """The sets of names in use, each once: thousands of checks of a kind have the same."""
        self._joined: dict[str, bytes] = {}
        """What a metric's lines were at the last scrape, while none of them has changed."""
        self.sizes: dict[str, int] = {}
        """Series of each metric."""

    def put(self, owner: Hashable, lines: Lines) -> None:
        """All that ``owner`` says from now on."""
        names = self._names.get(owner, frozenset())
        if lines.keys() != names:
            for name in names - lines.keys():
                self._replace(name, owner, None)
            shape = frozenset(lines)
            self._names[owner] = self._shapes.setdefault(shape, shape)
        for name, text in lines.items():
            self._replace(name, owner, text)

    def keep(self, owners: frozenset[Hashable]) -> None:
        """Let go of everybody else."""
        for owner in self._names.keys() - owners:
            self.put(owner, {})
            del self._names[owner]

    def parts(self, without: frozenset[str] = frozenset()) -> list[bytes]:
        """All of it but the metrics ``without`` as Prometheus text 0.0.4, in parts to be joined."""
        parts: list[bytes] = []
        for name, lines in self._metrics.items():
            if lines and name not in without:
                if name not in self._joined:
                    self._joined[name] = b"".join((self._heads[name], *lines.values()))
                parts.append(self._joined[name])
        return parts

    def _replace(self, name: str, owner: Hashable, text: bytes | None) -> None:
        lines = self._metrics.setdefault(name, {})
        before = lines.get(owner, b"")
        if text == before:
            return
        if text is None:
            del lines[owner]
        else:
            lines[owner] = text
        self._joined.pop(name, None)
        self.sizes[name] = self.sizes.get(name, 0) + (text or b"").count(b"\n") - before.count(b"\n")
