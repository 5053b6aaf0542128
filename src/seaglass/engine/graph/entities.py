"""What nodes and edges hold: properties, labels, types, ends, whether they are alive.

Above: `read`. Below: `group`, `by_group`.

Arrays of numbers may hold -1, which gives null, False or -1. Numbers are of the version (below
`next_node`, `next_edge`); only the questions whether something is alive take any number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.base import limits
from seaglass.engine.graph.by_group import by_group
from seaglass.engine.graph.group import ID, SOURCE, TARGET, TYPE, Group
from seaglass.engine.values import column as cols
from seaglass.engine.values.column import STRING, Column
from seaglass.engine.values.types import Kind
from seaglass.engine.values.words import Words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.types import Value

EDGE_ID_PREFIX = "neptune_reserved_1_"
# Up to this many things, one at a time is quicker than arrays.
_SMALL_ROWS = 8


def _gathered(groups: tuple[Group, ...], numbers: NDArray[np.int64], key: str) -> Column:
    """The values of one key, in the order of `numbers`."""
    if len(numbers) <= _SMALL_ROWS:
        return cols.from_values([_value(groups, number, key) for number in numbers.tolist()])
    found = by_group(numbers)
    return found.assembled(
        [
            cols.nulls(len(part.rows))
            if part.group < 0
            else groups[part.group].gather(key, part.rows)
            for part in found.parts
        ]
    )


def _value(groups: tuple[Group, ...], number: int, key: str) -> Value:
    if number < 0:
        return None
    group, row = divmod(number, limits.GROUP_ROWS)
    return groups[group].value(row, key)


def node_value(version: GraphVersion, node: int, key: str) -> Value:
    """`key` of one node of the version, None where it is absent. Cost: a microsecond or two."""
    group, row = divmod(node, limits.GROUP_ROWS)
    return version.nodes[group].value(row, key)


def node_values(
    version: GraphVersion, node: int, keys: Sequence[tuple[str, str]]
) -> dict[str, Value]:
    """The values of some keys of one node of the version.

    Args: keys: a name for the value, and its key
    Cost: half a microsecond each
    """
    group, row = divmod(node, limits.GROUP_ROWS)
    return version.nodes[group].named_values(row, keys)


def edge_value(version: GraphVersion, edge: int, key: str) -> Value:
    """`key` of one edge of the version, None where it is absent. Cost: as node_value."""
    group, row = divmod(edge, limits.GROUP_ROWS)
    return version.edges[group].value(row, key)


def node_property(version: GraphVersion, nodes: NDArray[np.int64], key: str) -> Column:
    """`key` of each node. Cost: microseconds for one; some 10 ns a node for many."""
    return _gathered(version.nodes, nodes, key)


def edge_property(version: GraphVersion, edges: NDArray[np.int64], key: str) -> Column:
    """`key` of each edge. Cost: as node_property."""
    return _gathered(version.edges, edges, key)


def node_ids(version: GraphVersion, nodes: NDArray[np.int64]) -> Column:
    """The `~id` of each node."""
    return _gathered(version.nodes, nodes, ID)


def node_properties(version: GraphVersion, node: int) -> dict[str, Value]:
    """All properties of one node by key, without `~id`."""
    group, row = divmod(node, limits.GROUP_ROWS)
    return version.nodes[group].values(row)


def edge_properties(version: GraphVersion, edge: int) -> dict[str, Value]:
    """All properties of one edge by key."""
    group, row = divmod(edge, limits.GROUP_ROWS)
    return version.edges[group].values(row)


def node_labels(version: GraphVersion, node: int) -> tuple[str, ...]:
    """The labels of one node, sorted."""
    group, row = divmod(node, limits.GROUP_ROWS)
    return version.nodes[group].labels_at(row)


def has_labels(
    version: GraphVersion, nodes: NDArray[np.int64], labels: tuple[str, ...]
) -> NDArray[np.bool_]:
    """bool[n]: whether each node is alive and has all the labels."""

    if all_have_labels(version, labels):
        return nodes >= 0
    if len(nodes) <= _SMALL_ROWS:
        return _labelled(version, nodes, labels)
    has = _whole_groups(version, labels)[nodes // limits.GROUP_ROWS]
    if not has.all():
        rest = np.flatnonzero(~has)
        has[rest] = _labelled(version, nodes[rest], labels)
    return has


def _whole_groups(version: GraphVersion, labels: tuple[str, ...]) -> NDArray[np.bool_]:
    """bool[groups + 1]: of which groups it is plain that all nodes are alive and have the labels;
    false at the end, where -1 leads to."""
    whole = version.derived.get(labels)
    if whole is None:
        found = [group.all_have(labels) for group in version.nodes]
        whole = version.derived[labels] = np.array([*found, False])
    return cast("NDArray[np.bool_]", whole)


def _labelled(
    version: GraphVersion, nodes: NDArray[np.int64], labels: tuple[str, ...]
) -> NDArray[np.bool_]:
    """`has_labels`, looked up node by node, or group by group."""

    def of_row(group: Group, row: int) -> bool:
        return group.has_labels_at(row, labels)

    def of_rows(group: Group, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        alive = group.alive_bits()
        has = np.ones(len(rows), np.bool_) if alive is None else alive[rows]
        for label in labels:
            bits = group.label_bits(label)
            has = np.zeros(len(rows), np.bool_) if bits is None else has & bits[rows]
        return has

    return _tested(version.nodes, nodes, of_row, of_rows)


def all_have_labels(version: GraphVersion, labels: tuple[str, ...]) -> bool:
    """Whether the counts say that every node that there ever was is alive and has all the labels."""
    count = version.node_count
    if count != version.next_node:
        return False
    for label in labels:  # noqa: SIM110 - small reads come here, and a generator costs more than this
        if version.label_counts.get(label) != count:
            return False
    return True


def nodes_alive(version: GraphVersion, nodes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """bool[n]: whether each number is that of a node of this version."""
    return _alive(version.nodes, nodes, version.next_node)


def edges_alive(version: GraphVersion, edges: NDArray[np.int64]) -> NDArray[np.bool_]:
    """bool[n]: whether each number is that of an edge of this version."""
    return _alive(version.edges, edges, version.next_edge)


def _alive(groups: tuple[Group, ...], numbers: NDArray[np.int64], end: int) -> NDArray[np.bool_]:
    def of_rows(group: Group, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
        alive = group.alive_bits()
        return np.ones(len(rows), np.bool_) if alive is None else alive[rows]

    if len(numbers) != 1 or not 0 <= numbers[0] < end:
        numbers = np.where((numbers >= 0) & (numbers < end), numbers, -1)
    return _tested(groups, numbers, Group.alive_at, of_rows)


def _tested(
    groups: tuple[Group, ...],
    numbers: NDArray[np.int64],
    of_row: Callable[[Group, int], bool],
    of_rows: Callable[[Group, NDArray[np.int64]], NDArray[np.bool_]],
) -> NDArray[np.bool_]:
    """Whether each number passes a test, which may be asked of one row or of many; not -1."""
    tested = np.zeros(len(numbers), np.bool_)
    if len(numbers) <= _SMALL_ROWS:
        for place, number in enumerate(numbers.tolist()):
            group, row = divmod(number, limits.GROUP_ROWS)
            tested[place] = number >= 0 and of_row(groups[group], row)
        return tested
    for part in by_group(numbers).parts:
        if part.group < 0:
            continue
        group_now = groups[part.group]
        if group_now.patch and len(part.rows) < limits.PATCH_OVERLAY_ROWS:
            tested[part.places] = [of_row(group_now, row) for row in part.rows.tolist()]
        else:
            tested[part.places] = of_rows(group_now, part.rows)
    return tested


def edge_ends(
    version: GraphVersion, edges: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(sources int64[n], targets int64[n]), -1 for -1; deleted edges keep theirs."""
    return _numbers(version, edges, SOURCE), _numbers(version, edges, TARGET)


