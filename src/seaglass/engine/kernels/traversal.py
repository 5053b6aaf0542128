"""Loops that go out from one node of a flat CSR: breadth-first, and by distance.

Above: `engine/algo`. Below: `stopping`, Numba.
A flat CSR has one row per node: `neighbours[indptr[v]:indptr[v + 1]]`. What a loop finds is in
scratch memory, as large as the graph has nodes, that its caller makes once and uses for one source
after the other; a loop leaves it as it found it, but for what it returns.
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

# Entries between two looks at the flag.
_EVERY = 4_096
# Places in the heap: not yet met, and done with.
_UNMET, _SETTLED = -1, -2


class BreadthScratch:
    """Scratch for `breadth_first`. Args: nodes: n"""

    __slots__ = ("levels", "parents", "queue")

    def __init__(self, nodes: int) -> None:
        self.levels = np.full(nodes, -1, np.int32)
        self.parents = np.empty(nodes, np.int64)
        self.queue = np.empty(nodes, np.int64)

    @staticmethod
    def bytes_for(nodes: int) -> int:
        """What the scratch of a graph takes."""
        return 20 * nodes


@njit(nogil=True, cache=True)
def _breadth_first(flat, source, most, scratch, flag):  # type: ignore[no-untyped-def]
    indptr, neighbours = flat
    levels, parents, queue = scratch
    levels[source] = 0
    parents[source] = source
    queue[0] = source
    end = 1
    following = 0
    left = _EVERY
    while following < end:
        node = queue[following]
        level = levels[node]
        if level == most:
            break
        following += 1
        left -= indptr[node + 1] - indptr[node] + 1
        if left < 0:
            left = _EVERY
            if stopped(flag):
                return end
        for entry in range(indptr[node], indptr[node + 1]):
            found = neighbours[entry]
            if levels[found] < 0:
                levels[found] = level + 1
                parents[found] = node
                queue[end] = found
                end += 1
    return end


@njit(nogil=True, cache=True)
def _forget_levels(levels, reached):  # type: ignore[no-untyped-def]
    for node in reached:
        levels[node] = -1


def breadth_first(
    flat: tuple[NDArray[np.int64], NDArray[Any]],
    source: int,
    most: int,
    scratch: BreadthScratch,
    flag: Flag,
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """What is in reach of a node.

    Args:
        flat: (indptr int64[n + 1], neighbours int32|int64[m])
        most: the most steps, -1 for any number
    Returns: int64[k] each: the nodes reached, the source first and the nearest first; the level of
        each, 0 for the source; the node that each was reached from, the source for the source
    Cost: some 5 ns an edge, by how far memory is; nothing that grows with nodes not reached.
    """
    shown = frozen(flat[0]), frozen(flat[1])
    arrays = scratch.levels, scratch.parents, scratch.queue
    reached = scratch.queue[: _breadth_first(shown, source, most, arrays, flag)].copy()
    levels, parents = scratch.levels[reached].astype(np.int64), scratch.parents[reached]
    _forget_levels(scratch.levels, reached)
    return reached, levels, parents


class DistanceScratch:
    """Scratch for `by_distance`. Args: nodes: n; dtype: of the weights. Attributes: distances and
    entries: see there"""

    __slots__ = ("distances", "entries", "heap", "keys", "order", "places")

    def __init__(self, nodes: int, dtype: Any) -> None:
        self.distances = np.empty(nodes, dtype)
        self.entries = np.empty(nodes, np.int64)
        self.places = np.full(nodes, _UNMET, np.int64)
        self.heap = np.empty(nodes, np.int64)
        self.keys = np.empty(nodes, dtype)
        self.order = np.empty(nodes, np.int64)

    @staticmethod
    def bytes_for(nodes: int) -> int:
        """What the scratch of a graph takes."""
        return 48 * nodes


# A heap of four: the children of place p are 4 p + 1 to 4 p + 4. The distances stand in it beside the
# nodes, so that those of four children are read from one line of the cache.


@njit(nogil=True, cache=True, inline="always")
def _up(heap, keys, places, place):  # type: ignore[no-untyped-def]
    """Moves what is at a place toward the root until its parent is not farther away."""
    node = heap[place]
    key = keys[place]
    while place > 0:
        above = (place - 1) >> 2
        if keys[above] <= key:
            break
        heap[place] = heap[above]
        keys[place] = keys[above]
        places[heap[place]] = place
        place = above
    heap[place] = node
    keys[place] = key
    places[node] = place


@njit(nogil=True, cache=True, inline="always")
def _down(heap, keys, places, size):  # type: ignore[no-untyped-def]
    """Moves what is at the root away from it until nothing below is nearer."""
    node = heap[0]
    key = keys[0]
    place = 0
    while True:
        first = (place << 2) + 1
        if first >= size:
            break
        least = first
        for child in range(first + 1, min(first + 4, size)):
            if keys[child] < keys[least]:
                least = child
        if keys[least] >= key:
            break
        heap[place] = heap[least]
        keys[place] = keys[least]
        places[heap[place]] = place
        place = least
    heap[place] = node
    keys[place] = key
    places[node] = place


@njit(nogil=True, cache=True)
def _by_distance(flat, source, wanted, scratch, flag):  # type: ignore[no-untyped-def]
    indptr, neighbours, weights = flat
    distances, entries, places, heap, keys, order = scratch
    heap[0] = source
    keys[0] = 0
    places[source] = 0
    entries[source] = -1
    size, settled, missing, left = 1, 0, len(wanted), _EVERY
    while size > 0:
        node = heap[0]
        reached = keys[0]
        size -= 1
        if size > 0:
            heap[0] = heap[size]
            keys[0] = keys[size]
            _down(heap, keys, places, size)
        places[node] = _SETTLED
        distances[node] = reached
        order[settled] = node
        settled += 1
        if len(wanted) > 0:
            at = np.searchsorted(wanted, node)
            if at < len(wanted) and wanted[at] == node:
                missing -= 1
                if missing == 0:
                    break
        left -= indptr[node + 1] - indptr[node] + 1
        if left < 0:
            left = _EVERY
            if stopped(flag):
                break
        for entry in range(indptr[node], indptr[node + 1]):
            found = neighbours[entry]
            place = places[found]
            if place == _SETTLED:
                continue
            key = reached + weights[entry]
            if place == _UNMET:
                place = size
                heap[size] = found
                size += 1
            elif key >= keys[place]:
                continue
            keys[place] = key
            entries[found] = entry
            _up(heap, keys, places, place)
    for place in range(size):
        places[heap[place]] = _UNMET
    for place in range(settled):
        places[order[place]] = _UNMET
    return settled


def by_distance(
    flat: tuple[NDArray[np.int64], NDArray[Any], NDArray[Any]],
    source: int,
    wanted: NDArray[np.int64],
    scratch: DistanceScratch,
    flag: Flag,
) -> NDArray[np.int64]:
    """The nodes in reach of a node, by their distance: Dijkstra's algorithm.

    Args:
        flat: (indptr int64[n + 1], neighbours int32|int64[m], weights int64|float64[m]); weights
            are not negative and no NaN, and sums of n - 1 of them fit
        wanted: int64[k], ascending, without duplicates: the search ends when all of them are
            reached; empty: when all nodes in reach are
    Returns: int64[r], the source first, the nearest first; of each, the scratch now holds its
        distance, and the entry of the CSR that leads to it on a shortest way (-1 for the source)
    Cost: O(m log n), some 100 ns an edge, by how far memory is.
    """
    shown = frozen(flat[0]), frozen(flat[1]), frozen(flat[2])
    arrays = (
        scratch.distances,
        scratch.entries,
        scratch.places,
        scratch.heap,
        scratch.keys,
        scratch.order,
    )
    return scratch.order[: _by_distance(shown, source, frozen(wanted), arrays, flag)].copy()
