"""Components: which nodes are joined by edges, and which reach each other.

Above: `engine/algo`. Below: Numba.
Links are flat CSR without weights: (indptr int64[n + 1], neighbours int32|int64[m]), each edge in
one direction. A component is named for its first node, the one with the smallest number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.stopping import stopped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.kernels.stopping import Flag


@njit(nogil=True, cache=True, inline="always")
def _root(parents, node):  # type: ignore[no-untyped-def]
    """Where the node's tree ends; every other node on the way is put one higher."""
    while parents[node] != node:
        parents[node] = parents[parents[node]]
        node = parents[node]
    return node


@njit(nogil=True, cache=True)
def _weak(indptr, neighbours, parents, flag):  # type: ignore[no-untyped-def]
    for node in range(len(parents)):
        parents[node] = node
    for node in range(len(parents)):
        if stopped(flag):
            return
        root = _root(parents, node)
        for entry in range(indptr[node], indptr[node + 1]):
            # Most ends hang from the root already: one look instead of a walk.
            if parents[neighbours[entry]] == root:
                continue
            other = _root(parents, neighbours[entry])
            # The smaller one stays a root, so that a parent is never behind its child.
            if other < root:
                parents[root] = other
                root = other
            else:
                parents[other] = root
    for node in range(len(parents)):
        parents[node] = parents[parents[node]]


def weak_components(links: tuple[NDArray[np.int64], NDArray[Any]], flag: Flag) -> NDArray[np.int64]:
    """The component of each node, edges leading both ways.

    Args: links: as the module says; flag: raised to stop, then the result means nothing
    Returns: int64[n]: the first node of its component
    Cost: some nanoseconds an edge: union by the smaller number, with paths halved.
    """
    components = np.empty(len(links[0]) - 1, np.int64)
    _weak(frozen(links[0]), frozen(links[1]), components, flag)
    return components


@njit(nogil=True, cache=True)
def _strong(links, components, scratch, flag):  # type: ignore[no-untyped-def]
    """Tarjan's algorithm with its own stack. `low` is the place in the order of discovery of the
    earliest node that is known to be reached, 0 for what is not discovered; the nodes that wait for
    their component are a list from behind the path."""
    indptr, neighbours = links
    low, following, path, waiting = scratch
    discovered = 0
    waits = 0
    done = len(low) + 1
    for start in range(len(low)):
        if low[start]:
            continue
        if stopped(flag):
            return
        path[0] = start
        depth = 1
        discovered += 1
        low[start] = discovered
        following[start] = indptr[start]
        # The place of a node in the order is kept where its component will be.
        components[start] = discovered
        while depth:
            node = path[depth - 1]
            least = low[node]
            entry = following[node]
            end = indptr[node + 1]
            deeper = False
            while entry < end:
                neighbour = neighbours[entry]
                if low[neighbour] == 0:
                    deeper = True
                    break
                least = min(least, low[neighbour])
                entry += 1
            low[node] = least
            following[node] = entry
            if deeper:
                # When it comes back, this edge is looked at again and gives what was found.
                discovered += 1
                low[neighbour] = discovered
                components[neighbour] = discovered
                following[neighbour] = indptr[neighbour]
                path[depth] = neighbour
                depth += 1
                if stopped(flag):
                    return
                continue
            depth -= 1
            if least < components[node]:
                waiting[waits] = node
                waits += 1
                continue
            # The node is the first of its component that was met: all that wait since belong to it.
            first = node
            begin = waits
            while begin and components[waiting[begin - 1]] > components[node]:
                begin -= 1
                first = min(first, waiting[begin])
            for place in range(begin, waits):
                components[waiting[place]] = first
                low[waiting[place]] = done
            waits = begin
            components[node] = first
            low[node] = done


def strong_components(
    links: tuple[NDArray[np.int64], NDArray[Any]], flag: Flag
) -> NDArray[np.int64]:
    """The component of each node: those that it reaches and that reach it.

    Args: links: as the module says; flag: raised to stop, then the result means nothing
    Returns: int64[n]: the first node of its component
    Cost: O(n + m), each edge looked at about once, in the order of a search; 40 bytes a node.
        Nothing recurses.
    """
    nodes = len(links[0]) - 1
    components = np.empty(nodes, np.int64)
    scratch = (
        np.zeros(nodes, np.int64),
        np.empty(nodes, np.int64),
        np.empty(nodes, np.int64),
        np.empty(nodes, np.int64),
    )
    _strong((frozen(links[0]), frozen(links[1])), components, scratch, flag)
    return components
