"""Distances of vectors, and the nearest of many by looking at each.

Above: `engine/vector`, `hnsw`. Below: `stopping`, Numba.
Sums are taken in 32 bits and in whatever order the processor is quickest in: the same vectors give
the same bits on one machine, and equal vectors a distance of 0.

The nearest so far are a heap of k: float32[k] distances and int64[k] nodes, the worst first; where
fewer were found, the rest is infinite and -1. Of two at one distance the lower node is the nearer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.stopping import stopped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.kernels.stopping import Flag

    Heap = tuple[NDArray[np.float32], NDArray[np.int64]]

# Sums may be taken in any order, and no number is infinite or NaN; nothing else is given up.
_FAST = {"reassoc", "contract", "nsz", "nnan", "ninf", "arcp"}
# Rows between two looks at the flag.
_LOOK_ROWS = 1024


@njit(nogil=True, cache=True, fastmath=_FAST)
def squared_distance(one, other):  # type: ignore[no-untyped-def]
    total = np.float32(0.0)
    for place in range(len(one)):
        difference = one[place] - other[place]
        total += difference * difference
    return total


@njit(nogil=True, cache=True, fastmath=_FAST)
def _products(one, other):  # type: ignore[no-untyped-def]
    """The product of both, and of each with itself."""
    both, left, right = np.float32(0.0), np.float32(0.0), np.float32(0.0)
    for place in range(len(one)):
        both += one[place] * other[place]
        left += one[place] * one[place]
        right += other[place] * other[place]
    return both, left, right


@njit(nogil=True, cache=True)
def _worse(distances, nodes, one, other):  # type: ignore[no-untyped-def]
    if distances[one] != distances[other]:
        return distances[one] > distances[other]
    # As an unsigned number -1, which stands for nothing, is above all nodes.
    return np.uint64(nodes[one]) > np.uint64(nodes[other])


@njit(nogil=True, cache=True)
def _sink(distances, nodes):  # type: ignore[no-untyped-def]
    """Puts the first of a heap where it belongs."""
    size = len(distances)
    place = 0
    while True:
        worst = place
        for below in (2 * place + 1, 2 * place + 2):
            if below < size and _worse(distances, nodes, below, worst):
                worst = below
        if worst == place:
            return
        distances[place], distances[worst] = distances[worst], distances[place]
        nodes[place], nodes[worst] = nodes[worst], nodes[place]
        place = worst


@njit(nogil=True, cache=True)
def _nearest(part, query, heap, flag):  # type: ignore[no-untyped-def]
    nodes, numbers, shown = part
    distances, found = heap
    for row in range(len(nodes)):
        if row % _LOOK_ROWS == 0 and stopped(flag):
            return
        if len(shown) and not shown[row]:
            continue
        distance = squared_distance(query, numbers[row])
        if distance > distances[0]:
            continue
        if distance == distances[0] and np.uint64(nodes[row]) > np.uint64(found[0]):
            continue
        distances[0] = distance
        found[0] = nodes[row]
        _sink(distances, found)


@njit(nogil=True, cache=True)
def _squared_pairs(left, right, out):  # type: ignore[no-untyped-def]
    for row in range(len(left)):
        out[row] = squared_distance(left[row], right[row])


@njit(nogil=True, cache=True)
def _product_pairs(left, right, out):  # type: ignore[no-untyped-def]
    for row in range(len(left)):
        out[row, 0], out[row, 1], out[row, 2] = _products(left[row], right[row])


def new_heap(count: int) -> Heap:
    """A heap of nothing yet. Args: count: at least 1"""
    return np.full(count, np.inf, np.float32), np.full(count, -1, np.int64)


def look_through(
    part: tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.bool_]],
    query: NDArray[np.float32],
    heap: Heap,
    flag: Flag,
) -> None:
    """Puts into the heap what is nearer than what it has.

    Args:
        part: int64[m] nodes, float32[m, d] their vectors, bool[m] which are meant ([] for all)
        query: float32[d]
        heap: as the module says; no node of the part is in it
        flag: stops it
    Cost: a pass over the vectors: as quick as memory gives them.
    """
    nodes, numbers, shown = part
    _nearest((frozen(nodes), frozen(numbers), frozen(shown)), frozen(query), heap, flag)


def squared_pairs(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32[n]: the squared distances of two times n vectors."""
    out = np.empty(len(left), np.float32)
    _squared_pairs(frozen(left), frozen(right), out)
    return out


def product_pairs(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """float32[n, 3]: of two times n vectors the product, and that of each with itself."""
    out = np.empty((len(left), 3), np.float32)
    _product_pairs(frozen(left), frozen(right), out)
    return out
