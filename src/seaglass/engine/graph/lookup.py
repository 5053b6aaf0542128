"""Nodes found: by `~id`, by label; edges by type.

Above: `read`. Below: `entities`, `id_index`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from seaglass.base import limits
from seaglass.engine.graph.entities import node_ids
from seaglass.engine.graph.expand import adjacencies
from seaglass.engine.graph.group import ID, TYPE
from seaglass.engine.values import column as cols
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seaglass.engine.graph.group import Group
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.column import Column


def find_node(version: GraphVersion, text: str, labels: tuple[str, ...] = ()) -> int:
    """The node with this `~id` and all the labels, -1 if there is none. Cost: a microsecond; some
    more for one that is new."""
    node = version.ids.table.find(text)
    if 0 <= node < version.next_node:
        group, row = divmod(node, limits.GROUP_ROWS)
        if version.nodes[group].has_labels_at(row, labels):
            return node
    return _searched(version, text, labels)


def _searched(version: GraphVersion, text: str, labels: tuple[str, ...]) -> int:
    """`find_node` of what is not in the table yet, by the index."""
    for node in version.ids.candidates_one(text):
        place, row = divmod(node, limits.GROUP_ROWS)
        group = version.nodes[place]
        if group.value(row, ID) == text:
            if row < group.base.rows:
                version.ids.table.enter_group(place, group.base.columns[ID].get())
            return node if group.has_labels_at(row, labels) else -1
    return -1


def find_nodes(version: GraphVersion, ids: Column) -> NDArray[np.int64]:
    """The node with each `~id`.

    Args: ids: a column of any kind
    Returns: int64[n]; -1 where there is no such node, or the value is null or no string
    Cost: some 200 ns an id for many.
    """
    found = np.full(len(ids), -1, np.int64)
    if ids.kind is Kind.MIXED:
        texts = [(row, value) for row, value in enumerate(ids.to_list()) if isinstance(value, str)]
        rows = np.array([row for row, _ in texts], np.int64)
        found[rows] = find_nodes(version, cols.strings([text for _, text in texts]))
        return found
    if ids.kind is not Kind.STRING or len(ids) == 0:
        return found
    if len(ids) == 1:
        text = ids.value(0)
        found[0] = find_node(version, text) if isinstance(text, str) else -1
        return found
    rows, nodes = version.ids.candidates(ids)
    if len(rows):
        # All candidates are alive, so each of them has an id.
        equal = pc.equal(node_ids(version, nodes).data, ids.take(rows).data)
        same = np.asarray(equal.to_numpy(zero_copy_only=False), np.bool_)
        found[rows[same]] = nodes[same]
    return found


def scan_nodes(version: GraphVersion, labels: tuple[str, ...]) -> Iterator[NDArray[np.int64]]:
    """The nodes that have all the labels, ascending: one array for each group that has any."""
    for place, group in enumerate(version.nodes):
        yield from nodes_of_group(group, place, labels)


def nodes_of_group(
    group: Group, place: int, labels: tuple[str, ...]
) -> Iterator[NDArray[np.int64]]:
    """The nodes of group number `place` that have all the labels, ascending: one array, or none."""
    chosen = group.alive_bits()
    for label in labels:
        bits = group.label_bits(label)
        if bits is None:
            return
        chosen = bits if chosen is None else chosen & bits
    yield from _numbers(chosen, group.rows, place * limits.GROUP_ROWS)


def scan_edges(version: GraphVersion, types: tuple[str, ...]) -> Iterator[NDArray[np.int64]]:
    """The edges of the types (`()`: all), ascending: one array for each group that has any."""
    tokens = [adjacency.token for adjacency in adjacencies(version, types)]
    if not tokens:
        return
    for place, group in enumerate(version.edges):
        chosen = group.alive_bits()
        if len(tokens) < len(version.adjacency):
            column = group.column(TYPE)
            assert column is not None
            fits = np.isin(column.data, tokens)
            chosen = fits if chosen is None else chosen & fits
        yield from _numbers(chosen, group.rows, place * limits.GROUP_ROWS)


def _numbers(
    chosen: NDArray[np.bool_] | None, rows: int, first: int
) -> Iterator[NDArray[np.int64]]:
    numbers = np.arange(first, first + rows) if chosen is None else np.flatnonzero(chosen) + first
    if len(numbers):
        yield numbers
