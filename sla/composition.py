"""The tree that makes a site out of its components: all, at-least-k, down-when-q, degrading."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Leaf:
    """One component, by name."""

    name: str


@dataclass(frozen=True, slots=True)
class All:
    """As good as its worst child."""

    of: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """As good as its k-th best child; any child below up makes it at most degraded (``members_missing``)."""

    k: int
    of: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class DownWhen:
    """As good as its q-th worst child; any child below up makes it at most degraded (``path_problem``)."""

    q: int
    of: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Degrading:
    """Never worse than degraded: a part whose loss slows the site but does not stop it."""

    node: Node


Node: TypeAlias = Leaf | All | AtLeast | DownWhen | Degrading


def leaves(node: Node) -> Iterator[str]:
    """The component names below ``node``, in the order written."""
    match node:
        case Leaf(name):
            yield name
        case Degrading(inner):
            yield from leaves(inner)
        case All(of) | AtLeast(_, of) | DownWhen(_, of):
            for child in of:
                yield from leaves(child)
