"""Edges in the order of source and target, and the rows of adjacency in both directions.

Above: `engine/graph/builder`. Below: Numba. Sorting many edges by two keys is two steps that touch each edge once: a
counting sort by source that carries target and place in one word, and a sort of each source's words,
which are few. The way back is one counting sort by target, since edges that are taken in order come
to each target in order.

Words are target << 32 | place, so that targets and places are below 2**31.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Up to so many, inserting is quicker than numba's sort.
_INSERTED_MAX = 24


@njit(nogil=True, cache=True)
def _count(keys, indptr):  # type: ignore[no-untyped-def]
    for key in keys:
        indptr[key + 1] += 1
    for bucket in range(1, len(indptr)):
        indptr[bucket] += indptr[bucket - 1]


@njit(nogil=True, cache=True)
def _spread(sources, targets, following, words):  # type: ignore[no-untyped-def]
    for place in range(len(sources)):
        source = sources[place]
        words[following[source]] = (np.int64(targets[place]) << 32) | place
        following[source] += 1


@njit(nogil=True, cache=True)
def _sort_rows(indptr, words, first, last):  # type: ignore[no-untyped-def]
    for row in range(first, last):
        start = indptr[row]
        stop = indptr[row + 1]
        if stop - start > _INSERTED_MAX:
            words[start:stop].sort()
            continue
        for entry in range(start + 1, stop):
            word = words[entry]
            hole = entry
            while hole > start and words[hole - 1] > word:
                words[hole] = words[hole - 1]
                hole -= 1
            words[hole] = word


@njit(nogil=True, cache=True)
def _split(words, targets, order):  # type: ignore[no-untyped-def]
    for entry in range(len(words)):
        targets[entry] = words[entry] >> 32
        order[entry] = words[entry] & 0xFFFFFFFF


@njit(nogil=True, cache=True)
def _turn(sources, targets, first, following, into):  # type: ignore[no-untyped-def]
    neighbours, edges = into
    for entry in range(len(targets)):
        target = targets[entry]
        place = following[target]
        following[target] = place + 1
        neighbours[place] = sources[entry]
        edges[place] = first + entry


def count_keys(keys: NDArray[np.int32], buckets: int) -> NDArray[np.int64]:
    """int64[buckets + 1]: where each key begins when they are sorted. Args: 0 <= key < buckets"""
    indptr = np.zeros(buckets + 1, np.int64)
    _count(frozen(keys), indptr)
    return indptr


def spread_by_source(
    sources: NDArray[np.int32], targets: NDArray[np.int32], indptr: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The words of all edges by source.

    Args:
        sources, targets: int32[m], not negative, m below 2**31
        indptr: of the sources (`count_keys`)
    Returns: int64[m]
    Cost: about 10 ns an edge.
    """
    words = np.empty(len(sources), np.int64)
    _spread(frozen(sources), frozen(targets), indptr[:-1].copy(), words)
    return words


def sort_rows(indptr: NDArray[np.int64], words: NDArray[np.int64], first: int, last: int) -> None:
    """Sorts the words of rows first <= row < last, in place; other rows may be sorted meanwhile."""
    _sort_rows(frozen(indptr), words, first, last)


def split_words(words: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """(targets int32[m], places int64[m]) of words."""
    targets, order = np.empty(len(words), np.int32), np.empty(len(words), np.int64)
    _split(frozen(words), targets, order)
    return targets, order


def turn(
    sources: NDArray[np.int32], targets: NDArray[np.int32], first: int, indptr: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The way back: for each target, sources and edges.

    Args:
        sources, targets: int32[m], of edges first, first + 1, ..., first + m - 1 < 2**31, which are
            sorted by source
        indptr: of the targets
    Returns: (neighbours, edges), int32[m] each, sorted by (neighbour, edge) within a target
    Cost: about 10 ns an edge.
    """
    into = np.empty(len(sources), np.int32), np.empty(len(sources), np.int32)
    _turn(frozen(sources), frozen(targets), first, indptr[:-1].copy(), into)
    return into
