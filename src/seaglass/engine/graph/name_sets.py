"""Which labels, and which keys of properties, each of many nodes or edges has.

Above: `read`. Below: `group`, `by_group`, `engine/values/coded`.
Of all rows of a graph few have a set of names that no other has: a column of sets is a number for each row,
and a table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.graph.by_group import by_group
from seaglass.engine.values import column as cols
from seaglass.engine.values.coded import Coded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from seaglass.engine.graph.group import Group
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.column import Column

    Numbers = NDArray[np.int64]
    Names = tuple[str, ...]
    # A name, and which of the rows have it: None for all.
    Had = tuple[str, NDArray[np.bool_] | None]

# Up to this many rows of a group, one at a time is quicker than arrays.
_SMALL_ROWS = 8


def labels_column(version: GraphVersion, nodes: Numbers) -> Column:
    """The sorted list of labels of each node, as a MIXED column; null for -1.

    Cost: some nanoseconds a node and label; lists are shared by the nodes that have the same
    """

    def of_row(group: Group, row: int) -> Names:
        return group.labels_at(row)

    return _column(version.nodes, nodes, of_row, _labels)


def node_keys_column(version: GraphVersion, nodes: Numbers) -> Column:
    """The sorted list of the keys of each node's properties; otherwise as `labels_column`."""
    return _column(version.nodes, nodes, _keys_at, _keys)


def edge_keys_column(version: GraphVersion, edges: Numbers) -> Column:
    """As `node_keys_column`, of edges."""
    return _column(version.edges, edges, _keys_at, _keys)


def _labels(group: Group, rows: Numbers) -> Iterator[Had]:
    for label in sorted(group.label_names()):
        bits = group.label_bits(label)
        if bits is not None:
            yield label, bits[rows]


def _keys(group: Group, rows: Numbers) -> Iterator[Had]:
    for key in sorted(group.keys()):
        if not key.startswith("~"):
            column = group.gather(key, rows)
            yield key, None if column.valid is None else column.valid


def _keys_at(group: Group, row: int) -> Names:
    return tuple(group.values(row))


def _column(
    groups: tuple[Group, ...],
    numbers: Numbers,
    of_row: Callable[[Group, int], Names],
    of_rows: Callable[[Group, Numbers], Iterable[Had]],
) -> Column:
    codes = np.zeros(len(numbers), np.int64)
    places: dict[Names, int] = {}
    for part in by_group(numbers).parts:
        if part.group < 0:
            continue
        group = groups[part.group]
        if len(part.rows) <= _SMALL_ROWS:
            some = [of_row(group, row) for row in part.rows.tolist()]
            codes[part.places] = [places.setdefault(names, len(places)) for names in some]
            continue
        own, sets = sets_of_names(of_rows(group, part.rows), len(part.rows))
        found = np.array([places.setdefault(names, len(places)) for names in sets], np.int64)
        codes[part.places] = found[0] if len(found) == 1 else found[own]
    if not places:
        return cols.nulls(len(numbers))
    known = numbers >= 0
    return Coded(codes, tuple(map(list, places)), None if known.all() else known)


def sets_of_names(all_had: Iterable[Had], rows: int) -> tuple[Numbers, list[Names]]:
    """The different sets of names that some rows have, and which of them each row has.

    Args: all_had: each name, and which rows have it; None: all of them
    Returns: int64[rows], places in the sets; the sets, of which each is some row's if there are rows
    Cost: some nanoseconds a row and name
    """
    numbers = np.zeros(rows, np.int64)
    sets: list[Names] = [()]
    for name, had in all_had:
        if had is None or had.all():
            sets = [(*names, name) for names in sets]
        elif had.any():
            # Of each set there may be two now; those that no row has are left out.
            wider = numbers * 2 + had
            present = np.flatnonzero(np.bincount(wider, minlength=2 * len(sets)))
            sets = [
                (*sets[number // 2], name) if number % 2 else sets[number // 2]
                for number in present.tolist()
            ]
            table = np.zeros(int(present[-1]) + 1, np.int64)
            table[present] = np.arange(len(present))
            numbers = table[wider]
    return numbers, sets
