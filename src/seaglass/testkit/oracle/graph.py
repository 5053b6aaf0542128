"""The oracle's graph: dicts by number, in order of creation.

Above: patterns, expressions, writes. Below: `engine/values/types`, values.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from seaglass.testkit.oracle.values import wrong

if TYPE_CHECKING:
    from seaglass.engine.values.types import Value


@dataclass
class PlainNode:
    id: str
    labels: set[str]
    properties: dict[str, Value]


@dataclass
class PlainEdge:
    type: str
    source: int
    target: int
    properties: dict[str, Value]


@dataclass
class PlainGraph:
    """Numbers are never used again.

    Attributes: gone: relationships that are deleted, of which a query may still ask the type
    """

    nodes: dict[int, PlainNode] = field(default_factory=dict)
    edges: dict[int, PlainEdge] = field(default_factory=dict)
    next_node: int = 0
    next_edge: int = 0
    gone: dict[int, PlainEdge] = field(default_factory=dict)

    def add_node(self, node: PlainNode) -> int:
        self.nodes[self.next_node] = node
        self.next_node += 1
        return self.next_node - 1

    def add_edge(self, edge: PlainEdge) -> int:
        self.edges[self.next_edge] = edge
        self.next_edge += 1
        return self.next_edge - 1

    def node(self, number: int) -> PlainNode:
        """Raises: Wrong where it is deleted"""
        return self.nodes.get(number) or wrong("a deleted node")

    def edge(self, number: int) -> PlainEdge:
        """Raises: Wrong where it is deleted"""
        return self.edges.get(number) or wrong("a deleted relationship")

    def edges_of(self, node: int) -> list[int]:
        return [n for n, edge in self.edges.items() if node in (edge.source, edge.target)]
