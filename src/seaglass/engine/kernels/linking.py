"""Edges in the order of source and target, and the rows of adjacency in both directions.

Above: `engine/graph/edge_builder`. Below: Numba. Nodes are taken in ranges, so that what is written at random stays
near the processor, and several ranges are in work at a time:

    bucket_edges    edges by the range of their source, a part of all edges at a time
    sort_range      those of one range by source and target: a counting sort by source that carries
                    target and place in one word, and a sort of each source's words, which are few
    emit, leave     sorted words as columns, and as rows of adjacency
    turn_range      sorted words by the range of their target; edges that are taken in order come to
                    each target in order
    arrive          those of one range of targets by target

Words are target << 32 | place, and on the way back source << 32 | edge: all are below 2**31.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# Up to so many, inserting is quicker than numba's sort.
_INSERTED_MAX = 24


@njit(nogil=True, cache=True)
def _keys(sources, tokens, plan, keys, starts):  # type: ignore[no-untyped-def]
    bases, widths = plan
    one = len(tokens) == 1
    base, width = bases[tokens[0]], widths[tokens[0]]
    for row in range(len(sources)):
        if not one:
            base, width = bases[tokens[row]], widths[tokens[row]]
        # Nothing is negative, and such a division is quicker.
        key = base + np.int64(np.uint64(sources[row]) // np.uint64(width))
        keys[row] = key
        starts[key + 1] += 1


@njit(nogil=True, cache=True)
def _bucket(ends, keys, first, following, into):  # type: ignore[no-untyped-def]
    sources, targets = ends
    sources_into, targets_into, order = into
    for row in range(len(keys)):
        key = keys[row]
        place = following[key]
        following[key] = place + 1
        sources_into[place] = sources[row]
        targets_into[place] = targets[row]
        order[place] = first + row


@njit(nogil=True, cache=True)
def _count(keys, first, counts):  # type: ignore[no-untyped-def]
    for key in keys:
        counts[key - first + 1] += 1


@njit(nogil=True, cache=True)
def _spread(sources, targets, first, following, words):  # type: ignore[no-untyped-def]
    for place in range(len(sources)):
        row = sources[place] - first
        words[following[row]] = (np.int64(targets[place]) << 32) | place
        following[row] += 1


@njit(nogil=True, cache=True)
def _sort_rows(indptr, words):  # type: ignore[no-untyped-def]
    for row in range(len(indptr) - 1):
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
def _emit(words, indptr, start, first, into):  # type: ignore[no-untyped-def]
    sources, targets, order = into
    row = np.searchsorted(indptr, start, side="right") - 1
    for entry in range(len(sources)):
        while indptr[row + 1] <= start + entry:
            row += 1
        word = words[start + entry]
        sources[entry] = first + row
        targets[entry] = word >> 32
        order[entry] = word & 0xFFFFFFFF


@njit(nogil=True, cache=True)
def _leave(words, first, into):  # type: ignore[no-untyped-def]
    neighbours, edges = into
    for entry in range(len(words)):
        neighbours[entry] = words[entry] >> 32
        edges[entry] = first + entry


@njit(nogil=True, cache=True)
def _turn_keys(words, width, keys, starts):  # type: ignore[no-untyped-def]
    for entry in range(len(words)):
        key = np.int64(np.uint64(words[entry] >> 32) // np.uint64(width))
        keys[entry] = key
        starts[key + 1] += 1


@njit(nogil=True, cache=True)
def _turn(sorted_words, keys, first, following, into):  # type: ignore[no-untyped-def]
    words, indptr = sorted_words
    source, edge = first
    targets, backs = into
    for row in range(len(indptr) - 1):
        upper = (source + row) << 32
        for entry in range(indptr[row], indptr[row + 1]):
            key = keys[entry]
            place = following[key]
            following[key] = place + 1
            targets[place] = words[entry] >> 32
            backs[place] = upper | (edge + entry)


@njit(nogil=True, cache=True)
def _arrive(targets, words, first, following, into):  # type: ignore[no-untyped-def]
    neighbours, edges = into
    for entry in range(len(targets)):
        row = targets[entry] - first
        place = following[row]
        following[row] = place + 1
        neighbours[place] = words[entry] >> 32
        edges[place] = words[entry] & 0xFFFFFFFF


def bucket_edges(
    parts: Sequence[tuple[NDArray[Any], NDArray[Any], NDArray[np.int32]]],
    plan: tuple[NDArray[np.int64], NDArray[np.int64]],
    buckets: int,
) -> tuple[NDArray[np.int64], NDArray[Any], NDArray[Any], NDArray[np.int64]]:
    """The edges of some parts by bucket; those of one bucket stay in their order.

    Args:
        parts: of each sources and targets, int32|int64[m], not negative; and the tokens of their
            types, int32[m], or int32[1] for all of them
        plan: of each type, its first bucket and how many nodes each of them has
    Returns: where each bucket begins int64[buckets + 1], sources, targets, and the rows that they
        were, counted through all parts
    Cost: about 5 ns an edge.
    """
    count = sum(len(sources) for sources, _, _ in parts)
    starts, keys = np.zeros(buckets + 1, np.int64), []
    for sources, _, tokens in parts:
        keys.append(np.empty(len(sources), np.int32))
        shown = frozen(plan[0]), frozen(plan[1])
        _keys(frozen(sources), frozen(tokens), shown, keys[-1], starts)
    np.cumsum(starts, out=starts)
    dtype = parts[0][0].dtype
    into = np.empty(count, dtype), np.empty(count, dtype), np.empty(count, np.int64)
    following, first = starts[:-1].copy(), 0
    for (sources, targets, _), part_keys in zip(parts, keys, strict=True):
        _bucket((frozen(sources), frozen(targets)), frozen(part_keys), first, following, into)
        first += len(sources)
    return starts, *into


def sort_range(
    sources: NDArray[np.int32], targets: NDArray[np.int32], first: int, rows: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Edges whose sources are first <= source < first + rows, by source, target and place.

    Args: sources, targets: int32[m], not negative, m below 2**31
    Returns: where each source begins int64[rows + 1], and words int64[m]
    Cost: some 20 ns an edge.
    """
    indptr, words = np.zeros(rows + 1, np.int64), np.empty(len(sources), np.int64)
    shown = frozen(sources)
    _count(shown, first, indptr)
    np.cumsum(indptr, out=indptr)
    _spread(shown, frozen(targets), first, indptr[:-1].copy(), words)
    _sort_rows(frozen(indptr), words)
    return indptr, words


