"""Nodes and edges found by the values of their properties.

Above: `read`. Below: `value_index`, `lookup`, `entities`.
Each group is looked up by itself: its chunks through their value indexes, and what its patch decides
value by value. All functions give a superset of what the conditions are true for, and callers apply
the conditions; they differ from a scan in what they leave out alone. `seek_node` is exact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.base import limits
from seaglass.engine.graph.entities import edges_alive, has_labels, have_types
from seaglass.engine.graph.lookup import nodes_of_group
from seaglass.engine.graph.value_index import Builds, ValueIndex, index_of, rows_equal, rows_of
from seaglass.engine.values.equality import equal
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from seaglass.engine.graph.group import Group
    from seaglass.engine.graph.value_range import Wanted
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.types import Value

    # Rows of a question, and the node that each may lead to.
    Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]

_NONE = np.empty(0, np.int64)
# So few rows are enough: the conditions on other keys need not make them fewer.
_FEW_ROWS = 64
_TOGETHER_ROWS = 1_024
_TYPED = (Kind.INT, Kind.FLOAT, Kind.STRING)


def seek_nodes(
    version: GraphVersion,
    labels: tuple[str, ...],
    wanted: Mapping[str, Wanted],
    check: Callable[[], None],
) -> Iterator[NDArray[np.int64]]:
    """The nodes that have all the labels, but for some that the conditions are not true for.

    Args:
        wanted: by property key, at least one
        check: called often; raises when the query must end
    Returns: ascending arrays, none empty
    Cost: where few nodes fit and there are indexes, some 2 us a group, and a microsecond a node
    """
    builds = Builds()
    small = _is_small(version)
    # What few nodes each group has is given together: a frame costs more than finding it.
    waiting: list[NDArray[np.int64]] = []
    count = 0
    for place, group in enumerate(version.nodes):
        check()
        if not group.patch and not group.base.labels.keys() >= set(labels):
            continue
        rows = None if small else _rows(group, wanted, builds)
        if rows is not None:
            if len(rows):
                waiting.append(rows + place * limits.GROUP_ROWS)
                count += len(rows)
            if count < _TOGETHER_ROWS:
                continue
        yield from _alive(version, labels, waiting)
        waiting, count = [], 0
        if rows is None:
            yield from nodes_of_group(group, place, labels)
    yield from _alive(version, labels, waiting)


def _is_small(version: GraphVersion) -> bool:
    """Whether a scan is quicker than any look-up."""
    return len(version.nodes) == 1 and version.nodes[0].rows <= limits.VALUE_INDEX_ROWS_MIN


def seek_node(
    version: GraphVersion, labels: tuple[str, ...], key: str, value: int | float | str
) -> int | None:
    """The only node that has all the labels and the value, as the language says that it is equal.

    Returns: -1 if there is none; None if there are more, or not all groups have an index of the
        key: nothing is built
    Cost: a microsecond or two a group
    """
    if _is_small(version):
        return None
    found = -1
    for place, group in enumerate(version.nodes):
        if not group.patch and not group.base.labels.keys() >= set(labels):
            continue
        ref = group.base.columns.get(key)
        rows = [] if ref is None else rows_equal(ref, value)
        if rows is None:
            return None
        if group.patch:
            rows += [row for row in _decided_of(group, key).rows(value) if row not in rows]
        for row in rows:
            # An index is of the base, and of texts it knows how they begin.
            if equal(group.value(row, key), value) and group.has_labels_at(row, labels):
                if found >= 0:
                    return None
                found = place * limits.GROUP_ROWS + row
    return found


def seek_edges(
    version: GraphVersion,
    types: tuple[str, ...],
    wanted: Mapping[str, Wanted],
    most: int,
    check: Callable[[], None],
) -> NDArray[np.int64] | None:
    """The edges of the types (`()`: all), but for some that the conditions are not true for.

    Args: wanted, check: as `seek_nodes`
    Returns: ascending; None where more than `most` would have to be looked at
    Cost: as `seek_nodes`
    """
    builds = Builds()
    parts = [_NONE]
    count = 0
    for place, group in enumerate(version.edges):
        check()
        rows = _rows(group, wanted, builds)
        if rows is None:
            rows = np.arange(group.rows)
        count += len(rows)
        if count > most:
            return None
        if len(rows):
            parts.append(rows + place * limits.GROUP_ROWS)
    edges = np.concatenate(parts)
    return edges[edges_alive(version, edges) & have_types(version, edges, types)]


def _alive(
    version: GraphVersion, labels: tuple[str, ...], parts: list[NDArray[np.int64]]
) -> Iterator[NDArray[np.int64]]:
    """Of the numbers, those of nodes that have all the labels, as one array; nothing for none."""
    if not parts:
        return
    numbers = parts[0] if len(parts) == 1 else np.concatenate(parts)
    fit = has_labels(version, numbers, labels)
    if fit.any():
        yield numbers[fit]


def _rows(group: Group, wanted: Mapping[str, Wanted], builds: Builds) -> NDArray[np.int64] | None:
    """The rows that the conditions may be true for; None where they leave out too little."""
    found: NDArray[np.int64] | None = None
    for key, values in wanted.items():
        rows = _rows_of_key(group, key, values, builds)
        if rows is not None:
            found = rows if found is None else np.intersect1d(found, rows, assume_unique=True)
            if len(found) <= _FEW_ROWS:
                break
    return found


def _rows_of_key(
    group: Group, key: str, wanted: Wanted, builds: Builds
) -> NDArray[np.int64] | None:
    columns = group.base.columns
    ref = columns.get(key)
    rows = _NONE if ref is None else rows_of(ref, columns, wanted, builds)
    if rows is None or not group.patch:
        return rows
    decided = _decided(group, key)
    if len(rows) and decided:
        rows = _undecided(rows, decided)
    more = [row for row, value in decided.items() if wanted.may_hold(value)]
    return np.sort(np.concatenate([rows, np.array(more, np.int64)])) if more else rows


def _undecided(rows: NDArray[np.int64], decided: Mapping[int, Value]) -> NDArray[np.int64]:
    if len(rows) <= _FEW_ROWS:
        return np.array([row for row in rows.tolist() if row not in decided], np.int64)
    return rows[~np.isin(rows, np.fromiter(decided, np.int64, len(decided)))]


class _Decided:
    """The rows whose value of one key is in the patch: the values, and by the value."""

    __slots__ = ("_rows", "values")

    def __init__(self, values: dict[int, Value]) -> None:
        self.values = values
        self._rows: dict[int | float | str, list[int]] | None = None

    def rows(self, value: int | float | str) -> list[int]:
        """The rows whose value is a number or text and equal to this one."""
        rows = self._rows
        if rows is None:
            rows = {}
            for row, one in self.values.items():
                if isinstance(one, int | float | str) and not isinstance(one, bool):
                    rows.setdefault(one, []).append(row)
            self._rows = rows
        return rows.get(value, [])


def _decided(group: Group, key: str) -> Mapping[int, Value]:
    return _decided_of(group, key).values


def _decided_of(group: Group, key: str) -> _Decided:
    """Made once for a group, and for those that come of it while nothing else is set than values of
    other keys."""
    kept = group.decided.get(key)
    if not isinstance(kept, _Decided):
        patch = group.patch.items()
        kept = _Decided({row: one.values[key] for row, one in patch if key in one.values})
        group.decided[key] = kept
    return kept


def seek_pairs(
    version: GraphVersion, labels: tuple[str, ...], key: str, values: Column, pairs_max: int
) -> Pairs | None:
    """Each of many values with the nodes that have all the labels and may have this value.

    Returns: rows of `values`, ascending, and for each its nodes, ascending; None where the values
        or those of the nodes are of types that are not indexed, or there are more pairs
    Cost: some 100 ns a value and group, where there are indexes
    """
    if values.kind is Kind.NULL:
        return _NONE, _NONE
    if values.kind not in _TYPED:
        return None
    by_value: dict[Value, list[int]] = {}
    rows: list[NDArray[np.int64]] = []
    nodes: list[NDArray[np.int64]] = []
    total = 0
    for place, group in enumerate(version.nodes):
        if not group.patch and not group.base.labels.keys() >= set(labels):
            continue
        if group.patch and not by_value:
            for row, value in enumerate(values.to_list()):
                by_value.setdefault(value, []).append(row)
        found = _pairs(group, key, values, by_value, pairs_max - total)
        if found is None:
            return None
        numbers = found[1] + place * limits.GROUP_ROWS
        fit = has_labels(version, numbers, labels)
        rows.append(found[0][fit])
        nodes.append(numbers[fit])
        total += len(found[0])
    if not rows:
        return _NONE, _NONE
    of_row, of_node = np.concatenate(rows), np.concatenate(nodes)
    order = np.lexsort((of_node, of_row))
    return of_row[order], of_node[order]


def _pairs(
    group: Group,
    key: str,
    values: Column,
    by_value: Mapping[Value, list[int]],
    pairs_max: int,
) -> Pairs | None:
    """Of one group: rows of `values`, and rows of the group."""
    ref = group.base.columns.get(key)
    of_value, of_group = _NONE, _NONE
    if ref is not None:
        kind = ref.get().kind
        if kind not in _TYPED and kind is not Kind.NULL:
            return None
        index = None
        if kind is not Kind.NULL:
            # Many questions at once: worth an index at once.
            index = index_of(ref, group.base.columns, max(2, len(values)), Builds(1))
        if isinstance(index, ValueIndex):
            begin, end = index.places(values)
            counts = end - begin
            total = int(counts.sum())
            if total > pairs_max:
                return None
            of_value = np.repeat(np.arange(len(values)), counts)
            within = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
            of_group = index.order[begin[of_value] + within].astype(np.int64)
    if not group.patch:
        return of_value, of_group
    decided = _decided(group, key)
    if len(of_group) and decided:
        free = ~np.isin(of_group, np.fromiter(decided, np.int64, len(decided)))
        of_value, of_group = of_value[free], of_group[free]
    more = [
        (row, owner)
        for owner, value in decided.items()
        if type(value) in (int, float, str)
        for row in by_value.get(value, ())
    ]
    if len(more) > pairs_max:
        return None
    if more:
        added = np.array(more, np.int64)
        of_value = np.concatenate([of_value, added[:, 0]])
        of_group = np.concatenate([of_group, added[:, 1]])
    return of_value, of_group
