"""Compressed sparse rows: build, merge, expand.

Above: `engine/graph` (adjacency, builder). Below: Numba.
A segment of `r` rows and `m` entries is three arrays:

    indptr      int32|int64[r + 1], indptr[0] = 0, ascending, indptr[r] = m
    neighbours  int32|int64[m], sorted by (neighbour, edge) within a row
    edges       int32|int64[m]

Both widths run through the same loops; Numba compiles one per mix of dtypes that is met.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.stopping import new_flag, stopped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.kernels.stopping import Flag

    Segment: TypeAlias = tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
    Triples: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]

# Entries between two looks at the flag.
_STEPS = 16_384


@njit(nogil=True, cache=True)
def _count_keys(keys, indptr, flag):  # type: ignore[no-untyped-def]
    for row in range(len(keys)):
        if row % _STEPS == 0 and stopped(flag):
            return
        indptr[keys[row] + 1] += 1
    for bucket in range(1, len(indptr)):
        indptr[bucket] += indptr[bucket - 1]


@njit(nogil=True, cache=True)
def _place_keys(keys, order, following, placed, flag):  # type: ignore[no-untyped-def]
    for row in range(len(order)):
        if row % _STEPS == 0 and stopped(flag):
            return
        entry = order[row]
        key = keys[entry]
        placed[following[key]] = entry
        following[key] += 1


def counting_order(
    keys: NDArray[Any], buckets: int, order: NDArray[np.int64], flag: Flag | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Stable counting sort of `order` by `keys[order]`.

    Sorting by the least important key first and by the most important last sorts by all of them.

    Args:
        keys: int32|int64[n], 0 <= key < buckets
        order: int64[n], a permutation of 0 .. n - 1
        flag: raised to stop; then the result means nothing
    Returns: (int64[n] the permutation by (key, place in `order`), int64[buckets + 1]
        where each key begins)
    Cost: O(n + buckets) time, 8 (n + 2 buckets) bytes.
    """
    indptr = np.zeros(buckets + 1, np.int64)
    keys = frozen(keys)
    flag = new_flag() if flag is None else flag
    _count_keys(keys, indptr, flag)
    placed = np.empty(len(order), np.int64)
    # Without all counts there are no places.
    if not flag[0]:
        _place_keys(keys, frozen(order), indptr[:-1].copy(), placed, flag)
    return placed, indptr


def build_segment(triples: Triples, rows: int) -> Triples:
    """The segment of (row, neighbour, edge) triples in any order.

    Args:
        triples: int64[m] each: 0 <= row < rows, neighbours and edges >= 0
    Returns: (indptr, neighbours, edges), int64
    Cost: O(m log m).
    """
    sources, neighbours, edges = triples
    indptr = np.zeros(rows + 1, np.int64)
    np.cumsum(np.bincount(sources, minlength=rows), out=indptr[1:])
    order = np.lexsort((edges, neighbours, sources))
    return indptr, neighbours[order], edges[order]


@njit(nogil=True, cache=True)
def _before(neighbour_a, edge_a, neighbour_b, edge_b):  # type: ignore[no-untyped-def]
    return neighbour_a < neighbour_b or (neighbour_a == neighbour_b and edge_a < edge_b)


@njit(nogil=True, cache=True)
def _merge(base, added, removed, merged):  # type: ignore[no-untyped-def]
    base_indptr, base_neighbours, base_edges = base
    added_rows, added_neighbours, added_edges = added
    removed_rows, removed_edges = removed
    indptr, neighbours, edges = merged
    base_rows = len(base_indptr) - 1
    next_added = 0
    next_removed = 0
    written = 0
    for row in range(len(indptr) - 1):
        if row < base_rows:
            for entry in range(base_indptr[row], base_indptr[row + 1]):
                neighbour = base_neighbours[entry]
                edge = base_edges[entry]
                if (
                    next_removed < len(removed_rows)
                    and removed_rows[next_removed] == row
                    and removed_edges[next_removed] == edge
                ):
                    next_removed += 1
                    continue
                while (
                    next_added < len(added_rows)
                    and added_rows[next_added] == row
                    and _before(
                        added_neighbours[next_added], added_edges[next_added], neighbour, edge
                    )
                ):
                    neighbours[written] = added_neighbours[next_added]
                    edges[written] = added_edges[next_added]
                    written += 1
                    next_added += 1
                neighbours[written] = neighbour
                edges[written] = edge
                written += 1
        while next_added < len(added_rows) and added_rows[next_added] == row:
            neighbours[written] = added_neighbours[next_added]
            edges[written] = added_edges[next_added]
            written += 1
            next_added += 1
        indptr[row + 1] = written


def merge_segment(base: Segment, added: Triples, removed: Triples, rows: int) -> Triples:
    """The segment without the removed and with the added entries.

    Args:
        base: (indptr, neighbours, edges) of at most `rows` rows
        added: (row, neighbour, edge), int64[a] each, in any order, 0 <= row < rows
        removed: the same, int64[d]: every one of them is in `base`
        rows: rows of the result, at least those of `base`
    Returns: (indptr, neighbours, edges), int64
    Cost: O(m) over the segment and O(a log a + d log d).
    """
    count = len(base[1]) + len(added[0]) - len(removed[0])
    merged = np.zeros(rows + 1, np.int64), np.empty(count, np.int64), np.empty(count, np.int64)
    by_entry = np.lexsort((added[2], added[1], added[0]))
    gone = np.lexsort((removed[2], removed[1], removed[0]))
    _merge(
        (frozen(base[0]), frozen(base[1]), frozen(base[2])),
        (frozen(added[0][by_entry]), frozen(added[1][by_entry]), frozen(added[2][by_entry])),
        (frozen(removed[0][gone]), frozen(removed[2][gone])),
        merged,
    )
    return merged


@njit(nogil=True, cache=True)
def _expand(segment, rows, starts, into):  # type: ignore[no-untyped-def]
    indptr, neighbours, edges = segment
    out_neighbours, out_edges = into
    for source in range(len(rows)):
        begin = indptr[rows[source]]
        start = starts[source]
        for entry in range(indptr[rows[source] + 1] - begin):
            out_neighbours[start + entry] = neighbours[begin + entry]
            out_edges[start + entry] = edges[begin + entry]


def expand_into(
    segment: Segment,
    rows: NDArray[np.int64],
    starts: NDArray[np.int64],
    into: tuple[NDArray[Any], NDArray[Any]],
) -> None:
    """Copy the entries of row `rows[i]` to `starts[i]` and after it, for every i.

    Args:
        segment: (indptr, neighbours, edges)
        rows: int64[n], each a row of the segment; a row may repeat
        starts: int64[n]: where the neighbours of `rows[i]` go; ranges do not overlap
        into: (neighbours int32|int64[k], edges int32|int64[k]), written
    Cost: about 4 ns an entry.
    """
    shown = frozen(segment[0]), frozen(segment[1]), frozen(segment[2])
    _expand(shown, frozen(rows), frozen(starts), into)