def _numbers(version: GraphVersion, edges: NDArray[np.int64], key: str) -> NDArray[np.int64]:
    column = edge_property(version, edges, key)
    if column.kind is Kind.NULL:
        return np.full(len(edges), -1, np.int64)
    numbers: NDArray[np.int64] = column.data
    return numbers if column.valid is None else np.where(column.valid, numbers, -1)


def edge_type(version: GraphVersion, edge: int) -> str:
    """The type of one edge; a deleted one keeps it."""
    token = _value(version.edges, edge, TYPE)
    assert isinstance(token, int)
    return version.types[token]


def edge_types(version: GraphVersion, edges: NDArray[np.int64]) -> Column:
    """The type of each edge, as a STRING column; deleted edges keep theirs."""
    numbers = _numbers(version, edges, TYPE)
    known = numbers >= 0
    if not known.any():
        return cols.nulls(len(edges))
    return Words(np.maximum(numbers, 0), version.types, known)


def have_types(
    version: GraphVersion, edges: NDArray[np.int64], types: tuple[str, ...]
) -> NDArray[np.bool_]:
    """bool[n]: whether the type of each edge is one of `types` (`()`: any)."""
    if not types:
        return np.ones(len(edges), np.bool_)
    tokens = [token for token, name in enumerate(version.types) if name in types]
    return np.isin(_numbers(version, edges, TYPE), tokens)


def edge_ids(version: GraphVersion, edges: NDArray[np.int64]) -> Column:
    """The id of each edge: a text made of its number."""
    del version  # The signature of all readers; the id of an edge is the same in all versions.
    if len(edges) <= _SMALL_ROWS:
        return cols.from_values(
            [None if edge < 0 else EDGE_ID_PREFIX + str(edge) for edge in edges.tolist()]
        )
    digits = pa.array(edges).cast(STRING)
    texts = pc.binary_join_element_wise(
        pa.scalar(EDGE_ID_PREFIX, STRING), digits, pa.scalar("", STRING)
    )
    return cols.masked(Column(Kind.STRING, texts, None), edges >= 0)


def parse_edge_id(text: str) -> int:
    """The number in the id of an edge; -1 where it is no such id."""
    digits = text.removeprefix(EDGE_ID_PREFIX)
    if digits == text or not digits.isascii() or not digits.isdigit() or len(digits) > 18:
        return -1
    number = int(digits)
    return number if str(number) == digits else -1
