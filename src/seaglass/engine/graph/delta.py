"""Changes to a graph as plain data: what a transaction did, in order.

Above: `engine/exec` makes changes, `engine/commit` writes them to the log. Below: `engine/values`.
A change is columnar: one clause over one frame makes one change per node or edge pattern, of one row or a million.
`apply.apply(version, change)` is the only reader that turns changes into a new version; `codec` turns them to bytes.

Invariants: arrays of one change have one length; ids of created nodes and edges are dense and start at the version's
`next_node` / `next_edge`; changes name only nodes and edges that are alive when they are applied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from seaglass.engine.values.column import Column


@dataclass(slots=True)
class CreateNodes:
    """`count` new nodes, numbered from `first`.

    Args:
        first: number of the first new node, equal to the version's `next_node`
        count: at least 1
        labels: sorted, without duplicates; every node of the change has all of them
        ids: STRING column[count], all valid, unique in the graph: the users' `~id`
        properties: key -> column[count]; a null means that the node lacks the key
    """

    first: Final[int]
    count: Final[int]
    labels: Final[tuple[str, ...]]
    ids: Final[Column]
    properties: Final[Mapping[str, Column]]


@dataclass(slots=True)
class CreateEdges:
    """`len(sources)` new edges of one type, numbered from `first` (= the version's `next_edge`)."""

    first: Final[int]
    type: Final[str]
    sources: Final[NDArray[np.int64]]
    targets: Final[NDArray[np.int64]]
    properties: Final[Mapping[str, Column]]


@dataclass(slots=True)
class SetNodeProperty:
    """`nodes[i].key = values[i]`; a null removes the key. Nodes may repeat: the last wins."""

    nodes: Final[NDArray[np.int64]]
    key: Final[str]
    values: Final[Column]


@dataclass(slots=True)
class SetEdgeProperty:
    """`edges[i].key = values[i]`; a null removes the key. Edges may repeat: the last wins."""

    edges: Final[NDArray[np.int64]]
    key: Final[str]
    values: Final[Column]


@dataclass(frozen=True, slots=True)
class SetLabels:
    """Adds and removes labels of all `nodes`; the two tuples share no label."""

    nodes: NDArray[np.int64]
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetVectors:
    """`vectors[i]` is the embedding of `nodes[i]`. Nodes may repeat: the last wins.

    Args: vectors: float32[n, d], finite, d the version's dimension
    """

    nodes: NDArray[np.int64]
    vectors: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RemoveVectors:
    """Takes the embeddings of nodes away; those that have none stay as they are."""

    nodes: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DeleteNodes:
    """Deletes nodes that have no edges left, and their embeddings. Without duplicates."""

    nodes: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DeleteEdges:
    """Deletes edges. Without duplicates."""

    edges: NDArray[np.int64]


Change = (
    CreateNodes
    | CreateEdges
    | SetNodeProperty
    | SetEdgeProperty
    | SetLabels
    | SetVectors
    | RemoveVectors
    | DeleteNodes
    | DeleteEdges
)
