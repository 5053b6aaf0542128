"""A graph as plain dicts, one thing at a time: what versions are compared with."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.engine.graph import delta, read
from seaglass.engine.values import column as cols
from seaglass.engine.values.types import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seaglass.engine.graph.version import GraphVersion


@dataclass
class PlainNode:
    id: str
    labels: set[str]
    properties: dict[str, Any]
    vector: list[float] | None = None


@dataclass
class PlainEdge:
    type: str
    source: int
    target: int
    properties: dict[str, Any]
    alive: bool = True


@dataclass
class PlainGraph:
    """Deleted edges stay, without properties: their type and ends can still be read."""

    nodes: dict[int, PlainNode] = field(default_factory=dict)
    edges: dict[int, PlainEdge] = field(default_factory=dict)
    next_node: int = 0
    next_edge: int = 0

    def copied(self) -> PlainGraph:
        return copy.deepcopy(self)

    def alive_edges(self) -> dict[int, PlainEdge]:
        return {number: edge for number, edge in self.edges.items() if edge.alive}

    def apply(self, change: delta.Change) -> None:
        match change:
            case delta.CreateNodes():
                for place, text in enumerate(change.ids.to_list()):
                    properties = row_of(change.properties, place)
                    node = PlainNode(str(text), set(change.labels), properties)
                    self.nodes[self.next_node] = node
                    self.next_node += 1
            case delta.CreateEdges():
                pairs = zip(change.sources.tolist(), change.targets.tolist(), strict=True)
                for place, (source, target) in enumerate(pairs):
                    properties = row_of(change.properties, place)
                    self.edges[self.next_edge] = PlainEdge(change.type, source, target, properties)
                    self.next_edge += 1
            case delta.SetNodeProperty(numbers, key, values):
                for number, value in zip(numbers.tolist(), values.to_list(), strict=True):
                    put(self.nodes[number].properties, key, value)
            case delta.SetEdgeProperty(numbers, key, values):
                for number, value in zip(numbers.tolist(), values.to_list(), strict=True):
                    put(self.edges[number].properties, key, value)
            case delta.SetLabels():
                for number in change.nodes.tolist():
                    labels = self.nodes[number].labels
                    self.nodes[number].labels = {*labels, *change.added} - {*change.removed}
            case delta.SetVectors(numbers, vectors):
                for number, vector in zip(numbers.tolist(), vectors.tolist(), strict=True):
                    self.nodes[number].vector = vector
            case delta.RemoveVectors(numbers):
                for number in numbers.tolist():
                    self.nodes[number].vector = None
            case delta.DeleteNodes():
                for number in change.nodes.tolist():
                    del self.nodes[number]
            case delta.DeleteEdges():
                for number in change.edges.tolist():
                    self.edges[number].alive = False
                    self.edges[number].properties = {}

    def expanded(self, node: int, types: tuple[str, ...], direction: str) -> list[tuple[int, int]]:
        """(neighbour, edge) of one node in the order that `read.expand` promises."""
        found = []
        for number, edge in self.alive_edges().items():
            if types and edge.type not in types:
                continue
            if direction != "in" and edge.source == node:
                found.append((edge.type, 0, edge.target, number))
            if direction != "out" and edge.target == node:
                if direction == "both" and edge.source == node:
                    continue
                found.append((edge.type, 1, edge.source, number))
        return [(neighbour, edge) for _, _, neighbour, edge in sorted(found)]


def row_of(columns: Any, place: int) -> dict[str, Any]:
    values = {key: column.value(place) for key, column in columns.items()}
    return {key: value for key, value in values.items() if value is not None}


def put(properties: dict[str, Any], key: str, value: Any) -> None:
    properties.pop(key, None)
    if value is not None:
        properties[key] = value


def exact(value: Any) -> Any:
    """Tells 1, 1.0 and True apart."""
    if isinstance(value, list):
        return [exact(item) for item in value]
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    return type(value).__name__, repr(value)


def joined(arrays: Iterator[np.ndarray[Any, Any]]) -> list[int]:
    """All numbers, each array of one group, as promised: not empty."""
    found = list(arrays)
    assert all(len(array) for array in found)
    return [number for array in found for number in array.tolist()]


def assert_same(version: GraphVersion, plain: PlainGraph) -> None:
    """Everything that can be read of the version is what the plain graph has."""
    assert (version.next_node, version.next_edge) == (plain.next_node, plain.next_edge)
    same_counts(version, plain)
    same_nodes(version, plain)
    same_edges(version, plain)
    same_neighbours(version, plain)
    same_vectors(version, plain)


def same_vectors(version: GraphVersion, plain: PlainGraph) -> None:
    assert version.vectors is not None
    vectors = {n: node.vector for n, node in plain.nodes.items() if node.vector is not None}
    assert version.vectors.count == len(vectors)
    assert version.vectors.nodes().tolist() == sorted(vectors)
    every = np.array([*range(plain.next_node), -1, 10**9, *range(0, plain.next_node, 2)])
    has, found = version.vectors.gather(every)
    assert has.tolist() == [number in vectors for number in every.tolist()]
    assert found.tolist() == [vectors[n] for n in every.tolist() if n in vectors]
    parts = {}
    for part in version.vectors.parts():
        shown = np.ones(len(part.nodes), np.bool_) if part.shown is None else part.shown
        for node, numbers, holds in zip(part.nodes, part.numbers, shown, strict=True):
            assert not holds or int(node) not in parts
            if holds:
                parts[int(node)] = numbers.tolist()
    assert parts == vectors


def same_counts(version: GraphVersion, plain: PlainGraph) -> None:
    edges = plain.alive_edges()
    labels = Counter(label for node in plain.nodes.values() for label in node.labels)
    types = Counter(edge.type for edge in edges.values())
    assert read.node_count(version) == len(plain.nodes)
    assert read.edge_count(version) == len(edges)
    assert read.labels(version) == tuple(sorted(labels))
    assert read.types(version) == tuple(sorted(types))
    for label in "ABCD":
        assert read.label_count(version, label) == labels[label]
    for name in "RSTU":
        assert read.type_count(version, name) == types[name]
    assert read.type_counts(version, (), both=False) == sorted(types.items())
    loops = Counter(edge.type for edge in edges.values() if edge.source == edge.target)
    ends = [(name, 2 * types[name] - loops[name]) for name in "RT" if types[name]]
    assert read.type_counts(version, ("T", "none", "R"), both=True) == ends
    keys = Counter(key for node in plain.nodes.values() for key in node.properties)
    assert read.node_key_counts(version) == keys
    assert read.node_keys(version) == tuple(sorted(keys))
    keys = Counter(key for edge in edges.values() for key in edge.properties)
    assert read.edge_key_counts(version) == keys
    assert read.edge_keys(version) == tuple(sorted(keys))


def same_nodes(version: GraphVersion, plain: PlainGraph) -> None:
    numbers = [-1, *range(plain.next_node)]
    nodes = [plain.nodes.get(number) for number in numbers]
    every = np.array(numbers, np.int64)
    backwards = every[::-1]
    ids = [None if node is None else node.id for node in nodes]
    assert read.node_ids(version, every).to_list() == ids
    for key in "xyz":
        values = [None if node is None else node.properties.get(key) for node in nodes]
        assert exact(read.node_property(version, every, key).to_list()) == exact(values)
        found = read.node_property(version, backwards, key).to_list()
        assert exact(found) == exact(values[::-1])
        for one in range(0, len(every), 5):
            assert exact(read.node_property(version, every[one : one + 1], key).to_list()) == exact(
                values[one : one + 1]
            )
    alive = [number in plain.nodes for number in numbers]
    assert read.nodes_alive(version, every).tolist() == alive
    assert read.nodes_alive(version, np.array([plain.next_node, 10**9])).tolist() == [False] * 2
    for labels in ((), ("A",), ("D",), ("A", "B")):
        has = [node is not None and node.labels.issuperset(labels) for node in nodes]
        assert read.has_labels(version, every, labels).tolist() == has
        expected = [number for number, fits in zip(numbers, has, strict=True) if fits]
        assert joined(read.scan_nodes(version, labels)) == expected
    lists = read.labels_column(version, every).to_list()
    assert lists == [
        None if number < 0 else sorted(node.labels if node else ())
        for number, node in zip(numbers, nodes, strict=True)
    ]
    assert read.node_keys_column(version, every).to_list() == keys_of(numbers, nodes)
    for number, node in plain.nodes.items():
        assert exact(read.node_properties(version, number)) == exact(
            dict(sorted(node.properties.items()))
        )
        assert read.node_labels(version, number) == tuple(sorted(node.labels))
        assert read.find_node(version, node.id) == number
    texts = [f"n{number}" for number in range(plain.next_node)] + ["", "absent"]
    by_id = {node.id: number for number, node in plain.nodes.items()}
    places = [by_id.get(text, -1) for text in texts]
    assert read.find_nodes(version, cols.strings(texts)).tolist() == places
    some = [*texts[:2], None, *texts[2:]]
    assert read.find_nodes(version, cols.from_values(some)).tolist() == [
        *places[:2],
        -1,
        *places[2:],
    ]
    assert read.find_nodes(version, cols.mixed([*texts, 1, None])).tolist() == [*places, -1, -1]


def keys_of(numbers: list[int], things: Sequence[PlainNode | PlainEdge | None]) -> list[object]:
    """What keys() gives for each, null for -1."""
    return [
        None if number < 0 else sorted(thing.properties if thing else ())
        for number, thing in zip(numbers, things, strict=True)
    ]


def same_edges(version: GraphVersion, plain: PlainGraph) -> None:
    numbers = [*range(plain.next_edge), -1]
    every = np.array(numbers, np.int64)
    edges = [plain.edges.get(number) for number in numbers]
    assert read.edge_keys_column(version, every).to_list() == keys_of(numbers, edges)
    for key in "vw":
        values = [None if edge is None else edge.properties.get(key) for edge in edges]
        assert exact(read.edge_property(version, every, key).to_list()) == exact(values)
    sources, targets = read.edge_ends(version, every)
    assert sources.tolist() == [-1 if edge is None else edge.source for edge in edges]
    assert targets.tolist() == [-1 if edge is None else edge.target for edge in edges]
    names = [None if edge is None else edge.type for edge in edges]
    assert read.edge_types(version, every).to_list() == names
    alive = [edge is not None and edge.alive for edge in edges]
    assert read.edges_alive(version, every).tolist() == alive
    ids = read.edge_ids(version, every)
    assert ids.kind in (Kind.STRING, Kind.NULL)
    for number, text in zip(numbers[:-1], ids.to_list(), strict=False):
        assert text == f"neptune_reserved_1_{number}"
        assert read.parse_edge_id(str(text)) == number
    for number, edge in plain.edges.items():
        assert read.edge_type(version, number) == edge.type
        expected = dict(sorted(edge.properties.items()))
        assert exact(read.edge_properties(version, number)) == exact(expected)
    for types in ((), ("R",), ("T", "S"), ("Q",)):
        fits = [n for n, e in plain.alive_edges().items() if not types or e.type in types]
        assert joined(read.scan_edges(version, types)) == fits


def same_neighbours(version: GraphVersion, plain: PlainGraph) -> None:
    nodes = [-1, *range(plain.next_node - 1, -1, -1), *range(0, plain.next_node, 3)]
    every = np.array(nodes, np.int64)
    for types in ((), ("R",), ("T", "S"), ("Q",)):
        for direction in ("out", "in", "both"):
            expected = {node: plain.expanded(node, types, direction) for node in set(nodes)}
            counts = [len(expected[node]) for node in nodes]
            assert read.degrees(version, every, types, direction).tolist() == counts
            found = read.expand(version, every, types, direction)
            rows = [
                (row, neighbour, edge)
                for row, node in enumerate(nodes)
                for neighbour, edge in expected[node]
            ]
            columns = (found.rows.tolist(), found.nodes.tolist(), found.edges.tolist())
            assert list(zip(*columns, strict=True)) == rows
            for node in nodes[:4]:
                reached, along = read.expand_one(version, node, types, direction)
                pairs = list(zip(reached.tolist(), along.tolist(), strict=True))
                assert pairs == expected[node]
                assert read.degree_one(version, node, types, direction) == len(pairs)
