"""HELP and TYPE of every metric that is kept as text."""

from __future__ import annotations

from monitor.metrics.facts import declared
from monitor.metrics.names import CHECKS, DESK, SITES


class _Heads(dict[str, bytes]):
    """The heads by name. Facts have theirs made when first asked for: which there are, only the kinds know."""

    def __missing__(self, name: str) -> bytes:
        meaning = declared().get(name, f"{name.removeprefix('threenines_')} as the last look found it.")
        self[name] = head(name, meaning, "gauge")
        return self[name]


def head(name: str, text: str, kind: str) -> bytes:
    """HELP and TYPE of one metric."""
    return f"# HELP {name} {text}\n# TYPE {name} {kind}\n".encode()


HEADS = _Heads({name: head(name, of.help, of.type) for name, of in {**CHECKS, **SITES, **DESK}.items()})
