"""Edges between pairs of nodes.

Above: `read`. Below: `search`, `kernels/probing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.graph.search import table_of
from seaglass.engine.kernels import probing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.graph.expand import Direction
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.interrupt import Interrupt


class Between:
    """Finds edges of `types` (() for all) in `direction` between nodes of one version."""

    def __init__(self, version: GraphVersion, types: tuple[str, ...], direction: Direction) -> None:
        # It has the arrays to which the table points.
        self._version = version
        self._table = table_of(version, types, direction)
        self._both = direction == "both"

    def edges(
        self, sources: NDArray[np.int64], targets: NDArray[np.int64], interrupt: Interrupt
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The edges from each source to its target.

        Args: sources, targets: int64[n], nodes
        Returns: int64[m] the places of the pairs, ascending; int64[m] their edges; a loop once
        Raises: Interrupted when the query must end
        Cost: as `probing.probe`.
        """
        shape = (len(self._table[0]), len(sources))
        found = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        probing.probe(self._table, (sources, targets), found, interrupt.flag, loops_once=self._both)
        interrupt.check()
        counts = found[1].sum(axis=0)
        rows = np.repeat(np.arange(len(sources)), counts)
        return rows, probing.edges_at(self._table, sources, found, len(rows))
