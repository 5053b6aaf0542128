"""Means of a few nodes, for whoever would otherwise guess.

Above: the engine's plans. Below: `lookup`, `expand`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.graph.expand import degrees
from seaglass.engine.graph.lookup import nodes_of_group

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.graph.expand import Direction
    from seaglass.engine.graph.version import GraphVersion

# From so many groups, so many nodes of each.
_GROUPS = 4
_NODES = 256


def mean_degree(
    version: GraphVersion, types: tuple[str, ...], labels: tuple[str, ...], direction: Direction
) -> float:
    """Edges of the types that a node with all the labels has, on average; 0 where there is none.

    Args: types, labels: () for all
    Cost: some tenths of a millisecond, and loading of what it looks at: the ends of the edges of four groups at most
    """
    parts: list[NDArray[np.int64]] = []
    for place, group in enumerate(version.nodes):
        # Spread, as neighbours in number are often alike.
        found = nodes_of_group(group, place, labels)
        parts += [nodes[:: max(1, len(nodes) // _NODES)] for nodes in found]
        if len(parts) == _GROUPS:
            break
    if not parts:
        return 0.0
    return float(degrees(version, np.concatenate(parts), types, direction).mean())
