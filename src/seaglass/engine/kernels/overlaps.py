"""How many neighbours pairs of nodes have in common.

Above: `engine/algo`. Below: Numba.
Neighbours are flat CSR, `(indptr int64[r + 1], neighbours int32|int64[m])`, ascending within a row;
one that stands there several times counts once. Where one row is much longer than the other, the
short one is looked up in it.
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

# A lookup costs some steps of a merge for each halving.
_LOOKUP_RATIO = 16


@njit(nogil=True, cache=True)
def _distinct(neighbours, begin, end):  # type: ignore[no-untyped-def]
    count = 0
    for entry in range(begin, end):
        if entry == begin or neighbours[entry] != neighbours[entry - 1]:
            count += 1
    return count


@njit(nogil=True, cache=True)
def _merged(neighbours, one, other):  # type: ignore[no-untyped-def]
    count = 0
    here, here_end = one
    there, there_end = other
    while here < here_end and there < there_end:
        left = neighbours[here]
        right = neighbours[there]
        if left == right:
            count += 1
            while here < here_end and neighbours[here] == left:
                here += 1
            while there < there_end and neighbours[there] == left:
                there += 1
        elif left < right:
            here += 1
        else:
            there += 1
    return count


@njit(nogil=True, cache=True)
def _looked_up(neighbours, short, long):  # type: ignore[no-untyped-def]
    count = 0
    low, end = long
    for entry in range(short[0], short[1]):
        wanted = neighbours[entry]
        if entry > short[0] and neighbours[entry - 1] == wanted:
            continue
        # Steps that double from where the last one was found, then halves.
        step = 1
        high = low
        while high < end and neighbours[high] < wanted:
            low = high + 1
            high += step
            step *= 2
        high = min(high, end)
        while low < high:
            middle = (low + high) // 2
            if neighbours[middle] < wanted:
                low = middle + 1
            else:
                high = middle
        if low < end and neighbours[low] == wanted:
            count += 1
    return count


@njit(nogil=True, cache=True)
def _pairs(flat, pairs, sizes, counts, flag):  # type: ignore[no-untyped-def]
    indptr, neighbours = flat
    firsts, seconds = pairs
    for pair in range(len(firsts)):
        first = firsts[pair]
        second = seconds[pair]
        one = (indptr[first], indptr[first + 1])
        other = (indptr[second], indptr[second + 1])
        if stopped(flag):
            return
        for row, span in ((first, one), (second, other)):
            if sizes[row] < 0:
                sizes[row] = _distinct(neighbours, span[0], span[1])
        width = one[1] - one[0]
        breadth = other[1] - other[0]
        if width * _LOOKUP_RATIO < breadth:
            counts[pair] = _looked_up(neighbours, one, other)
        elif breadth * _LOOKUP_RATIO < width:
            counts[pair] = _looked_up(neighbours, other, one)
        else:
            counts[pair] = _merged(neighbours, one, other)


def count_common(
    flat: tuple[NDArray[np.int64], NDArray[Any]],
    pairs: tuple[NDArray[np.int64], NDArray[np.int64]],
    flag: Flag,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """What each pair of rows has in common, and how much each of their rows holds.

    Args:
        flat: as the module says
        pairs: int64[p] each, rows
        flag: raised to stop; then the results mean nothing
    Returns: (common int64[p]; sizes int64[r]: the distinct neighbours of each row that is in a pair)
    Cost: a nanosecond or so an entry of both rows; the shorter one times a logarithm, once the
        longer one is counted.
    """
    sizes = np.full(len(flat[0]) - 1, -1, np.int64)
    counts = np.empty(len(pairs[0]), np.int64)
    shown = frozen(flat[0]), frozen(flat[1])
    _pairs(shown, (frozen(pairs[0]), frozen(pairs[1])), sizes, counts, flag)
    return counts, sizes
