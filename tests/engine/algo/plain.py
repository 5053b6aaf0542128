"""Random graphs for algorithms, as plain lists and as a version: what oracles run on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

from seaglass.engine.graph.apply import apply
from seaglass.engine.graph.delta import CreateEdges, CreateNodes, DeleteEdges, DeleteNodes
from seaglass.engine.graph.version import empty
from seaglass.engine.values import column as cols

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.graph.version import GraphVersion

LABELS = ("A", "B")
TYPES = ("R", "S")


@dataclass(frozen=True)
class Edge:
    number: int
    source: int
    target: int
    type: str
    weight: Any


@dataclass(frozen=True)
class Plain:
    """Args: labels: of each node by number, None where it is deleted; edges: those that are left"""

    labels: tuple[frozenset[str] | None, ...]
    edges: tuple[Edge, ...]

    def nodes(self, labels: tuple[str, ...] = ()) -> list[int]:
        """The nodes that have one of the labels; () for all."""
        return [
            node
            for node, has in enumerate(self.labels)
            if has is not None and (not labels or has.intersection(labels))
        ]

    def links(
        self, direction: str, types: tuple[str, ...] = (), labels: tuple[str, ...] = ()
    ) -> Iterator[tuple[int, int, Edge]]:
        """(from, to, edge) for each step that may be taken to a node of the labels."""
        kept = set(self.nodes(labels))
        for edge in self.edges:
            if types and edge.type not in types:
                continue
            if direction != "inbound" and edge.target in kept:
                yield edge.source, edge.target, edge
            if direction != "outbound" and edge.source in kept:
                yield edge.target, edge.source, edge

    def version(self) -> GraphVersion:
        """The same graph, with the same numbers; a node's id is its number, its weight is `w`."""
        made, number = empty(), 0
        for node, has in enumerate(self.labels):
            labels = tuple(sorted(has or ()))
            ids = cols.strings([str(node)])
            made = apply(made, CreateNodes(node, 1, labels, ids, {}))
        for edge in self.edges:
            while number < edge.number:
                made = apply(made, CreateEdges(number, TYPES[0], *_pair(0, 0), {}))
                made = apply(made, DeleteEdges(np.array([number])))
                number += 1
            ends = _pair(edge.source, edge.target)
            properties = {} if edge.weight is None else {"w": cols.from_values([edge.weight])}
            made = apply(made, CreateEdges(number, edge.type, *ends, properties))
            number += 1
        gone = [node for node, has in enumerate(self.labels) if has is None]
        return apply(made, DeleteNodes(np.array(gone))) if gone else made


def _pair(source: int, target: int) -> tuple[Any, Any]:
    return np.array([source], np.int64), np.array([target], np.int64)


NO_WEIGHTS = st.none()


@st.composite
def plains(draw: st.DrawFn, weights: st.SearchStrategy[Any] = NO_WEIGHTS) -> Plain:
    """Up to nine nodes, some of them deleted, and up to 24 edges, loops and parallel ones too."""
    has = st.one_of(st.none(), *([st.frozensets(st.sampled_from(LABELS))] * 6))
    labels = tuple(draw(st.lists(has, min_size=1, max_size=9)))
    alive = [node for node, found in enumerate(labels) if found is not None]
    edges: list[Edge] = []
    if alive:
        ends = st.sampled_from(alive)
        kinds = st.sampled_from(TYPES)
        number = 0
        for source, target, kind, weight, skipped in draw(
            st.lists(st.tuples(ends, ends, kinds, weights, st.integers(0, 5)), max_size=24)
        ):
            number += skipped == 5
            edges.append(Edge(number, source, target, kind, weight))
            number += 1
    return Plain(labels, tuple(edges))


DIRECTIONS = st.sampled_from(["outbound", "inbound", "both"])
SOME_TYPES = st.sampled_from([(), ("R",), ("S",), ("R", "S"), ("T",), ("R", "T")])
SOME_LABELS = st.sampled_from([(), ("A",), ("B",), ("A", "B"), ("C",)])
WEIGHTS = st.sampled_from([None, 0, 1, 1, 2, 3, 7, 0.5, 2.0, 2.75, "heavy", True])
"""What `w` may be: missing, numbers of both types, and what is no number."""
