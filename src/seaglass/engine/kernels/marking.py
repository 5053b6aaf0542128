"""Nodes that steps lead to, each once: they are marked as they come, and neither gathered nor sorted.

Above: `engine/graph/ends`. Below: `search` (how segments are found in memory), Numba.
Marks are bits, uint64[nodes / 64]: of node `n`, bit `n % 64` of word `n // 64`. The tables are those
of `gather`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.gather import UNKNOWN
from seaglass.engine.kernels.search import item

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.kernels.gather import Table

    Marks = NDArray[np.uint64]

WORD_BITS = 64


@njit(nogil=True, cache=True, inline="always")
def _marked(marks, node):  # type: ignore[no-untyped-def]
    """Marks a node; 1 where it was not marked yet, else 0."""
    bit = np.uint64(1) << np.uint64(node & 63)
    if marks[node >> 6] & bit:
        return 0
    marks[node >> 6] |= bit
    return 1


@njit(nogil=True, cache=True)
def _mark_ends(table, steps, marks, limits):  # type: ignore[no-untyped-def]
    places, wide, group_rows = table
    nodes, used = steps
    place, budget = limits
    count = 0
    while place < len(nodes) and budget > 0:
        group = nodes[place] // group_rows
        row = nodes[place] - group * group_rows
        if 0 <= group < len(places):
            if places[group, 3] == UNKNOWN:
                return -1 - place, count
            if row < places[group, 3]:
                begin = item(places[group, 0], row, wide[group, 0])
                end = item(places[group, 0], row + 1, wide[group, 0])
                budget -= end - begin
                for entry in range(begin, end):
                    fits = True
                    if len(used):
                        edge = item(places[group, 2], entry, wide[group, 2])
                        for other in range(len(used)):
                            fits &= used[other, place] != edge
                    if fits:
                        count += _marked(marks, item(places[group, 1], entry, wide[group, 1]))
        budget -= 1
        place += 1
    return place, count


@njit(nogil=True, cache=True)
def _mark(nodes, marks):  # type: ignore[no-untyped-def]
    count = 0
    for place in range(len(nodes)):
        count += _marked(marks, nodes[place])
    return count


def new_marks(nodes: int) -> Marks:
    """No marks, for nodes below that number."""
    return np.zeros(-(-nodes // WORD_BITS), np.uint64)


def mark_ends(
    table: Table,
    steps: tuple[NDArray[np.int64], NDArray[np.int64]],
    marks: Marks,
    limits: tuple[int, int],
) -> tuple[int, int]:
    """Marks the nodes that the entries of some nodes lead to.

    Args:
        steps: int64[n], the nodes, -1 for none; int64[k, n], edges that each must not take
        marks: as the module says; written to
        limits: the place of the first node, and about how many entries to look at
    Returns: the place of the node to go on with, `n` at the end, `-1 - place` where the node's group
        is UNKNOWN; how many nodes are marked that were not
    Cost: some nanoseconds an entry, by how far memory is
    """
    found: tuple[int, int] = _mark_ends(table, (frozen(steps[0]), frozen(steps[1])), marks, limits)
    return found


def mark(nodes: NDArray[np.int64], marks: Marks) -> int:
    """Marks nodes; how many of them were not.

    Args: nodes: int64[n], may repeat; marks: written to
    """
    return int(_mark(frozen(nodes), marks))


def marked(marks: Marks) -> NDArray[np.int64]:
    """The nodes that are marked, ascending. Cost: a pass over the words, and over those with a mark."""
    words = np.flatnonzero(marks)
    bits = np.unpackbits(marks[words].view(np.uint8), bitorder="little")
    found = np.flatnonzero(bits)
    return words[found // WORD_BITS] * WORD_BITS + found % WORD_BITS
