"""The nodes that a scan finds, by what some of their properties are: made once, for all frames of a
join.

Above: `lookup`. Below: `engine/values/keys`, `engine/graph/read`, `expressions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.exec.expressions.entities import node_property
from seaglass.engine.exec.holding import column_bytes
from seaglass.engine.graph import read
from seaglass.engine.kernels.csr import counting_order
from seaglass.engine.values.keys import Keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.exec.holding import Held
    from seaglass.engine.values.column import Column

_NUMBER_BYTES = 8
# Of a node: itself, its codes (two while they are paired), its order, itself in that order.
_NUMBERS = 6


class NodeTable:
    """Nodes by the values of some keys, where all of these are of kinds for which `Keys` is.

    Attributes: nodes: int64[n], those of the same values side by side, ascending
    """

    def __init__(self, keys: Keys, nodes: NDArray[np.int64], indptr: NDArray[np.int64]) -> None:
        self.nodes = nodes
        self._keys = keys
        self._indptr = indptr

    @classmethod
    def of(
        cls, scan: plan.NodeScan, keys: Sequence[str], context: Context, held: Held
    ) -> NodeTable | None:
        """The nodes of the scan; those that lack one of the keys are left out.

        Returns: None where there are none, or values of other kinds
        Cost: some 30 ns a node and key
        """
        interrupt = context.interrupt
        parts = list(read.scan_nodes(context.version, scan.labels))
        if not sum(map(len, parts)):
            return None
        held.add(_NUMBER_BYTES * _NUMBERS * sum(map(len, parts)))
        nodes = np.concatenate(parts)
        columns = []
        for key in keys:
            interrupt.check()
            columns.append(node_property(context, nodes, key))
            # The column, and the distinct values of it.
            held.add(2 * column_bytes(columns[-1]))
        found = Keys.of(columns, interrupt)
        if found is None:
            return None
        interrupt.check()
        codes = found.codes
        if codes.min() < 0:
            known = np.flatnonzero(codes >= 0)
            nodes, codes = nodes[known], codes[known]
        held.add(2 * _NUMBER_BYTES * found.count)
        everything = np.arange(len(nodes))
        by_code, indptr = counting_order(codes, found.count, everything, interrupt.flag)
        interrupt.check()
        return cls(found, nodes[by_code], indptr)

    def spans(
        self, values: Sequence[Column], context: Context
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
        """Where the nodes of each row begin in `nodes`, and how many there are.

        Args: values: what each of the keys must equal
        Returns: None where the values are of other kinds than those of the nodes
        Cost: some 30 ns a row and key
        """
        codes = self._keys.find(values, context.interrupt)
        if codes is None:
            return None
        first = self._indptr[codes]
        # Code -1 reads the end of the last, and is followed by the first.
        counts = np.where(codes < 0, 0, self._indptr[codes + 1] - first)
        return first, counts
