"""The tree that makes a site out of its components: all, at-least-k, down-when-q, degrading."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sla.state import State


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

Quad: TypeAlias = tuple[int, int, int, int]
"""Levels of ``State``: the worst and the best that we say (point), then the worst and the best that may have been (bounds)."""

ALL_UP: Quad = (State.UP.value,) * 4


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


def value(node: Node, values: Mapping[str, Quad | None]) -> Quad | None:
    """What ``node`` is; each of the four levels is computed alone. A component that is None does not apply now.

    A node without a child that applies is left out of its parent: None.
    """
    match node:
        case Leaf(name):
            return values[name]
        case Degrading(inner):
            below = value(inner, values)
            return below and _quad(max(level, State.DEGRADED.value) for level in below)
        case All(of):
            children = _applicable(of, values)
            return _quad(map(min, zip(*children, strict=True))) if children else None
        case AtLeast(k, of):
            children = _applicable(of, values)
            return _members(children, len(children) - min(k, len(children)))
        case DownWhen(q, of):
            children = _applicable(of, values)
            return _members(children, min(q, len(children)) - 1)


def _applicable(of: tuple[Node, ...], values: Mapping[str, Quad | None]) -> list[Quad]:
    return [quad for child in of if (quad := value(child, values)) is not None]


def _members(children: list[Quad], rank: int) -> Quad | None:
    """The child at ``rank`` from the lowest (0); if any child is below up, at most degraded."""
    if not children:
        return None
    ordered = [sorted(levels) for levels in zip(*children, strict=True)]
    return _quad(o[rank] if o[0] == State.UP else min(o[rank], State.DEGRADED.value) for o in ordered)


def _quad(levels: Iterable[int]) -> Quad:
    point_worst, point_best, worst, best = levels
    return point_worst, point_best, worst, best
