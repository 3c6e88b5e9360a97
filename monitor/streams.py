"""How a site's tree grows down to its streams: component → all of its checks → down when q locations say so."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from monitor.config.configuration import Site
from monitor.ports import StreamKey
from sla.composition import All, AtLeast, Degrading, DownWhen, Leaf, Node
from sla.exclusion import Exclusion
from sla.maintenance import Maintenance
from sla.span import Span


@dataclass(frozen=True, slots=True)
class Member:
    """What a part of a site is told by (None: nobody looks), and when it belonged to the site (None: always)."""

    stream: StreamKey | None
    applicable: tuple[Span, ...] | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """What a site's figures are counted by: its tree, what each part in it is, and what is left out or was announced of them."""

    tree: Node
    parts: Mapping[str, Member]
    exclusions: tuple[Exclusion, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()

    @property
    def streams(self) -> frozenset[StreamKey]:
        """All that is to be read for it, also of what the site was made of before."""
        return frozenset(member.stream for member in self.parts.values() if member.stream)


def present_ground(site: Site, streams: Mapping[str, Sequence[StreamKey]]) -> Ground:
    """The ground of a site of which nothing is recorded: what it is made of today, for all time."""
    parts = {leaf_name(stream): Member(stream) for members in streams.values() for stream in members}
    return Ground(site_tree(site.composition, component_trees(site, streams)), parts)


def leaf_name(stream: StreamKey) -> str:
    """The name of a stream in a tree: ``<check_no>@<location_no>``."""
    return f"{stream[0]}@{stream[1]}"


def stream_named(leaf: str) -> StreamKey:
    """The stream with that name."""
    check_no, location_no = leaf.split("@")
    return int(check_no), int(location_no)


def component_tree(checks: Mapping[int, Sequence[StreamKey]]) -> Node:
    """A component is as good as its worst check; a check is down when a majority of its locations (at least 2) say so."""
    nodes = [_check_node(streams) for _, streams in sorted(checks.items())]
    return nodes[0] if len(nodes) == 1 else All(tuple(nodes))


def _check_node(streams: Sequence[StreamKey]) -> Node:
    members = tuple(Leaf(leaf_name(stream)) for stream in sorted(streams))
    if len(members) == 1:
        return members[0]
    return DownWhen(max(2, len(members) // 2 + 1), members)


def component_trees(site: Site, streams: Mapping[str, Sequence[StreamKey]]) -> dict[str, Node]:
    """The tree of each component that is looked at. ``streams``: check key → its streams."""
    grouped: dict[str, dict[int, list[StreamKey]]] = defaultdict(lambda: defaultdict(list))
    for check in site.checks:
        for stream in streams[check.key]:
            grouped[check.component][stream[0]].append(stream)
    return {component: component_tree(checks) for component, checks in grouped.items()}


def site_tree(node: Node, components: Mapping[str, Node]) -> Node:
    """The site's composition with each component replaced by its own tree; a component nobody looks at stays unknown."""
    match node:
        case Leaf(name):
            return components.get(name, node)
        case Degrading(inner):
            return Degrading(site_tree(inner, components))
        case All(of):
            return All(tuple(site_tree(child, components) for child in of))
        case AtLeast(k, of):
            return AtLeast(k, tuple(site_tree(child, components) for child in of))
        case DownWhen(q, of):
            return DownWhen(q, tuple(site_tree(child, components) for child in of))
