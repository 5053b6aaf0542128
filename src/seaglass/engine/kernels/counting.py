"""Counting walks over flat CSR: sums over neighbours, pairs that link both ways, triangles.

Above: `engine/exec/operators/count_paths`. Below: Numba.
A flat CSR has one row per node: `neighbours[indptr[v]:indptr[v + 1]]`, sorted within a row; an edge
that runs in parallel to another stands again. Loops over rows take a range of them, so that callers
can stop in between; where the work of one row has no bound but the graph's size, they look at a
flag too (see `stopping`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.stopping import stopped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.kernels.stopping import Flag

    FlatCsr: TypeAlias = tuple[NDArray[np.int64], NDArray[Any]]


def _shown(flat: FlatCsr) -> FlatCsr:
    return frozen(flat[0]), frozen(flat[1])


@njit(nogil=True, cache=True)
def _sum_neighbours(flat, weights, rows, sums):  # type: ignore[no-untyped-def]
    indptr, neighbours = flat
    for row in range(rows[0], rows[1]):
        total = np.int64(0)
        for entry in range(indptr[row], indptr[row + 1]):
            total += weights[neighbours[entry]]
        sums[row] = total


def sum_neighbours(
    flat: FlatCsr, weights: NDArray[np.int64], rows: tuple[int, int], sums: NDArray[np.int64]
) -> None:
    """Writes the sum of the neighbours' weights of each row in the range to `sums`.

    Args: weights, sums: int64[n]; rows: (begin, end)
    Cost: about 2 ns an edge, more where weights do not fit the cache.
    """
    _sum_neighbours(_shown(flat), frozen(weights), rows, sums)


@njit(nogil=True, cache=True)
def _both_ways(ahead_csr, back_csr, near, far, rows):  # type: ignore[no-untyped-def]
    out_indptr, out = ahead_csr
    in_indptr, into = back_csr
    total = np.int64(0)
    for row in range(rows[0], rows[1]):
        if not near[row]:
            continue
        left, left_end = out_indptr[row], out_indptr[row + 1]
        right, right_end = in_indptr[row], in_indptr[row + 1]
        while left < left_end and right < right_end:
            node = out[left]
            if into[right] < node:
                right += 1
            elif into[right] > node:
                left += 1
            else:
                ahead = np.int64(0)
                while left < left_end and out[left] == node:
                    ahead += 1
                    left += 1
                back = np.int64(0)
                while right < right_end and into[right] == node:
                    back += 1
                    right += 1
                if far[node]:
                    total += ahead * back
    return total


def both_ways(
    out: FlatCsr,
    into: FlatCsr,
    near: NDArray[np.bool_],
    far: NDArray[np.bool_],
    rows: tuple[int, int],
) -> int:
    """How many pairs of an edge from a row of the range and an edge back to it there are; an edge
    from a node to itself pairs with itself.

    Args: near, far: bool[n]: which nodes count as the row, and as its neighbour; rows: (begin, end)
    Cost: one pass over the edges of the rows.
    """
    return int(_both_ways(_shown(out), _shown(into), frozen(near), frozen(far), rows))


@njit(nogil=True, cache=True)
def _first_at_least(neighbours, begin, end, node):  # type: ignore[no-untyped-def]
    while begin < end:
        middle = (begin + end) // 2
        if neighbours[middle] < node:
            begin = middle + 1
        else:
            end = middle
    return begin


@njit(nogil=True, cache=True)
def _triangles(links, labels, rows, marks, flag):  # type: ignore[no-untyped-def]
    (out_indptr, out), (in_indptr, into) = links
    first, second, third = labels
    total = np.int64(0)
    for row in range(rows[0], rows[1]):
        back, back_end = in_indptr[row], in_indptr[row + 1]
        if not first[row] or back == back_end:
            continue
        for entry in range(back, back_end):
            node = into[entry]
            if third[node]:
                marks[node >> 6] |= np.uint64(1) << np.uint64(node & 63)
        for entry in range(out_indptr[row], out_indptr[row + 1]):
            middle = out[entry]
            if not second[middle]:
                continue
            if stopped(flag):
                return np.int64(0)
            for onward in range(out_indptr[middle], out_indptr[middle + 1]):
                node = out[onward]
                if (marks[node >> 6] >> np.uint64(node & 63)) & np.uint64(1):
                    place = _first_at_least(into, back, back_end, node)
                    while place < back_end and into[place] == node:
                        total += 1
                        place += 1
        for entry in range(back, back_end):
            marks[into[entry] >> 6] = 0
    return total


def triangles(
    links: tuple[FlatCsr, FlatCsr],
    labels: tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]],
    rows: tuple[int, int],
    marks: NDArray[np.uint64],
    flag: Flag,
) -> int:
    """How many walks of three edges begin at a row of the range and lead back to it; they may use
    an edge twice.

    Args:
        links: the edges out of each node, and those into it
        labels: bool[n] each: which nodes count as the first, second and third
        rows: (begin, end)
        marks: uint64[n // 64 + 1], all 0, and left so; a bit a node, so that it stays in the cache
        flag: raised to stop; then the answer means nothing
    Cost: some nanoseconds for each walk of two edges from the rows; no list of them.
    """
    masks = frozen(labels[0]), frozen(labels[1]), frozen(labels[2])
    return int(_triangles((_shown(links[0]), _shown(links[1])), masks, rows, marks, flag))
