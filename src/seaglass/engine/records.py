"""Rows for Python programs: values with nodes, relationships and paths as plain objects of their own.

Above: result. Below: exec/json, exec/alike, graph/read. `values.types.Node` is a number that means something only
together with a version; the classes here carry what they show, so they stay true when the graph moves on.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.engine.exec.alike import alike
from seaglass.engine.exec.json import collect_entities
from seaglass.engine.graph import read
from seaglass.engine.values import types
from seaglass.engine.values.column import Packed
from seaglass.engine.values.dicts import dicts
from seaglass.engine.values.frame import Row
from seaglass.engine.values.lists import Lists
from seaglass.engine.values.maps import Maps
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.frame import Frame


@dataclass(frozen=True, slots=True)
class Node:
    """A node as a query gave it; the id is empty for one that the query has deleted."""

    id: str
    labels: tuple[str, ...]
    properties: dict[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.properties[key]


@dataclass(frozen=True, slots=True)
class Relationship:
    """A relationship as a query gave it; `start` and `end` are ids of nodes."""

    id: str
    type: str
    start: str
    end: str
    properties: dict[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.properties[key]


@dataclass(frozen=True, slots=True)
class Path:
    """Alternating nodes and relationships: one node more than relationships."""

    nodes: tuple[Node, ...]
    relationships: tuple[Relationship, ...]


def frame_records(
    frame: Frame, columns: tuple[str, ...], version: GraphVersion
) -> list[dict[str, Any]]:
    """The rows of a frame as dicts, in order; entities as they are in `version`."""
    if not columns:
        return []
    if type(frame) is Row:
        # Its values stand in the order of the columns.
        if _ATOMS.issuperset(map(type, frame.values.values())):
            return [frame.values]
        known = _Known(version)
        return [{name: _plain(value, known) for name, value in frame.values.items()}]
    with _uncollected():
        if frame.rows == 1:
            return [{name: _one_record(frame.columns[name], version) for name in columns}]
        return dicts(columns, [_column_records(frame.columns[name], version) for name in columns])


@contextmanager
def _uncollected() -> Iterator[None]:
    """No search for garbage while many objects are made, of which none is garbage: Python would go through
    all of them again and again, which takes more time than making them."""
    # Who finds it disabled, by another thread or by the program, leaves it alone.
    paused = gc.isenabled()
    if paused:
        gc.disable()
    try:
        yield
    finally:
        if paused:
            gc.enable()


_ATOMS = frozenset({str, int, float, bool, type(None)})
# Up to here entities are read one by one; past it, one property key at a time for all of them.
_FEW_ENTITIES = 32


def _one_record(column: Column, version: GraphVersion) -> Any:
    value = column.value(0)
    if column.kind is Kind.MIXED:
        return _mixed_records([value], version)[0]
    return _plain(value, _Known(version))


def _column_records(column: Column, version: GraphVersion) -> list[Any]:
    """The values of a column as programs see them."""
    read_all = _READERS.get(column.kind)
    if read_all is None:
        if isinstance(column, Lists):
            return _list_records(column, version)
        if isinstance(column, Maps):
            return _map_records(column, version)
        values = column.to_list()
        if column.kind is not Kind.MIXED:
            return values
        return values if isinstance(column, Packed) else _mixed_records(values, version)
    if column.valid is None:
        return read_all(column.data, version)
    found: list[Any] = [None] * len(column)
    rows = np.flatnonzero(column.valid)
    for row, entity in zip(rows.tolist(), read_all(column.data[rows], version), strict=True):
        found[row] = entity
    return found


def _list_records(column: Lists, version: GraphVersion) -> list[Any]:
    base = column.base
    if base is None:
        # Elements that stand in several rows are an object in each.
        return _mixed_records(column.to_list(), version)
    flat = _column_records(column.items.slice(base, base + column.total), version)
    ends = column.ends.tolist()
    lists: list[Any] = [flat[begin:end] for begin, end in pairwise([0, *ends])]
    for row in np.flatnonzero(column.is_null()).tolist():
        lists[row] = None
    return lists


def _map_records(column: Maps, version: GraphVersion) -> list[Any]:
    maps: list[Any] = dicts(
        column.keys, [_column_records(part, version) for part in column.columns]
    )
    for row in np.flatnonzero(column.is_null()).tolist():
        maps[row] = None
    return maps


def _mixed_records(values: list[types.Value], version: GraphVersion) -> list[Any]:
    """Values which may hold entities: these are read together, however often each stands there."""
    nodes: set[int] = set()
    edges: set[int] = set()
    for value in values:
        collect_entities(value, nodes, edges)
    known = _Known(version)
    for numbers, read_all, held in (
        (nodes, _nodes, known.nodes),
        (edges, _relationships, known.relationships),
    ):
        if len(numbers) > _FEW_ENTITIES:
            order = np.array(sorted(numbers), np.int64)
            held.update(zip(order.tolist(), read_all(order, version), strict=True))
    return [_plain(value, known) for value in values]


@dataclass(slots=True)
class _Known:
    """Entities that have been read, by number. Who asks gets a copy, with properties of
    its own."""

    version: GraphVersion
    nodes: dict[int, Node] = field(default_factory=dict)
    relationships: dict[int, Relationship] = field(default_factory=dict)

    def node(self, node: types.Node) -> Node:
        found = self.nodes.get(node.number)
        if found is None:
            return _node(node, self.version)
        return replace(found, properties=dict(found.properties))

    def relationship(self, edge: types.Edge) -> Relationship:
        found = self.relationships.get(edge.number)
        if found is None:
            return _relationship(edge, self.version)
        return replace(found, properties=dict(found.properties))


def _nodes(numbers: NDArray[np.int64], version: GraphVersion) -> list[Any]:
    """A node for each number, read together: each key once for all of them."""
    if len(numbers) <= _FEW_ENTITIES:
        return [_node(types.Node(number), version) for number in numbers.tolist()]
    ids = _ids(numbers, version)
    words: list[Any] = read.labels_column(version, numbers).to_list()
    labels = [tuple(some) for some in words]
    keys = read.node_keys(version)
    maps = _maps(len(numbers), keys, partial(read.node_property, version, numbers))
    return list(map(Node, ids, labels, maps))


def _relationships(numbers: NDArray[np.int64], version: GraphVersion) -> list[Any]:
    """A relationship for each number, read together."""
    if len(numbers) <= _FEW_ENTITIES:
        return [_relationship(types.Edge(number), version) for number in numbers.tolist()]
    sources, targets = (_ids(ends, version) for ends in read.edge_ends(version, numbers))
    ids: list[Any] = read.edge_ids(version, numbers).to_list()
    words: list[Any] = read.edge_types(version, numbers).to_list()
    keys = read.edge_keys(version)
    maps = _maps(len(numbers), keys, partial(read.edge_property, version, numbers))
    return list(map(Relationship, ids, words, sources, targets, maps))


_READERS: dict[Kind, Callable[[NDArray[np.int64], GraphVersion], list[Any]]] = {
    Kind.NODE: _nodes,
    Kind.EDGE: _relationships,
}


def _ids(nodes: NDArray[np.int64], version: GraphVersion) -> list[Any]:
    return [found or "" for found in read.node_ids(version, nodes).to_list()]


def _maps(
    rows: int, keys: Iterable[str], column_of: Callable[[str], Column]
) -> list[dict[str, Any]]:
    """The properties of each row, in the order of their keys."""
    maps: list[dict[str, Any]] = [{} for _ in range(rows)]
    columns = {key: column_of(key) for key in sorted(keys)}
    parts = alike(columns, rows)
    if parts is None:
        for key, column in columns.items():
            for found, value in zip(maps, column.to_list(), strict=True):
                if value is not None:
                    found[key] = value
        return maps
    for part in parts:
        if not part.columns:
            continue
        some = dicts(tuple(part.columns), [column.to_list() for column in part.columns.values()])
        if part.rows is None:
            return some
        for row, found in zip(part.rows.tolist(), some, strict=True):
            maps[row] = found
    return maps


def _plain(value: types.Value, known: _Known) -> Any:
    if type(value) in _ATOMS:
        return value
    match value:
        case types.Node():
            return known.node(value)
        case types.Edge():
            return known.relationship(value)
        case types.Path():
            nodes = tuple(map(known.node, value.nodes))
            return Path(nodes, tuple(map(known.relationship, value.edges)))
        case list():
            return [_plain(item, known) for item in value]
        case dict():
            return {key: _plain(item, known) for key, item in value.items()}
        case _:
            return value


def _node(node: types.Node, version: GraphVersion) -> Node:
    labels = read.node_labels(version, node.number)
    return Node(_node_id(version, node.number), labels, read.node_properties(version, node.number))


def _relationship(edge: types.Edge, version: GraphVersion) -> Relationship:
    numbers = np.array([edge.number], np.int64)
    sources, targets = read.edge_ends(version, numbers)
    edge_id = read.edge_ids(version, numbers).value(0)
    return Relationship(
        str(edge_id),
        read.edge_type(version, edge.number),
        _node_id(version, int(sources[0])),
        _node_id(version, int(targets[0])),
        read.edge_properties(version, edge.number),
    )


def _node_id(version: GraphVersion, number: int) -> str:
    """The `~id`; empty for a node that the query has deleted, which has none any more."""
    found = read.node_ids(version, np.array([number], np.int64)).value(0)
    return found if isinstance(found, str) else ""
