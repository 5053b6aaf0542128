"""Small graphs with directions and weights, and the rows that kernels take, for oracles in plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from hypothesis import strategies as st

if TYPE_CHECKING:
    from numpy.typing import NDArray

Edge: TypeAlias = tuple[int, int, float]
Links: TypeAlias = "tuple[NDArray[np.int64], NDArray[Any], NDArray[np.float64]]"
Plain: TypeAlias = tuple[int, list[Edge]]


@st.composite
def plain_graphs(draw: st.DrawFn, nodes_max: int = 12) -> Plain:
    """Up to so many nodes with loops, parallel edges and weights of quarters, 0 among them."""
    nodes = draw(st.integers(1, nodes_max))
    node = st.integers(0, nodes - 1)
    weight = st.integers(0, 8).map(lambda quarters: quarters / 4)
    return nodes, draw(st.lists(st.tuples(node, node, weight), max_size=3 * nodes))


def links_of(graph: Plain, *, back: bool = False, weighted: bool = True) -> Links:
    """One row per node of where its edges lead, or of where they come from."""
    nodes, edges = graph
    rows: list[list[tuple[int, float]]] = [[] for _ in range(nodes)]
    for source, target, weight in edges:
        rows[target if back else source].append((source if back else target, weight))
    flat = [entry for row in rows for entry in sorted(row)]
    indptr = np.zeros(nodes + 1, np.int64)
    np.cumsum([len(row) for row in rows], out=indptr[1:])
    weights = [weight for _, weight in flat] if weighted else []
    neighbours = np.array([neighbour for neighbour, _ in flat], np.int32)
    return indptr, neighbours, np.array(weights, np.float64)
