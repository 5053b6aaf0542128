"""Means of a few nodes, for whoever would otherwise guess.

Above: the engine's plans. Below: `lookup`, `expand`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.graph.entities import node_property
from seaglass.engine.graph.expand import degrees
from seaglass.engine.graph.lookup import nodes_of_group

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.graph.expand import Direction
    from seaglass.engine.graph.version import GraphVersion

# From so many groups, so many nodes of each.
_GROUPS = 4
_NODES = 256
_GOLDEN = 0.6180339887498949
# Values that are looked at one by one.
_VALUES = 256


def mean_degree(
    version: GraphVersion, types: tuple[str, ...], labels: tuple[str, ...], direction: Direction
) -> float:
    """Edges of the types that a node with all the labels has, on average; 0 where there is none.

    Args: types, labels: () for all
    Cost: some tenths of a millisecond, and loading of what it looks at: the ends of the edges of four groups at most
    """
    nodes = _some(version, labels)
    return float(degrees(version, nodes, types, direction).mean()) if len(nodes) else 0.0


def mean_alike(version: GraphVersion, labels: tuple[str, ...], key: str) -> float:
    """How many of the nodes with all the labels have the same value of a property, on average of the values.

    Where all of some differ, it is 1. Cost: as `mean_degree`
    """
    nodes = _some(version, labels)
    nodes = nodes[:: max(1, len(nodes) // _VALUES)]
    values = [
        repr(value) for value in node_property(version, nodes, key).to_list() if value is not None
    ]
    different = len(set(values))
    if different == len(values):
        return 1.0
    return min(version.label_counts.get(label, 0) for label in labels) / different


def _some(version: GraphVersion, labels: tuple[str, ...]) -> NDArray[np.int64]:
    """Nodes with all the labels."""
    parts: list[NDArray[np.int64]] = []
    # Spread, as neighbours in number are often alike: by the golden ratio, any number of places is.
    for place in sorted(range(len(version.nodes)), key=lambda place: place * _GOLDEN % 1):
        found = nodes_of_group(version.nodes[place], place, labels)
        parts += [nodes[:: max(1, len(nodes) // _NODES)] for nodes in found]
        if len(parts) == _GROUPS:
            break
    return np.concatenate(parts) if parts else np.empty(0, np.int64)