def emit(
    indptr: NDArray[np.int64], words: NDArray[np.int64], within: tuple[int, int], first: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """(sources, targets, places) of some edges that `sort_range` gave, int64 each.

    Args: within: start <= place < stop in `words`; first: the source of row 0
    """
    start, stop = within
    sources, targets, order = (np.empty(stop - start, np.int64) for _ in range(3))
    _emit(frozen(words), frozen(indptr), start, first, (sources, targets, order))
    return sources, targets, order


def leave(words: NDArray[np.int64], first: int) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """(neighbours, edges) of sorted words, int32[m] each. Args: first: the number of the first edge"""
    neighbours, edges = np.empty(len(words), np.int32), np.empty(len(words), np.int32)
    _leave(frozen(words), first, (neighbours, edges))
    return neighbours, edges


def turn_range(
    indptr: NDArray[np.int64],
    words: NDArray[np.int64],
    first: tuple[int, int],
    ranges: tuple[int, int],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """The edges of a range of sources by the range of their target, in order.

    Args:
        indptr, words: as `sort_range` gives them
        first: the source of row 0, and the number of the first edge
        ranges: how many there are, and the nodes of each
    Returns: where each range begins int64[ranges + 1], targets int32[m], words of the way back
        int64[m]
    Cost: about 5 ns an edge.
    """
    count, width = ranges
    keys, starts = np.empty(len(words), np.int32), np.zeros(count + 1, np.int64)
    shown = frozen(words)
    _turn_keys(shown, width, keys, starts)
    np.cumsum(starts, out=starts)
    into = np.empty(len(words), np.int32), np.empty(len(words), np.int64)
    _turn((shown, frozen(indptr)), frozen(keys), first, starts[:-1].copy(), into)
    return starts, *into


def arrive(
    parts: Sequence[tuple[NDArray[np.int32], NDArray[np.int64]]], first: int, rows: int
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]:
    """The way back of one range of targets: first <= target < first + rows.

    Args: parts: targets and words of `turn_range`, of one range of sources after the other
    Returns: indptr int64[rows + 1], neighbours, edges, int32[m] each, sorted by (neighbour, edge)
        within a target
    Cost: about 5 ns an edge.
    """
    indptr = np.zeros(rows + 1, np.int64)
    for targets, _ in parts:
        _count(frozen(targets), first, indptr)
    np.cumsum(indptr, out=indptr)
    count = int(indptr[-1])
    into = np.empty(count, np.int32), np.empty(count, np.int32)
    following = indptr[:-1].copy()
    for targets, words in parts:
        _arrive(frozen(targets), frozen(words), first, following, into)
    return indptr, *into
