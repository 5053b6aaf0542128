"""Label propagation: one node after the other takes the label that most weighs among its neighbours.

Above: `engine/algo`. Below: Numba.
Links are one row per node of whose labels it hears: `(indptr, neighbours, weights)`, weights empty
where every edge counts 1. Labels are numbers of nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.mixing import mixed
from seaglass.engine.kernels.spreading import shown
from seaglass.engine.kernels.stopping import stopped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.kernels.spreading import Floats, Links
    from seaglass.engine.kernels.stopping import Flag


@njit(nogil=True, cache=True)
def _hear(links, voices, node, labels, ballot):  # type: ignore[no-untyped-def]
    """Adds up what the neighbours say; gives how many labels are named."""
    indptr, neighbours, weights = links
    sums, place_of, named = ballot
    count = 0
    for entry in range(indptr[node], indptr[node + 1]):
        neighbour = neighbours[entry]
        label = labels[neighbour]
        weight = weights[entry] if len(weights) else 1.0
        if len(voices):
            weight *= voices[neighbour]
        if place_of[label] < 0:
            place_of[label] = count
            named[count] = label
            sums[count] = weight
            count += 1
        else:
            sums[place_of[label]] += weight
    return count


@njit(nogil=True, cache=True)
def _vote(links, onward, state, ballot, flag):  # type: ignore[no-untyped-def]
    labels, waiting, voices, order = state
    sums, place_of, named = ballot
    changed = 0
    for turn in range(len(order)):
        node = order[turn]
        if not waiting[node]:
            continue
        if stopped(flag):
            return changed
        waiting[node] = False
        count = _hear(links, voices, node, labels, ballot)
        if count == 0:
            continue
        most = sums[0]
        for place in range(1, count):
            most = max(most, sums[place])
        held = labels[node]
        best = held
        if place_of[held] < 0 or sums[place_of[held]] < most:
            least = ~np.uint64(0)
            for place in range(count):
                if sums[place] == most:
                    lot = mixed(mixed(np.uint64(named[place])) ^ np.uint64(node))
                    if lot <= least:
                        least = lot
                        best = named[place]
        for place in range(count):
            place_of[named[place]] = -1
        if best != held:
            labels[node] = best
            changed += 1
            for entry in range(onward[0][node], onward[0][node + 1]):
                waiting[onward[1][entry]] = True
    return changed


def vote(
    links: Links,
    onward: tuple[NDArray[np.int64], NDArray[Any]],
    state: tuple[NDArray[np.int64], NDArray[np.bool_], Floats, NDArray[np.int64]],
    ballot: tuple[Floats, NDArray[np.int64], NDArray[np.int64]],
    flag: Flag,
) -> int:
    """One iteration: each node that waits, in the order given, takes the label with the largest sum.
    It keeps its own when that is among the largest, else a lot decides, which depends on the node and
    the label alone: if all nodes preferred the same labels, these would flood the graph.

    Args:
        links: as the module says
        onward: who hears each node, without weights
        state: labels int64[n], written; bool[n], which nodes wait: those for which nothing changed
            since they chose would choose the same again; float64[n], what a node's label weighs,
            empty for 1; int64[n], the order in which nodes choose
        ballot: `ballot_of`
        flag: raised to stop; then the labels mean nothing
    Returns: how many labels changed
    Cost: some nanoseconds for each edge of a node that waits.
    """
    labels, waiting, voices, order = state
    shown_onward = frozen(onward[0]), frozen(onward[1])
    heard = (labels, waiting, frozen(voices), frozen(order))
    return int(_vote(shown(links), shown_onward, heard, ballot, flag))


def ballot_of(nodes: int) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """What `vote` works with. Cost: 24 bytes a node."""
    return np.empty(nodes, np.float64), np.full(nodes, -1, np.int64), np.empty(nodes, np.int64)
