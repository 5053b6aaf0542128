"""Prove that adjacency is well formed, and says the same as the edges in both directions.

Above: `check`. Below: `adjacency`, `entities`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.base import limits
from seaglass.engine.graph.adjacency import INT32_MAX
from seaglass.engine.graph.entities import edge_ends, nodes_alive
from seaglass.engine.graph.lookup import scan_edges
from seaglass.engine.graph.require import require

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.graph.adjacency import CsrSegment, Links
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.kernels.csr import Triples


def check_adjacency(version: GraphVersion) -> None:
    """Raises: Corrupt(corrupt) naming the first invariant that does not hold"""
    tokens = {name: adjacency.token for name, adjacency in version.adjacency.items()}
    expected = {name: token for token, name in enumerate(version.types)}
    require(tokens == expected, "tokens of edge types")
    for name, adjacency in sorted(version.adjacency.items()):
        edges = np.concatenate([np.zeros(0, np.int64), *scan_edges(version, (name,))])
        require(len(edges) == adjacency.count, f"count of edges of type {name}")
        sources, targets = edge_ends(version, edges)
        for ends in (sources, targets):
            require(bool(nodes_alive(version, ends).all()), f"an edge of {name} leads nowhere")
        for direction, links, here, there in (
            ("out", adjacency.out, sources, targets),
            ("in", adjacency.into, targets, sources),
        ):
            where = f"type {name}, {direction}"
            require(len(links) <= len(version.nodes), f"{where}: groups without nodes")
            found = _entries(where, links)
            order = np.argsort(found[2])
            for one, other in zip(found, (here, there, edges), strict=True):
                same = np.array_equal(one[order], other)
                require(same, f"{where}: entries and edges differ")


def _entries(where: str, found: tuple[Links, ...]) -> Triples:
    """All entries of a direction as (node, neighbour, edge)."""
    triples: list[tuple[NDArray[np.int64], ...]] = [(np.zeros(0, np.int64),) * 3]
    for place, links in enumerate(found):
        _check_segment(f"{where}, group {place}", links.base.get())
        _check_links(f"{where}, group {place}", links)
        segment = links.segment()
        _check_segment(f"{where}, group {place}, merged", segment)
        rows = np.repeat(np.arange(segment.rows), np.diff(segment.indptr))
        first = place * limits.GROUP_ROWS
        triples.append((rows + first, segment.neighbours, segment.edges))
    joined = [np.concatenate(arrays).astype(np.int64) for arrays in zip(*triples, strict=True)]
    return joined[0], joined[1], joined[2]


def _check_segment(where: str, segment: CsrSegment) -> None:
    indptr, neighbours, edges = segment.indptr, segment.neighbours, segment.edges
    require(0 <= segment.rows <= limits.GROUP_ROWS, f"{where}: rows")
    require(int(indptr[0]) == 0 and int(indptr[-1]) == len(edges), f"{where}: ends of indptr")
    require(bool((np.diff(indptr) >= 0).all()), f"{where}: indptr descends")
    require(len(neighbours) == len(edges), f"{where}: neighbours and edges")
    for array in (indptr, neighbours, edges):
        fits = array.max(initial=0) <= INT32_MAX
        require(array.dtype == (np.int32 if fits else np.int64), f"{where}: width of integers")
    rows = np.repeat(np.arange(segment.rows), np.diff(indptr))
    order = np.lexsort((edges, neighbours, rows))
    require(np.array_equal(order, np.arange(len(order))), f"{where}: entries are not in order")


def _check_links(where: str, links: Links) -> None:
    segment = links.base.get()
    changed = 0
    for row, patch in links.patch.items():
        base: set[tuple[int, int]] = set()
        if row < segment.rows:
            part = slice(int(segment.indptr[row]), int(segment.indptr[row + 1]))
            pairs = zip(
                segment.neighbours[part].tolist(), segment.edges[part].tolist(), strict=True
            )
            base.update(pairs)
        for entries in (patch.added, patch.removed):
            ordered = list(entries) == sorted(set(entries))
            require(ordered, f"{where}, row {row}: patch is not in order")
        require(base.issuperset(patch.removed), f"{where}, row {row}: removed what is not there")
        require(base.isdisjoint(patch.added), f"{where}, row {row}: added what is there")
        size = len(patch.added) + len(patch.removed)
        require(size > 0, f"{where}, row {row}: an empty patch")
        changed += size
    require(changed == links.changed, f"{where}: size of the patch")
