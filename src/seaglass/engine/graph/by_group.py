"""Numbers of nodes or edges, sorted into their groups once, so that each group is read at once.

Above: `read`, `expand`, `apply`. Below: NumPy.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from seaglass.base import limits
from seaglass.engine.values import column as cols

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from seaglass.engine.values.column import Column

_INT16_MAX = 2**15 - 1


@dataclass(frozen=True, slots=True)
class Part:
    """The numbers of one group.

    Args:
        group: its place; -1 for the numbers -1
        rows: int64[m]: rows within the group, in the order of the input
        places: where they are in the input: a slice or int64[m]
    """

    group: int
    rows: NDArray[np.int64]
    places: slice | NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Parts:
    """All parts, by group. Args: order: where each of their rows was; None: in the same order"""

    parts: Sequence[Part]
    order: NDArray[np.int64] | None
    count: int

    def assembled(self, columns: Sequence[Column]) -> Column:
        """One column in the order of the input. Args: columns: one for each part"""
        if not columns:
            return cols.nulls(0)
        column = cols.concat(columns)
        if self.order is None:
            return column
        places = np.empty(self.count, np.int64)
        places[self.order] = np.arange(self.count)
        return column.take(places)


def by_group(numbers: NDArray[np.int64]) -> Parts:
    """Sorts `numbers` (>= -1) into groups.

    Cost: a few nanoseconds a number; for numbers in order of groups nothing is moved.
    """
    count = len(numbers)
    if count == 0:
        return Parts((), None, 0)
    size = limits.GROUP_ROWS
    if count == 1:
        group = int(numbers[0]) // size
        return Parts((Part(group, numbers - group * size, slice(None)),), None, 1)
    low, high = int(numbers.min()) // size, int(numbers.max()) // size
    if low == high:
        return Parts((Part(low, numbers - low * size, slice(None)),), None, count)
    groups = numbers // size
    if high <= _INT16_MAX:
        # NumPy sorts 16-bit integers by radix.
        groups = groups.astype(np.int16)
    order = None
    if (groups[1:] < groups[:-1]).any():
        order = np.argsort(groups, kind="stable")
        numbers, groups = numbers[order], groups[order]
    starts = [0, *(np.flatnonzero(groups[1:] != groups[:-1]) + 1).tolist(), count]
    parts: list[Part] = []
    for start, stop in pairwise(starts):
        group = int(groups[start])
        places = slice(start, stop) if order is None else order[start:stop]
        parts.append(Part(group, numbers[start:stop] - group * size, places))
    return Parts(parts, order, count)
