"""A version: everything that a graph holds at one moment, as an immutable value.

Above: `apply`, `read`, `fold`, `check`, `builder`, snapshots, the engine. Below: `group`,
`adjacency`, `id_index`, `vectors`.

    GraphVersion
      nodes, edges    tuple of Group: numbers g * GROUP_ROWS ... of the g-th
      adjacency       edge type -> TypeAdjacency: Links of each group of nodes, both ways
      ids             IdIndex: `~id` -> node
      types           names of edge types by token, in order of first use; one is never taken away
      label_counts    label -> nodes that have it, at least 1

All chunks hang on it as `ChunkRef`s: `group.base.columns / labels / alive`, `links.base`,
`ids.slots[...].base`; the rest are small values.

Invariants: numbers below `next_node` / `next_edge` have been given, and none is ever given twice;
groups hold all of them: all but the last are full. `number` counts the changes since the graph was
empty; it is not part of the content. `check.check` proves all this. `derived` is no part of it
either: what has been found out about a version, for as long as it lives.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from immutables import Map

from seaglass.engine.graph.id_index import IdIndex
from seaglass.engine.graph.vectors import Vectors

if TYPE_CHECKING:
    from seaglass.engine.graph.adjacency import TypeAdjacency
    from seaglass.engine.graph.group import Group


@dataclass(slots=True, eq=False)
class GraphVersion:
    """The tree that the module describes, and its counts.

    `Final` for frozen, as in `column`: a small commit makes one of these, and setting frozen fields
    takes three times as long.
    """

    number: Final[int]
    nodes: Final[tuple[Group, ...]]
    edges: Final[tuple[Group, ...]]
    next_node: Final[int]
    next_edge: Final[int]
    node_count: Final[int]
    edge_count: Final[int]
    label_counts: Final[Map[str, int]]
    types: Final[tuple[str, ...]]
    adjacency: Final[Map[str, TypeAdjacency]]
    ids: Final[IdIndex]
    vectors: Final[Vectors | None]
    derived: Final[dict[object, object]] = field(default_factory=dict, init=False, repr=False)

    def with_nodes(self, nodes: tuple[Group, ...]) -> GraphVersion:
        """The next version, with other values in the nodes that there are."""
        return self._with_groups(nodes, self.edges)

    def with_new_nodes(
        self,
        nodes: tuple[Group, ...],
        count: int,
        label_counts: Map[str, int],
        ids: IdIndex,
    ) -> GraphVersion:
        """The next version, with `count` more nodes, which the others hold already."""
        # Not `dataclasses.replace`, as below.
        return GraphVersion(
            self.number + 1,
            nodes,
            self.edges,
            self.next_node + count,
            self.next_edge,
            self.node_count + count,
            self.edge_count,
            label_counts,
            self.types,
            self.adjacency,
            ids,
            self.vectors,
        )

    def with_edges(self, edges: tuple[Group, ...]) -> GraphVersion:
        """The next version, with other values in the edges that there are."""
        return self._with_groups(self.nodes, edges)

    def _with_groups(self, nodes: tuple[Group, ...], edges: tuple[Group, ...]) -> GraphVersion:
        # Not `dataclasses.replace`: it takes four times as long, a tenth of a small commit.
        return GraphVersion(
            self.number + 1,
            nodes,
            edges,
            self.next_node,
            self.next_edge,
            self.node_count,
            self.edge_count,
            self.label_counts,
            self.types,
            self.adjacency,
            self.ids,
            self.vectors,
        )


def empty(dimension: int | None = None) -> GraphVersion:
    """The version of a new graph. Args: dimension: of its vectors; None: it takes none"""
    vectors = None if dimension is None else Vectors.empty(dimension)
    return GraphVersion(0, (), (), 0, 0, 0, 0, Map(), (), Map(), IdIndex.empty(), vectors)


def with_vectors(version: GraphVersion, dimension: int) -> GraphVersion:
    """The next version, which takes vectors; the same one where it takes them already."""
    if version.vectors is not None:
        return version
    return replace(version, number=version.number + 1, vectors=Vectors.empty(dimension))


def emptied(version: GraphVersion) -> GraphVersion:
    """The next version, without nodes and edges."""
    dimension = None if version.vectors is None else version.vectors.dimension
    return replace(empty(dimension), number=version.number + 1)
