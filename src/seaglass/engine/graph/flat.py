"""One flat CSR over all groups: what whole-graph loops run on.

Above: `engine/exec`, `engine/algo`. Below: `adjacency`, `expand`.
Made from the segments of the groups when it is asked for, 4 or 8 bytes an edge; nothing here keeps it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.base import limits
from seaglass.engine.graph.adjacency import INT32_MAX
from seaglass.engine.graph.expand import adjacencies
from seaglass.engine.kernels.csr import expand_into
from seaglass.engine.kernels.ordering import sort_by
from seaglass.engine.values.parts import joined, numbered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from seaglass.engine.graph.adjacency import CsrSegment, Links, TypeAdjacency
    from seaglass.engine.graph.expand import Direction
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.interrupt import Interrupt


def flat_csr(
    version: GraphVersion, types: tuple[str, ...], interrupt: Interrupt, *, reverse: bool
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The neighbours of every node along edges of the types, without the edges' numbers.

    Args:
        types: () for all
        reverse: neighbours are sources instead of targets
    Returns: (indptr int64[n + 1], neighbours int32|int64[m], ascending within a row), n the number
        that the next node gets
    Raises: Interrupted(cancelled | timeout)
    Cost: a copy of the neighbours; a sort of them where there are several types.
    """
    parts = [
        _of_type(adjacency, version.next_node, interrupt, reverse=reverse)
        for adjacency in adjacencies(version, types)
    ]
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return np.zeros(version.next_node + 1, np.int64), np.zeros(0, np.int64)
    neighbours = joined([found for _, found in parts], interrupt.check)
    indptr = np.sum([p for p, _ in parts], axis=0)
    # By neighbour and then by row: rows ascend, and so do neighbours within each.
    order = numbered(len(neighbours), interrupt.check)
    order = sort_by(neighbours.astype(np.int64, copy=False), order, interrupt.flag)
    interrupt.check()
    rows = joined([np.repeat(np.arange(len(p) - 1), np.diff(p)) for p, _ in parts], interrupt.check)
    order = sort_by(rows, order, interrupt.flag)
    interrupt.check()
    return indptr, neighbours[order]


def _of_type(
    adjacency: TypeAdjacency, nodes: int, interrupt: Interrupt, *, reverse: bool
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    degrees = np.zeros(nodes, np.int64)
    found: list[NDArray[Any]] = []
    for group, links in enumerate(adjacency.into if reverse else adjacency.out):
        interrupt.check()
        segment = links.segment()
        first = group * limits.GROUP_ROWS
        degrees[first : first + segment.rows] = np.diff(segment.indptr)
        found.append(segment.neighbours)
    indptr = np.zeros(nodes + 1, np.int64)
    np.cumsum(degrees, out=indptr[1:])
    return indptr, joined(found, interrupt.check) if found else np.zeros(0, np.int64)


def flat_links(
    version: GraphVersion, types: tuple[str, ...], direction: Direction, check: Callable[[], None]
) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[Any]]:
    """The neighbours of every node along edges of the types, with the edges' numbers.

    Args:
        types: () for all
        direction: with "both", each edge stands at both of its ends, a self-loop twice
        check: called now and then; raises when the work must end
    Returns: (indptr int64[n + 1], neighbours int32|int64[m], edges int32|int64[m]), n the number
        that the next node gets; within a row by type, then out before in, then by neighbour
    Cost: about 5 ns an entry; what is returned, and 8 bytes a node.
    """
    following = node_degrees(version, types, direction)
    indptr = np.zeros(version.next_node + 1, np.int64)
    np.cumsum(following, out=indptr[1:])
    following = indptr[:-1].copy()
    neighbours = np.empty(int(indptr[-1]), _dtype(version.next_node))
    edges = np.empty(int(indptr[-1]), _dtype(version.next_edge))
    for first, segment in _segments(version, types, direction):
        check()
        starts = following[first : first + segment.rows]
        csr = (segment.indptr, segment.neighbours, segment.edges)
        expand_into(csr, np.arange(segment.rows), starts, (neighbours, edges))
        starts += np.diff(segment.indptr)
    return indptr, neighbours, edges


def node_degrees(
    version: GraphVersion, types: tuple[str, ...], direction: Direction
) -> NDArray[np.int64]:
    """How many edges of the types each node has.

    Args: direction: with "both", a self-loop counts twice
    Returns: int64[n], n the number that the next node gets
    Cost: a pass over the nodes for each type and direction.
    """
    degrees = np.zeros(version.next_node, np.int64)
    for first, segment in _segments(version, types, direction):
        degrees[first : first + segment.rows] += np.diff(segment.indptr)
    return degrees


def _segments(
    version: GraphVersion, types: tuple[str, ...], direction: Direction
) -> Iterator[tuple[int, CsrSegment]]:
    """All segments, each with the number of the node in its first row."""
    for adjacency in adjacencies(version, types):
        sides: list[tuple[Links, ...]] = []
        if direction != "in":
            sides.append(adjacency.out)
        if direction != "out":
            sides.append(adjacency.into)
        for links in sides:
            for group, part in enumerate(links):
                yield group * limits.GROUP_ROWS, part.segment()


def _dtype(numbers: int) -> Any:
    """The narrower integer that holds all numbers below."""
    return np.int32 if numbers <= INT32_MAX else np.int64


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
