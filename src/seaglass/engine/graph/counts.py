"""How much there is: numbers of nodes and edges, by label and type; the keys in use.

Above: `read`, `stats`. Below: `adjacency`, `expand`, `version`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.base import limits
from seaglass.engine.graph.expand import adjacencies

if TYPE_CHECKING:
    from seaglass.engine.graph.adjacency import TypeAdjacency
    from seaglass.engine.graph.group import Group
    from seaglass.engine.graph.version import GraphVersion


def node_count(version: GraphVersion) -> int:
    return version.node_count


def edge_count(version: GraphVersion) -> int:
    return version.edge_count


def label_count(version: GraphVersion, label: str) -> int:
    """Nodes that have the label."""
    return version.label_counts.get(label, 0)


def type_count(version: GraphVersion, name: str) -> int:
    """Edges of the type."""
    adjacency = version.adjacency.get(name)
    return 0 if adjacency is None else adjacency.count


def type_counts(
    version: GraphVersion, types: tuple[str, ...], *, both: bool
) -> list[tuple[str, int]]:
    """The types among the named (all for `()`) that some edge has, sorted, each with its edges.

    Args: both: an edge counts at each of its ends, a self-loop once
    Cost: nothing that grows with the graph; with `both` a pass over the groups, the first time over
        the edges.
    """
    counts: list[tuple[str, int]] = []
    for adjacency in adjacencies(version, types):
        count = adjacency.count
        if count and both:
            count += count - _loops(adjacency)
        if count:
            counts.append((version.types[adjacency.token], count))
    return counts


def _loops(adjacency: TypeAdjacency) -> int:
    """How many edges lead back to their node."""
    total = 0
    for group, links in enumerate(adjacency.out):
        _, times = links.segment().loops(group * limits.GROUP_ROWS)
        total += int(times.sum())
    return total


def labels(version: GraphVersion) -> tuple[str, ...]:
    """The labels that some node has, sorted."""
    return tuple(sorted(version.label_counts))


def types(version: GraphVersion) -> tuple[str, ...]:
    """The types that some edge has, sorted."""
    return tuple(sorted(name for name, found in version.adjacency.items() if found.count))


def node_keys(version: GraphVersion) -> tuple[str, ...]:
    """The property keys that some node has, sorted, without `~id`."""
    return tuple(node_key_counts(version))


def edge_keys(version: GraphVersion) -> tuple[str, ...]:
    """The property keys that some edge has, sorted."""
    return tuple(edge_key_counts(version))


def node_key_counts(version: GraphVersion) -> dict[str, int]:
    """Nodes that have each property key, by key. Cost: nothing is loaded but for patched groups."""
    return _key_counts(version.nodes)


def edge_key_counts(version: GraphVersion) -> dict[str, int]:
    """Edges that have each property key, by key. Cost: nothing is loaded but for patched groups."""
    return _key_counts(version.edges)


def _key_counts(groups: tuple[Group, ...]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for group in groups:
        for key, count in group.value_counts():
            if not key.startswith("~"):
                counts[key] = counts.get(key, 0) + count
    return dict(sorted(counts.items()))
