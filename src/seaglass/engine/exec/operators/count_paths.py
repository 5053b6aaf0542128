"""CountPaths: how many paths a pattern has, from sums over nodes instead of one row for each path.

Above: `run`. Below: `graph/flat`, `kernels/counting`.
Walks are counted first: of two edges, the paths through a node are its edges in times its edges
out; of three, each edge carries what leads to its source times what leads on from its target. A
walk is no path where it uses an edge twice, and these are few to count: two edges in a row are the
same only where an edge leads back to its own node, the first and the third only where the second
leads back. What is taken off twice is added again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.base.errors import Invalid
from seaglass.engine.graph import read
from seaglass.engine.graph.flat import flat_csr
from seaglass.engine.kernels import counting
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame
from seaglass.engine.values.types import INT_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.kernels.counting import FlatCsr

    Masks = list[NDArray[np.bool_]]

# Rows that a kernel works on before the query may be cancelled: some milliseconds, hubs apart.
_ROWS = 16_384


def count_paths(op: plan.CountPaths, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """CountPaths."""
    for _ in source:
        yield Frame({op.name: cols.from_values([_Counter(op, context).count()])}, 1)


class _Counter:
    """The arrays of one count, and its steps."""

    def __init__(self, op: plan.CountPaths, context: Context) -> None:
        self._closed = op.closed
        self._context = context
        self._nodes = context.version.next_node
        self._out = flat_csr(context.version, op.types, reverse=False)
        self._into = flat_csr(context.version, op.types, reverse=True)
        self._masks = [self._mask(labels) for labels in op.labels]
        sources = np.repeat(np.arange(self._nodes), np.diff(self._out[0]))
        own = sources[sources == self._out[1]]
        # How many edges each node has that lead back to it.
        self._loops = np.bincount(own, minlength=self._nodes)

    def count(self) -> int:
        if self._closed:
            return self._triangles()
        return self._two() if len(self._masks) == 3 else self._three()

    def _two(self) -> int:
        first, middle, last = self._masks
        before, after = self._sums(self._into, first), self._sums(self._out, last)
        return self._dot(before * middle, after) - self._looping(first & middle & last)

    def _three(self) -> int:
        first, second, third, last = self._masks
        before, after = self._sums(self._into, first), self._sums(self._out, last)
        onward = self._weighed(self._out, after * third)
        walks = self._dot(before * second, onward)
        same_12 = self._dot(self._loops * (first & second & third), after)
        same_23 = self._dot(self._loops * (second & third & last), before)
        same_13 = sum(
            counting.both_ways(self._out, self._into, first & third, second & last, rows)
            for rows in self._ranges()
        )
        same_all = self._looping(first & second & third & last)
        return walks - same_12 - same_23 - same_13 + 2 * same_all

    def _triangles(self) -> int:
        first, second, third = self._masks
        marks = np.zeros(self._nodes // 64 + 1, np.uint64)
        links, flag = (self._out, self._into), self._context.interrupt.flag
        walks = sum(
            counting.triangles(links, (first, second, third), rows, marks, flag)
            for rows in self._ranges()
        )
        self._context.interrupt.check()
        # Where two of the three edges are one, all three lead from one node to itself.
        loops = self._loops[first & second & third].astype(object)
        paths = loops * (loops - 1) * (loops - 2)
        return walks - int((loops**3 - paths).sum())

    def _mask(self, labels: tuple[str, ...]) -> NDArray[np.bool_]:
        mask = np.zeros(self._nodes, np.bool_)
        for numbers in read.scan_nodes(self._context.version, labels):
            mask[numbers] = True
        return mask

    def _sums(self, flat: FlatCsr, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        """How many neighbours of each node the mask has."""
        if mask.all():
            return np.diff(flat[0])
        return self._weighed(flat, mask.astype(np.int64))

    def _weighed(self, flat: FlatCsr, weights: NDArray[np.int64]) -> NDArray[np.int64]:
        sums = np.zeros(self._nodes, np.int64)
        for rows in self._ranges():
            counting.sum_neighbours(flat, weights, rows, sums)
        return sums

    def _ranges(self) -> Iterator[tuple[int, int]]:
        for begin in range(0, self._nodes, _ROWS):
            self._context.interrupt.check()
            yield begin, min(begin + _ROWS, self._nodes)

    def _looping(self, mask: NDArray[np.bool_]) -> int:
        return int(self._loops[mask].sum())

    def _dot(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> int:
        if float(one.astype(np.float64) @ other) > INT_MAX / 2:
            raise Invalid("illegal_argument", "The number of paths does not fit in 64 bits.")
        return int(one @ other)
