"""Find 64-bit hashes in a sorted table of hashes, and put more into it.

Above: `engine/graph/id_index`. Below: Numba. Good hashes are spread evenly, so the place of one is
guessed from its value and corrected by a few steps: two cache misses a lookup instead of the
sixteen of a binary search through 65,536 entries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen

if TYPE_CHECKING:
    from numpy.typing import NDArray


@njit(nogil=True, cache=True)
def _first_at_least(hashes, wanted, scale, low):  # type: ignore[no-untyped-def]
    last = len(hashes) - 1
    place = min(int(float(wanted - low) * scale), last)
    # Gallop away from the guess to bracket the answer in (below, above], then halve the bracket.
    step = 1
    if hashes[place] < wanted:
        below = place
        above = min(place + step, last + 1)
        while above <= last and hashes[above] < wanted:
            below = above
            step *= 2
            above = min(above + step, last + 1)
    else:
        above = place
        below = max(place - step, -1)
        while below >= 0 and hashes[below] >= wanted:
            above = below
            step *= 2
            below = max(below - step, -1)
    while above - below > 1:
        middle = (above + below) // 2
        if hashes[middle] < wanted:
            below = middle
        else:
            above = middle
    return above


@njit(nogil=True, cache=True)
def _find(hashes, wanted, starts, counts):  # type: ignore[no-untyped-def]
    low = hashes[0]
    high = hashes[-1]
    scale = len(hashes) / (float(high - low) + 1.0)
    for needle in range(len(wanted)):
        value = wanted[needle]
        if value < low or value > high:
            starts[needle] = 0
            counts[needle] = 0
            continue
        first = _first_at_least(hashes, value, scale, low)
        stop = first
        while stop < len(hashes) and hashes[stop] == value:
            stop += 1
        starts[needle] = first
        counts[needle] = stop - first


def find_hashes(
    hashes: NDArray[np.uint64], wanted: NDArray[np.uint64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each wanted hash begins in the table, and how often it is there.

    Args:
        hashes: uint64[n], ascending, may repeat, spread evenly for speed
        wanted: uint64[m], any order
    Returns: (starts int64[m], counts int64[m]); a start means nothing where the count is 0
    Cost: about 30 ns a lookup in a table of 65,536.
    """
    starts = np.zeros(len(wanted), np.int64)
    counts = np.zeros(len(wanted), np.int64)
    if len(hashes):
        _find(frozen(hashes), frozen(wanted), starts, counts)
    return starts, counts


@njit(nogil=True, cache=True)
def _merge(hashes, nodes, added, into):  # type: ignore[no-untyped-def]
    added_hashes, added_nodes = added
    into_hashes, into_nodes = into
    begin = 0
    for more in range(len(added_hashes)):
        value = added_hashes[more]
        while begin < len(hashes) and hashes[begin] <= value:
            into_hashes[begin + more], into_nodes[begin + more] = hashes[begin], nodes[begin]
            begin += 1
        into_hashes[begin + more], into_nodes[begin + more] = value, added_nodes[more]
    for place in range(begin, len(hashes)):
        into_hashes[place + len(added_hashes)] = hashes[place]
        into_nodes[place + len(added_hashes)] = nodes[place]


def merge_hashes(
    table: tuple[NDArray[np.uint64], NDArray[Any]],
    added: tuple[NDArray[np.uint64], NDArray[np.int64]],
    dtype: type[np.signedinteger[Any]],
) -> tuple[NDArray[np.uint64], NDArray[Any]]:
    """A table of hashes, and a number for each, with more of them; of equal ones, those of the table
    come first.

    Args: table, added: both ascend; dtype: of the numbers, all of which fit
    Cost: some 2 ns for each that there is then.
    """
    rows = len(table[0]) + len(added[0])
    into = np.empty(rows, np.uint64), np.empty(rows, dtype)
    shown = frozen(added[0]), frozen(added[1])
    _merge(frozen(table[0]), frozen(table[1]), shown, into)
    return into
