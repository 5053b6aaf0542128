"""Similarity of pairs of nodes by their neighbours.

Above: `catalogue`. Below: `projection`, `graph/expand`, `kernels/overlaps`.
The first node of the first list goes with the first one of the second, and so on; one without a
partner, or whose partner is not there, gives nothing. Neighbours are distinct nodes. All pairs of a
call are looked at together, and only their nodes' edges are read.
Source: spec 05 section 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from seaglass.engine.algo.projection import nodes_kept, selection_of
from seaglass.engine.algo.run import Piece
from seaglass.engine.graph.expand import degrees, expand
from seaglass.engine.kernels.csr import counting_order
from seaglass.engine.kernels.overlaps import count_common
from seaglass.engine.values import column as cols
from seaglass.engine.values.singles import singles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from seaglass.engine.algo.run import Given, Listed, Run
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.options import Settings

    Counts: TypeAlias = NDArray[np.int64]

# What is held an edge while neighbours are put in order: rows, nodes, edges, and two copies.
_ENTRY_BYTES = 64


def common(run: Run, given: Given) -> Iterator[Piece]:
    """How many neighbours both nodes of each pair have."""
    return _compared(run, given, "common", lambda both, _first, _second: cols.ints(both))


def total(run: Run, given: Given) -> Iterator[Piece]:
    """How many neighbours the nodes of each pair have together."""
    return _compared(
        run, given, "total", lambda both, first, second: cols.ints(first + second - both)
    )


def jaccard(run: Run, given: Given) -> Iterator[Piece]:
    """The share of the neighbours of a pair that both have, in 32 bits; 0 where there are none."""
    return _compared(
        run, given, "score", lambda both, first, second: _share(both, first + second - both)
    )


def overlap(run: Run, given: Given) -> Iterator[Piece]:
    """The share of the neighbours of the node that has fewer that both have, in 32 bits; 0 where it
    has none."""
    return _compared(
        run, given, "score", lambda both, first, second: _share(both, np.minimum(first, second))
    )


def _share(part: Counts, whole: Counts) -> Column:
    return cols.floats(singles(part / np.maximum(whole, 1)))


def _compared(
    run: Run, given: Given, name: str, score: Callable[[Counts, Counts, Counts], Column]
) -> Iterator[Piece]:
    """Args: score: of what both have, what the first ones have, and what the second ones have"""
    rows, firsts, seconds = pairs_of(*given.lists)
    if not len(rows):
        return
    nodes, places = np.unique(np.concatenate([firsts, seconds]), return_inverse=True)
    first, second = places[: len(rows)], places[len(rows) :]
    flat = _neighbours(run, given.settings, nodes)
    both, sizes = count_common(flat, (first, second), run.interrupt.flag)
    run.interrupt.check()
    yield Piece(rows, {name: score(both, sizes[first], sizes[second])})


def pairs_of(one: Listed, other: Listed) -> tuple[Counts, Counts, Counts]:
    """The rows of pairs, their first and their second nodes: those at the same place of a row."""
    most = 1 + max(int(listed.places.max(initial=0)) for listed in (one, other))
    keys = one.rows * most + one.places, other.rows * most + other.places
    _, here, there = np.intersect1d(*keys, assume_unique=True, return_indices=True)
    return one.rows[here], one.nodes[here], other.nodes[there]


def _neighbours(
    run: Run, settings: Settings, nodes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """A flat CSR of the neighbours of each node that have the label, ascending in a row."""
    selection = selection_of(settings)
    chosen = run.version, nodes, selection.edge_labels, selection.direction
    run.charge(_ENTRY_BYTES * int(degrees(*chosen).sum()))
    found = expand(*chosen)
    run.interrupt.check()
    rows, neighbours = found.rows, found.nodes
    kept = nodes_kept(run.version, selection.vertex_labels) if selection.vertex_labels else None
    if kept is not None:
        rows, neighbours = rows[kept[neighbours]], neighbours[kept[neighbours]]
    indptr = np.searchsorted(rows, np.arange(len(nodes) + 1))
    if np.all((np.diff(neighbours) >= 0) | (np.diff(rows) > 0)):
        return indptr, neighbours
    if len(neighbours) < run.version.next_node:
        return indptr, neighbours[np.lexsort((neighbours, rows))]
    order = counting_order(neighbours, run.version.next_node, np.arange(len(neighbours)))[0]
    run.interrupt.check()
    return indptr, neighbours[counting_order(rows, len(nodes), order)[0]]
