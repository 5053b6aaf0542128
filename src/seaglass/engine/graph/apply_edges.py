"""Edges created and deleted: their rows, and the adjacency of their type both ways.

Above: `apply`. Below: `groups`, `adjacency`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.graph import group_edit, groups
from seaglass.engine.graph.adjacency import Links, TypeAdjacency
from seaglass.engine.graph.by_group import by_group
from seaglass.engine.graph.entities import edge_ends, edge_property
from seaglass.engine.graph.group import SOURCE, TARGET, TYPE, Group
from seaglass.engine.values import column as cols

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.graph.delta import CreateEdges, DeleteEdges
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.kernels.csr import Triples


def create_edges(version: GraphVersion, change: CreateEdges) -> GraphVersion:
    """The version with new edges of one type."""
    count = len(change.sources)
    assert change.first == version.next_edge
    assert count == len(change.targets) > 0
    adjacency = version.adjacency.get(change.type)
    types = version.types
    if adjacency is None:
        adjacency = TypeAdjacency(len(types), 0, (), ())
        types = (*types, change.type)
    columns = {
        SOURCE: cols.ints(change.sources),
        TARGET: cols.ints(change.targets),
        TYPE: cols.ints(np.full(count, adjacency.token, np.int64)),
        **change.properties,
    }
    edges = np.arange(change.first, change.first + count)
    adjacency = TypeAdjacency(
        adjacency.token,
        adjacency.count + count,
        _linked(adjacency.out, (change.sources, change.targets, edges)),
        _linked(adjacency.into, (change.targets, change.sources, edges)),
    )
    return replace(
        version,
        number=version.number + 1,
        edges=groups.with_rows(version.edges, change.first, (), columns),
        next_edge=version.next_edge + count,
        edge_count=version.edge_count + count,
        types=types,
        adjacency=version.adjacency.set(change.type, adjacency),
    )


def delete_edges(version: GraphVersion, change: DeleteEdges) -> GraphVersion:
    """The version without edges."""
    edges = change.edges
    sources, targets = edge_ends(version, edges)
    tokens = edge_property(version, edges, TYPE).data
    adjacencies = version.adjacency
    for token in np.unique(tokens).tolist():
        name = version.types[token]
        adjacency = adjacencies[name]
        chosen = tokens == token
        entries = sources[chosen], targets[chosen], edges[chosen]
        adjacency = TypeAdjacency(
            token,
            adjacency.count - len(entries[2]),
            _unlinked(adjacency.out, entries),
            _unlinked(adjacency.into, (entries[1], entries[0], entries[2])),
        )
        adjacencies = adjacencies.set(name, adjacency)

    def edit(group: Group, rows: NDArray[np.int64], _: object) -> Group:
        return group_edit.without_rows(group, rows)

    return replace(
        version,
        number=version.number + 1,
        edges=groups.edited(version.edges, edges, edit),
        edge_count=version.edge_count - len(edges),
        adjacency=adjacencies,
    )


def _linked(links: tuple[Links, ...], entries: Triples) -> tuple[Links, ...]:
    """All links of a direction with more (node, neighbour, edge) entries."""
    changed = list(links)
    for part in by_group(entries[0]).parts:
        while part.group >= len(changed):
            changed.append(Links.empty())
        neighbours, edges = entries[1][part.places], entries[2][part.places]
        changed[part.group] = changed[part.group].with_added((part.rows, neighbours, edges))
    return tuple(changed)


def _unlinked(links: tuple[Links, ...], entries: Triples) -> tuple[Links, ...]:
    """All links of a direction without the (node, neighbour, edge) entries."""
    changed = list(links)
    for part in by_group(entries[0]).parts:
        neighbours, edges = entries[1][part.places], entries[2][part.places]
        changed[part.group] = changed[part.group].with_removed((part.rows, neighbours, edges))
    return tuple(changed)
