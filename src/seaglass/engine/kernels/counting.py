"""Counting over flat CSR: sums over neighbours, and over the far ends of strands that start together.

Above: `engine/exec/operators/count_paths`. Below: Numba.
A flat CSR has one row per node: `neighbours[indptr[v]:indptr[v + 1]]`, sorted within a row; an edge
that runs in parallel to another stands again. Loops over rows take a range of them, which several
threads share, and look at a flag before each row (see `stopping`).
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
    # The links to the node in the middle, what each such node counts for (empty: each for one), the
    # links on from it, and whether there is one at all: else the first links lead to the end.
    StrandCsr: TypeAlias = tuple[FlatCsr, NDArray[Any], FlatCsr, bool]
    Scratch: TypeAlias = tuple[
        NDArray[Any], NDArray[Any], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint64]
    ]


# Looking up one among many costs as much as walking over so many.
_SEARCHED_RATIO = 16


def _shown(flat: FlatCsr) -> FlatCsr:
    return frozen(flat[0]), frozen(flat[1])


@njit(nogil=True, cache=True)
def _sum_neighbours(flat, weights, rows, sums, flag):  # type: ignore[no-untyped-def]
    indptr, neighbours = flat
    for row in range(rows[0], rows[1]):
        if stopped(flag):
            return
        total = weights[0] * 0
        for entry in range(indptr[row], indptr[row + 1]):
            total += weights[neighbours[entry]]
        sums[row] = total


def sum_neighbours(
    flat: FlatCsr, weights: NDArray[Any], rows: tuple[int, int], sums: NDArray[Any], flag: Flag
) -> None:
    """Writes the sum of the neighbours' weights of each row in the range to `sums`.

    Args:
        weights, sums: int64[n] or float64[n], n > 0; rows: (begin, end)
        flag: raised to stop; then the sums mean nothing
    Cost: about 2 ns an edge, more where weights do not fit the cache.
    """
    _sum_neighbours(_shown(flat), frozen(weights), rows, sums, flag)


@njit(nogil=True, cache=True)
def _fill(strand, row, worth, seen, flag):  # type: ignore[no-untyped-def]
    """Adds up in `worth` what leads along the strand from the row to each node; the nodes are put
    into `seen`. Returns their number, -1 when it was stopped."""
    near, middle, far, long = strand
    count = 0
    for entry in range(near[0][row], near[0][row + 1]):
        node = near[1][entry]
        if not long:
            if worth[node] == 0:
                seen[count] = node
                count += 1
            worth[node] += 1
            continue
        weight = middle[node] if len(middle) else 1
        if weight == 0:
            continue
        if stopped(flag):
            return -1
        for onward in range(far[0][node], far[0][node + 1]):
            end = far[1][onward]
            if worth[end] == 0:
                seen[count] = end
                count += 1
            worth[end] += weight
    return count


@njit(nogil=True, cache=True)
def _gather(strand, row, worth, marks, flag):  # type: ignore[no-untyped-def]
    """The sum of what the ends of the strand are worth, as often as it leads there."""
    near, middle, far, long = strand
    total = worth[0] * 0
    for entry in range(near[0][row], near[0][row + 1]):
        node = near[1][entry]
        if not long:
            total += worth[node]
            continue
        weight = middle[node] if len(middle) else 1
        if weight == 0:
            continue
        if stopped(flag):
            return total
        part = worth[0] * 0
        for onward in range(far[0][node], far[0][node + 1]):
            end = far[1][onward]
            if (marks[end >> 6] >> np.uint64(end & 63)) & np.uint64(1):
                part += worth[end]
        total += part * weight
    return total


@njit(nogil=True, cache=True)
def _bundle(strands, nodes, rows, results, flag):  # type: ignore[no-untyped-def]
    weights, active = nodes
    sums, (worth, step, seen, step_seen, marks) = results
    last = len(strands) - 1
    for row in range(rows[0], rows[1]):
        if stopped(flag):
            return
        sums[row] = 0
        if not active[row]:
            continue
        empty = False
        for strand in strands:
            empty |= strand[0][0][row] == strand[0][0][row + 1]
        if empty:
            continue
        count = _fill(strands[0], row, worth, seen, flag)
        if count < 0:
            return
        for place in range(1, last):
            more = _fill(strands[place], row, step, step_seen, flag)
            if more < 0:
                return
            for entry in range(count):
                worth[seen[entry]] *= step[seen[entry]]
            for entry in range(more):
                step[step_seen[entry]] = 0
        for entry in range(count):
            node = seen[entry]
            worth[node] *= weights[node]
            if worth[node] != 0:
                marks[node >> 6] |= np.uint64(1) << np.uint64(node & 63)
        sums[row] = _gather(strands[last], row, worth, marks, flag)
        for entry in range(count):
            node = seen[entry]
            worth[node] = 0
            marks[node >> 6] = 0


@njit(nogil=True, cache=True)
def _meet(links, nodes, rows, sums, flag):  # type: ignore[no-untyped-def]
    one, other = links
    weights, active = nodes
    for row in range(rows[0], rows[1]):
        if stopped(flag):
            return
        sums[row] = 0
        if not active[row]:
            continue
        few, many = one, other
        if one[0][row + 1] - one[0][row] > other[0][row + 1] - other[0][row]:
            few, many = other, one
        at, stop = few[0][row], few[0][row + 1]
        there, end = many[0][row], many[0][row + 1]
        search = (stop - at) * _SEARCHED_RATIO < end - there
        total = weights[0] * 0
        while at < stop and there < end:
            node = few[1][at]
            if search:
                high = end
                while there < high:
                    middle = (there + high) >> 1
                    if many[1][middle] < node:
                        there = middle + 1
                    else:
                        high = middle
            else:
                while there < end and many[1][there] < node:
                    there += 1
            # Parallel links stand side by side: each of these goes with each of those.
            again = at
            while again < stop and few[1][again] == node:
                again += 1
            same = there
            while same < end and many[1][same] == node:
                same += 1
            total += weights[node] * ((again - at) * (same - there))
            at, there = again, same
        sums[row] = total


def meet(
    links: tuple[FlatCsr, FlatCsr],
    nodes: tuple[NDArray[Any], NDArray[np.bool_]],
    rows: tuple[int, int],
    results: tuple[NDArray[Any], Flag],
) -> None:
    """What `bundle` does, for two strands of one link each: both kinds of ends ascend, so that they
    are walked side by side, or the few are looked up among the many.

    Args: results: the sums, and a flag that is raised to stop; then the sums mean nothing
    Cost: a few nanoseconds an edge; no scratch.
    """
    one, other = links
    sums, flag = results
    shown = _shown(one), _shown(other)
    _meet(shown, (frozen(nodes[0]), frozen(nodes[1])), rows, sums, flag)


def bundle(
    strands: tuple[StrandCsr, ...],
    nodes: tuple[NDArray[Any], NDArray[np.bool_]],
    rows: tuple[int, int],
    results: tuple[NDArray[Any], Scratch],
    flag: Flag,
) -> None:
    """For each row, writes the sum of the weights of the nodes to which all strands lead from it,
    each as often as there are choices of one way along each strand.

    Args:
        strands: two or more, of which those without a node in the middle come first
        nodes: the weights of the far ends, int64[n] or float64[n], and bool[n]: the sum of a row
            that is false is 0
        rows: (begin, end)
        results: the sums, as the weights, and what `bundle_scratch` has made
        flag: raised to stop; then sums and scratch mean nothing
    Cost: some nanoseconds for each way along one strand; no list of them.
    """
    shown = tuple(
        [(_shown(near), frozen(middle), _shown(far), long) for near, middle, far, long in strands]
    )
    _bundle(shown, (frozen(nodes[0]), frozen(nodes[1])), rows, results, flag)


def bundle_scratch(nodes: int, dtype: np.dtype[Any]) -> Scratch:
    """What `bundle` works with. Cost: 32 bytes a node, and a bit."""
    return (
        np.zeros(nodes, dtype),
        np.zeros(nodes, dtype),
        np.empty(nodes, np.int64),
        np.empty(nodes, np.int64),
        np.zeros(nodes // 64 + 1, np.uint64),
    )
