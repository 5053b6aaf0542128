"""Edges between given pairs of nodes, found in segments that lie apart in memory.

Above: `engine/graph/between`. Below: `search`, whose table says where the segments are. A row of a
segment is sorted, so that the edges to one neighbour stand together and are found by halving.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.search import _range, item
from seaglass.engine.kernels.stopping import stopped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.kernels.search import Table
    from seaglass.engine.kernels.stopping import Flag

    Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]

_GROUP_BITS = 16
# Pairs between two looks at the flag.
_EVERY = 1023


@njit(nogil=True, cache=True)
def _first(address, wide, bounds, node):  # type: ignore[no-untyped-def]
    """The first entry that is not less than the node."""
    begin, end = bounds
    while begin < end:
        middle = (begin + end) // 2
        if item(address, middle, wide) < node:
            begin = middle + 1
        else:
            end = middle
    return begin


@njit(nogil=True, cache=True)
def _probe(table, pairs, once, found, flag):  # type: ignore[no-untyped-def]
    places, wide = table
    sources, targets = pairs
    starts, counts = found
    for pair in range(len(sources)):
        if pair & _EVERY == 0 and stopped(flag):
            return
        source, target = sources[pair], targets[pair]
        group = source >> _GROUP_BITS
        for kind in range(places.shape[0]):
            begin, end = _range(table, kind, source)
            starts[kind, pair] = begin
            counts[kind, pair] = 0
            if begin == end or (once and kind & 1 and source == target):
                continue
            address, is_wide = places[kind, group, 1], wide[kind, group, 1]
            start = _first(address, is_wide, (begin, end), target)
            stop = start
            while stop < end and item(address, stop, is_wide) == target:
                stop += 1
            starts[kind, pair] = start
            counts[kind, pair] = stop - start


def probe(table: Table, pairs: Pairs, found: Pairs, flag: Flag, *, loops_once: bool) -> None:
    """Finds the edges that lead from each source to its target.

    Args:
        table: as `search`
        pairs: sources and targets, int64[n] each
        found: int64[kinds, n] each, written: where the edges stand in the row's segment, how many
        flag: raised to stop; then what is found means nothing
        loops_once: kinds come in twos, out and in; of a loop only the first counts
    Cost: some 50 ns a pair and kind, more where rows do not fit the cache.
    """
    _probe(table, (frozen(pairs[0]), frozen(pairs[1])), loops_once, found, flag)


@njit(nogil=True, cache=True)
def _edges_at(table, sources, found, edges):  # type: ignore[no-untyped-def]
    places, wide = table
    starts, counts = found
    written = 0
    for pair in range(len(sources)):
        group = sources[pair] >> _GROUP_BITS
        for kind in range(places.shape[0]):
            for entry in range(starts[kind, pair], starts[kind, pair] + counts[kind, pair]):
                edges[written] = item(places[kind, group, 2], entry, wide[kind, group, 2])
                written += 1


def edges_at(
    table: Table, sources: NDArray[np.int64], found: Pairs, count: int
) -> NDArray[np.int64]:
    """The edges that `probe` has found, pair by pair.

    Args: sources, found: as `probe`; count: how many there are in all
    Returns: int64[count]
    """
    edges = np.empty(count, np.int64)
    _edges_at(table, frozen(sources), (frozen(found[0]), frozen(found[1])), edges)
    return edges
