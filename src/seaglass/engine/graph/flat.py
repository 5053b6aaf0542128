"""One flat CSR over all groups: what whole-graph loops run on.

Above: `engine/exec`. Below: `adjacency`, `expand`.
Made from the segments of the groups when it is asked for, 4 or 8 bytes an edge; nothing keeps it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.base import limits
from seaglass.engine.graph.expand import adjacencies

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.graph.adjacency import TypeAdjacency
    from seaglass.engine.graph.version import GraphVersion


def flat_csr(
    version: GraphVersion, types: tuple[str, ...], *, reverse: bool
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The neighbours of every node along edges of the types, without the edges' numbers.

    Args:
        types: () for all
        reverse: neighbours are sources instead of targets
    Returns: (indptr int64[n + 1], neighbours int32|int64[m], ascending within a row), n the number
        that the next node gets
    Cost: a copy of the neighbours; a sort of them where there are several types.
    """
    parts = [
        _of_type(adjacency, version.next_node, reverse=reverse)
        for adjacency in adjacencies(version, types)
    ]
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return np.zeros(version.next_node + 1, np.int64), np.zeros(0, np.int64)
    rows = np.concatenate([np.repeat(np.arange(len(p) - 1), np.diff(p)) for p, _ in parts])
    neighbours = np.concatenate([found for _, found in parts])
    indptr = np.sum([p for p, _ in parts], axis=0)
    return indptr, neighbours[np.lexsort((neighbours, rows))]


def _of_type(
    adjacency: TypeAdjacency, nodes: int, *, reverse: bool
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    degrees = np.zeros(nodes, np.int64)
    found: list[NDArray[Any]] = []
    for group, links in enumerate(adjacency.into if reverse else adjacency.out):
        segment = links.segment()
        first = group * limits.GROUP_ROWS
        degrees[first : first + segment.rows] = np.diff(segment.indptr)
        found.append(segment.neighbours)
    indptr = np.zeros(nodes + 1, np.int64)
    np.cumsum(degrees, out=indptr[1:])
    return indptr, np.concatenate(found) if found else np.zeros(0, np.int64)


def loops_of(version: GraphVersion, types: tuple[str, ...]) -> NDArray[np.int64]:
    """How many edges of the types lead from each node back to it.

    Args: types: () for all
    Returns: int64[n], n the number that the next node gets
    Cost: a pass over the edges the first time, afterwards over the groups.
    """
    counts = np.zeros(version.next_node, np.int64)
    for adjacency in adjacencies(version, types):
        for group, links in enumerate(adjacency.out):
            first = group * limits.GROUP_ROWS
            rows, times = links.segment().loops(first)
            counts[rows + first] += times
    return counts
