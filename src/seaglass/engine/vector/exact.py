"""The nearest vectors, found by looking at all of them: what approximate search is measured by.

Above: `search`. Below: `kernels/vectors`, `graph/vectors`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.kernels.vectors import look_through, new_heap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from seaglass.engine.graph.vectors import VectorPart
    from seaglass.engine.kernels.vectors import Heap
    from seaglass.engine.values.interrupt import Interrupt

_ALL = np.zeros(0, np.bool_)


def look_at(
    parts: Iterable[VectorPart],
    query: NDArray[np.float32],
    heap: Heap,
    among: NDArray[np.bool_] | None,
    interrupt: Interrupt,
) -> None:
    """Puts the nearest vectors of the parts into a heap of `kernels/vectors`.

    Args: query: float32[d]; among: bool[nodes], which nodes are meant; None: all
    Raises: what the interrupt raises
    """
    for part in parts:
        shown = part.shown
        if among is not None:
            meant = among[part.nodes]
            shown = meant if shown is None else shown & meant
        numbers = part.nodes, part.numbers, _ALL if shown is None else shown
        look_through(numbers, query, heap, interrupt.flag)
        interrupt.check()


def in_order(heap: Heap) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Nodes and squared distances of a heap, the nearest first."""
    distances, nodes = heap
    found = nodes >= 0
    nodes, distances = nodes[found], distances[found]
    order = np.lexsort((nodes, distances))
    return nodes[order], distances[order]


def nearest(
    parts: Iterable[VectorPart],
    query: NDArray[np.float32],
    count: int,
    among: NDArray[np.bool_] | None,
    interrupt: Interrupt,
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """The `count` nearest, the nearest first; of equal distances, the lower node first."""
    heap = new_heap(count)
    look_at(parts, query, heap, among, interrupt)
    return in_order(heap)
