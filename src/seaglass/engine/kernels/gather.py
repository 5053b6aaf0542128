"""Entries of a few hundred rows that lie in segments of many groups, read in one call.

Above: `engine/graph/segment_table`. Below: `search` (how segments are found in memory), Numba.
The tables are those of `search`, of one kind: places int64[groups, 4], wide bool[groups, 3]. A
group whose number of rows is UNKNOWN is not in the table yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from numba import njit

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.search import item

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    # Places, wide, and how many nodes a group has.
    Table = tuple[NDArray[np.int64], NDArray[np.bool_], int]

UNKNOWN = -1


@njit(nogil=True, cache=True)
def _count(table, nodes, counts):  # type: ignore[no-untyped-def]
    places, wide, group_rows = table
    unknown = 0
    for place in range(len(nodes)):
        group = nodes[place] // group_rows
        row = nodes[place] - group * group_rows
        counts[place] = 0
        if group < 0 or group >= len(places):
            continue
        if places[group, 3] == UNKNOWN:
            unknown += 1
        elif row < places[group, 3]:
            indptr, is_wide = places[group, 0], wide[group, 0]
            counts[place] = item(indptr, row + 1, is_wide) - item(indptr, row, is_wide)
    return unknown


@njit(nogil=True, cache=True)
def _copy(table, nodes, starts, into):  # type: ignore[no-untyped-def]
    places, wide, group_rows = table
    for place in range(len(nodes)):
        group = nodes[place] // group_rows
        row = nodes[place] - group * group_rows
        if group < 0 or group >= len(places) or row >= places[group, 3]:
            continue
        begin = item(places[group, 0], row, wide[group, 0])
        end = item(places[group, 0], row + 1, wide[group, 0])
        for entry in range(begin, end):
            at = starts[place] + entry - begin
            into[0][at] = item(places[group, 1], entry, wide[group, 1])
            into[1][at] = item(places[group, 2], entry, wide[group, 2])


def count_entries(table: Table, nodes: NDArray[np.int64], counts: NDArray[np.int64]) -> int:
    """Writes the number of entries of each node, 0 for -1.

    Args: nodes, counts: int64[n]
    Returns: how many of the nodes lie in groups that are UNKNOWN
    Cost: some nanoseconds a node.
    """
    unknown: int = _count(table, frozen(nodes), counts)
    return unknown


def copy_entries(
    table: Table,
    nodes: NDArray[np.int64],
    starts: NDArray[np.int64],
    into: tuple[NDArray[np.int64], NDArray[np.int64]],
) -> None:
    """Copies the entries of `nodes[i]` to `starts[i]` and after it; no group of theirs is UNKNOWN.

    Args: as csr.expand_into
    """
    _copy(table, frozen(nodes), frozen(starts), into)
