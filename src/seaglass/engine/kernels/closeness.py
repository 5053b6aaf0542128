"""Breadth-first searches from up to 64 nodes at once: a bit of a word for each of them.

Above: `engine/algo`. Below: Numba.
A word per node says which searches have reached it. One step of all searches reads an edge once,
however many of them pass it. Few nodes at the front push along the edges that lead on; when much
of the graph is at the front, the nodes that are not reached by all pull along the edges that lead
to them, and stop as soon as nothing is missing.

Links are flat CSR without weights: (indptr int64[n + 1], neighbours int32|int64[m]).
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
    # Words: reached by, at the front, at the next front; the nodes of both fronts.
    Scratch: TypeAlias = tuple[
        NDArray[np.uint64],
        NDArray[np.uint64],
        NDArray[np.uint64],
        NDArray[np.int64],
        NDArray[np.int64],
    ]
    Totals: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int64]]

SEARCHES_MAX = 64
# A front pulls when its edges are more than this share of all.
_PULL_SHARE = 8
_NOTHING = np.uint64(0)
_ONE = np.uint64(1)


@njit(nogil=True, cache=True, inline="always")
def _ones(word):  # type: ignore[no-untyped-def]
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + (
        (word >> np.uint64(2)) & np.uint64(0x3333333333333333)
    )
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(nogil=True, cache=True)
def _push(links, words, fronts, count, flag):  # type: ignore[no-untyped-def]
    indptr, neighbours = links
    reached, here, ahead = words
    front, following = fronts
    found = 0
    for place in range(count):
        if stopped(flag):
            return 0
        node = front[place]
        bits = here[node]
        for entry in range(indptr[node], indptr[node + 1]):
            neighbour = neighbours[entry]
            fresh = bits & ~reached[neighbour]
            if fresh != _NOTHING:
                if ahead[neighbour] == _NOTHING:
                    following[found] = neighbour
                    found += 1
                ahead[neighbour] |= fresh
    return found


@njit(nogil=True, cache=True)
def _pull(links, words, fronts, count, flag):  # type: ignore[no-untyped-def]
    indptr, neighbours = links
    reached, here, ahead = words
    front, following = fronts
    active = _NOTHING
    for place in range(count):
        active |= here[front[place]]
    found = 0
    for node in range(len(reached)):
        missing = active & ~reached[node]
        if missing == _NOTHING:
            continue
        if stopped(flag):
            return 0
        met = _NOTHING
        for entry in range(indptr[node], indptr[node + 1]):
            met |= here[neighbours[entry]]
            if met & missing == missing:
                break
        met &= missing
        if met != _NOTHING:
            ahead[node] = met
            following[found] = node
            found += 1
    return found


@njit(nogil=True, cache=True)
def _search(links, starts, scratch, totals, flag):  # type: ignore[no-untyped-def]
    onward, back, counted, by_start = links
    reached, here, ahead, front, following = scratch
    counts, distances = totals
    reached[:] = _NOTHING
    here[:] = _NOTHING
    ahead[:] = _NOTHING
    for place in range(len(starts)):
        reached[starts[place]] |= _ONE << np.uint64(place)
        here[starts[place]] = reached[starts[place]]
        front[place] = starts[place]
    count = len(starts)
    step = 0
    while count and not stopped(flag):
        step += 1
        edges = 0
        for place in range(count):
            edges += onward[0][front[place] + 1] - onward[0][front[place]]
        words = (reached, here, ahead)
        if edges * _PULL_SHARE > len(onward[1]):
            found = _pull(back, words, (front, following), count, flag)
        else:
            found = _push(onward, words, (front, following), count, flag)
        for place in range(count):
            here[front[place]] = _NOTHING
        for place in range(found):
            node = following[place]
            word = ahead[node]
            reached[node] |= word
            if not by_start:
                ones = _ones(word)
                counts[node] += ones
                distances[node] += step * ones
            elif counted[node]:
                search = 0
                while word != _NOTHING:
                    ones = np.int64(word & _ONE)
                    counts[search] += ones
                    distances[search] += step * ones
                    word >>= _ONE
                    search += 1
        here, ahead = ahead, here
        front, following = following, front
        count = found


def search_scratch(nodes: int) -> Scratch:
    """What one thread's searches work with. Cost: 40 bytes a node."""
    return (
        np.empty(nodes, np.uint64),
        np.empty(nodes, np.uint64),
        np.empty(nodes, np.uint64),
        np.empty(nodes, np.int64),
        np.empty(nodes, np.int64),
    )


def distances_to_nodes(
    links: tuple[FlatCsr, FlatCsr],
    starts: NDArray[np.int64],
    scratch: Scratch,
    totals: Totals,
    flag: Flag,
) -> None:
    """Adds to each node how many of the starts reach it, and by how many steps together.

    Args:
        links: those along which searches go, and the same the other way round
        starts: int64[up to 64], distinct; a start does not count for itself
        totals: (counts, distances), int64[n] each, added to
        flag: raised to stop; then the totals mean nothing
    Cost: for each step of the longest search, at most one pass over the edges.
    """
    shown = _shown(links)
    _search((*shown, frozen(np.zeros(0, np.bool_)), False), frozen(starts), scratch, totals, flag)


def distances_of_starts(
    links: tuple[FlatCsr, FlatCsr, NDArray[np.bool_]],
    starts: NDArray[np.int64],
    scratch: Scratch,
    totals: Totals,
    flag: Flag,
) -> None:
    """Adds to each start how many of the nodes that count it reaches, and by how many steps together.

    Args:
        links: as `distances_to_nodes`, and bool[n], which nodes count
        totals: (counts, distances), int64[64] each: by place in `starts`
        Others: as `distances_to_nodes`
    Cost: as `distances_to_nodes`, and a nanosecond for each node and start that reaches it.
    """
    shown = _shown((links[0], links[1]))
    _search((*shown, frozen(links[2]), True), frozen(starts), scratch, totals, flag)


def _shown(links: tuple[FlatCsr, FlatCsr]) -> tuple[FlatCsr, FlatCsr]:
    onward, back = links
    return (frozen(onward[0]), frozen(onward[1])), (frozen(back[0]), frozen(back[1]))
