"""Rows for Python programs: values with nodes, relationships and paths as plain objects of their own.

Above: result. Below: graph/read. `values.types.Node` is a number that means something only together with a version; the
classes here carry what they show, so they stay true when the graph moves on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.engine.graph import read
from seaglass.engine.values import types
from seaglass.engine.values.frame import Row
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from seaglass.engine.graph.version import GraphVersion
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
        return [{name: _plain(value, version) for name, value in frame.values.items()}]
    if frame.rows == 1:
        return [{name: _plain(frame.columns[name].value(0), version) for name in columns}]
    lists = []
    for name in columns:
        column = frame.columns[name]
        values: list[Any] = column.to_list()
        if column.kind in _OF_ENTITIES:
            values = [_plain(value, version) for value in values]
        lists.append(values)
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]


# Kinds of columns whose values may hold entities.
_OF_ENTITIES = (Kind.NODE, Kind.EDGE, Kind.MIXED)
_ATOMS = frozenset({str, int, float, bool, type(None)})


def _plain(value: types.Value, version: GraphVersion) -> Any:
    if type(value) in _ATOMS:
        return value
    match value:
        case types.Node():
            return _node(value, version)
        case types.Edge():
            return _relationship(value, version)
        case types.Path():
            nodes = tuple(_node(node, version) for node in value.nodes)
            return Path(nodes, tuple(_relationship(edge, version) for edge in value.edges))
        case list():
            return [_plain(item, version) for item in value]
        case dict():
            return {key: _plain(item, version) for key, item in value.items()}
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
