"""Apply a change to a version: pure; the only place where changes become versions.

Above: the engine's commit and recovery. Below: `apply_edges`, `groups`, `id_index`, `vectors`.

A change of one row costs the same in a graph of any size: it makes a new patch in one or a few
groups, and new tuples of groups. A change of many rows makes chunks.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

import numpy as np

from seaglass.engine.graph import group_edit, groups
from seaglass.engine.graph.apply_edges import create_edges, delete_edges
from seaglass.engine.graph.by_group import by_group
from seaglass.engine.graph.delta import (
    CreateEdges,
    CreateNodes,
    DeleteEdges,
    DeleteNodes,
    RemoveVectors,
    SetEdgeProperty,
    SetLabels,
    SetNodeProperty,
    SetVectors,
)
from seaglass.engine.graph.entities import has_labels, node_ids, node_labels
from seaglass.engine.graph.group import ID, Group
from seaglass.engine.values.parts import distinct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from immutables import Map
    from numpy.typing import NDArray

    from seaglass.engine.graph.delta import Change
    from seaglass.engine.graph.vectors import Vectors
    from seaglass.engine.graph.version import GraphVersion

# Up to this many nodes, one at a time is quicker than arrays.
_SMALL_NODES = 8


def apply(version: GraphVersion, change: Change) -> GraphVersion:
    """The version after the change, which obeys the invariants of `delta`.

    Cost: tens of microseconds for one row; a few microseconds a row for thousands, less for
    millions.
    """
    match change:
        case CreateNodes():
            return _create_nodes(version, change)
        case CreateEdges():
            return create_edges(version, change)
        case SetNodeProperty(nodes, key, values):
            return version.with_nodes(groups.with_values(version.nodes, nodes, key, values))
        case SetEdgeProperty(edges, key, values):
            return version.with_edges(groups.with_values(version.edges, edges, key, values))
        case SetLabels():
            return _set_labels(version, change)
        case SetVectors(nodes, numbers):
            assert version.vectors is not None
            return _with_vectors(version, version.vectors.with_vectors(nodes, numbers))
        case RemoveVectors(nodes):
            assert version.vectors is not None
            return _with_vectors(version, version.vectors.without(nodes))
        case DeleteNodes():
            return _delete_nodes(version, change)
        case DeleteEdges():
            return delete_edges(version, change)
        case _:
            assert_never(change)


def _create_nodes(version: GraphVersion, change: CreateNodes) -> GraphVersion:
    assert change.first == version.next_node
    assert change.count == len(change.ids) > 0
    columns = {ID: change.ids, **change.properties}
    counts = version.label_counts
    for label in change.labels:
        counts = counts.set(label, counts.get(label, 0) + change.count)
    return version.with_new_nodes(
        groups.with_rows(version.nodes, change.first, change.labels, columns),
        change.count,
        counts,
        version.ids.with_ids(change.ids, change.first),
    )


def _set_labels(version: GraphVersion, change: SetLabels) -> GraphVersion:
    nodes = change.nodes
    if len(nodes) > 1:
        nodes = distinct(nodes)
    counts: dict[str, int] = {}
    for label in change.added:
        counts[label] = int(np.count_nonzero(~has_labels(version, nodes, (label,))))
    for label in change.removed:
        counts[label] = -int(np.count_nonzero(has_labels(version, nodes, (label,))))

    def edit(group: Group, rows: NDArray[np.int64], _: object) -> Group:
        return group_edit.with_labels(group, rows, change.added, change.removed)

    return replace(
        version,
        number=version.number + 1,
        nodes=groups.edited(version.nodes, nodes, edit),
        label_counts=_counted(version.label_counts, counts),
    )


def _delete_nodes(version: GraphVersion, change: DeleteNodes) -> GraphVersion:
    nodes = change.nodes

    def edit(group: Group, rows: NDArray[np.int64], _: object) -> Group:
        return group_edit.without_rows(group, rows)

    lost = {label: -count for label, count in _label_counts(version, nodes).items()}
    return replace(
        version,
        number=version.number + 1,
        nodes=groups.edited(version.nodes, nodes, edit),
        node_count=version.node_count - len(nodes),
        label_counts=_counted(version.label_counts, lost),
        ids=version.ids.without(node_ids(version, nodes), nodes),
        vectors=None if version.vectors is None else version.vectors.without(nodes),
    )


def _with_vectors(version: GraphVersion, vectors: Vectors) -> GraphVersion:
    return replace(version, number=version.number + 1, vectors=vectors)


def _label_counts(version: GraphVersion, nodes: NDArray[np.int64]) -> Counter[str]:
    """How many of the nodes have each label."""
    counts: Counter[str] = Counter()
    if len(nodes) <= _SMALL_NODES:
        for node in nodes.tolist():
            counts.update(node_labels(version, node))
        return counts
    for part in by_group(nodes).parts:
        group = version.nodes[part.group]
        for label in group.label_names():
            bits = group.label_bits(label)
            if bits is not None:
                counts[label] += int(np.count_nonzero(bits[part.rows]))
    return counts


def _counted(counts: Map[str, int], changes: Mapping[str, int]) -> Map[str, int]:
    """The counts after the changes, without those that are 0."""
    for label, change in changes.items():
        count = counts.get(label, 0) + change
        if count:
            counts = counts.set(label, count)
        elif label in counts:
            counts = counts.delete(label)
    return counts
