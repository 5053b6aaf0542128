"""The nodes at the other ends of steps from many nodes, each once.

Above: `read`. Below: `expand`, `segment_table`, `kernels/marking`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from seaglass.engine.graph.entities import all_have_labels, has_labels
from seaglass.engine.graph.expand import adjacencies
from seaglass.engine.kernels.marking import marked, new_marks

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from seaglass.engine.graph.expand import Direction
    from seaglass.engine.graph.version import GraphVersion

_SIDES: dict[Direction, tuple[Literal["out", "in"], ...]] = {
    "out": ("out",),
    "in": ("in",),
    "both": ("out", "in"),
}


class Ends:
    """Where edges of `types` (() for all) lead to in `direction`, in one version.

    Args: check: called now and then; raises when the query must end
    """

    __slots__ = ("_check", "_count", "_marks", "_tables", "_version")

    def __init__(
        self,
        version: GraphVersion,
        types: tuple[str, ...],
        direction: Direction,
        check: Callable[[], None],
    ) -> None:
        self._version = version
        self._tables = [
            adjacency.table(side)
            for adjacency in adjacencies(version, types)
            for side in _SIDES[direction]
        ]
        self._check = check
        self._marks = new_marks(version.next_node)
        self._count = 0

    @staticmethod
    def size_bytes(version: GraphVersion) -> int:
        """What they take."""
        return version.next_node // 8

    def add(self, nodes: NDArray[np.int64], used: NDArray[np.int64]) -> None:
        """The ends of the nodes' edges are among them.

        Args: nodes: int64[n], -1 for none; used: int64[k, n], edges that each must not take
        Cost: some nanoseconds an edge, some microseconds a node whose links have a patch
        """
        for table in self._tables:
            self._count += table.mark(nodes, used, self._marks, self._check)

    def count(self, labels: tuple[str, ...]) -> int:
        """How many there are that have all the labels. Cost: a pass over bits, if there are labels"""
        if not labels or all_have_labels(self._version, labels):
            return self._count
        return int(np.count_nonzero(has_labels(self._version, marked(self._marks), labels)))
