"""CountPaths: how often a pattern is in the graph, from sums over nodes instead of one row each.

Above: `run`. Below: `cypher/logical/shapes`, `graph/flat`, `kernels/counting`.
The pattern is a sum of shapes. A shape is folded from its ends to its root: each step turns the
ways on from a child, of which every node has a number, into a number of the parent, by a pass over
the edges between them.
"""

from __future__ import annotations

import os
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.base.errors import Invalid
from seaglass.engine.algo.blocks import ALL_PROCESSORS, Blocks
from seaglass.engine.cypher.logical.shapes import folds, terms
from seaglass.engine.graph import read
from seaglass.engine.graph.flat import flat_csr, loops_of
from seaglass.engine.kernels import counting
from seaglass.engine.values import column as cols
from seaglass.engine.values.frame import Frame
from seaglass.engine.values.types import INT_MAX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.cypher.logical.shapes import Fold, Link, Shape
    from seaglass.engine.exec.context import Context
    from seaglass.engine.kernels.counting import FlatCsr, StrandCsr

    # What a node counts for; None where every node counts once.
    Weights = NDArray[np.int64] | None
    # Of the weights of all nodes, writes the sums of a range of rows.
    Pass = Callable[[NDArray[Any], tuple[int, int], NDArray[Any]], None]

# Rows that a kernel works on before the query may be cancelled: some milliseconds; kernels look at the flag as well.
_ROWS = 16_384
# Each has scratch of its own, as large as the graph has nodes.
_THREADS_MAX = 4
# Beyond it the float that watches a sum may be wrong about whether the sum fits.
_MOST = INT_MAX / 2
_NONE = np.empty(0, np.int64)


def count_paths(op: plan.CountPaths, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """CountPaths."""
    for _ in source:
        counter = _Counter(context)
        try:
            found = counter.count(op)
        finally:
            counter.give_back()
        if not op.by_root:
            yield Frame({op.name: cols.from_values([_total(found)])}, 1)
            continue
        summed = _summed(found, context.version.next_node)
        roots = np.flatnonzero(summed)
        variable, _ = op.nodes[op.root]
        for begin in range(0, len(roots), context.options.frame_rows):
            part = roots[begin : begin + context.options.frame_rows]
            columns = {variable: cols.nodes(part), op.name: cols.ints(summed[part])}
            yield Frame(columns, len(part))


# The terms: a coefficient, and for each node the ways in which the shape is rooted there.
_Found = list[tuple[int, "NDArray[np.int64]"]]


def _total(found: _Found) -> int:
    total = 0
    for coefficient, ways in found:
        # Halves of 32 bits, whose sums fit.
        high, low = int((ways >> 32).sum()), int((ways & 0xFFFFFFFF).sum())
        total += coefficient * ((high << 32) + low)
    if total > INT_MAX:
        raise _too_many()
    return total


def _summed(found: _Found, nodes: int) -> NDArray[np.int64]:
    size = sum(abs(coefficient) * float(ways.max(initial=0)) for coefficient, ways in found)
    if size > _MOST:
        raise _too_many()
    total = np.zeros(nodes, np.int64)
    for coefficient, ways in found:
        total += coefficient * ways
    return total


def _too_many() -> Invalid:
    return Invalid("illegal_argument", "The number of paths does not fit in 64 bits.")


class _Counter:
    """The arrays of one count, and its steps."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._nodes = context.version.next_node
        self._flats: dict[tuple[tuple[str, ...], bool], FlatCsr] = {}
        self._masks: dict[tuple[str, ...], NDArray[np.int64]] = {}
        self._loops: dict[tuple[str, ...], NDArray[np.int64]] = {}
        self._kept = 0

    def count(self, op: plan.CountPaths) -> _Found:
        """The terms that are not zero everywhere."""
        summed = terms(tuple([labels for _, labels in op.nodes]), op.links, op.root)
        assert summed is not None
        if not self._nodes:
            return []
        found: _Found = []
        for coefficient, shape in summed:
            ways = self._ways(shape)
            if ways is not None:
                found.append((coefficient, ways))
        return found

    def give_back(self) -> None:
        """Lets go of the memory that was charged."""
        if self._context.budget is not None:
            self._context.budget.charge(-self._kept)
        self._kept = 0

    def _keep(self, *arrays: NDArray[Any]) -> None:
        size = sum(array.nbytes for array in arrays)
        if self._context.budget is not None:
            self._context.budget.charge(size)
        self._kept += size

    def _ways(self, shape: Shape) -> NDArray[np.int64] | None:
        """In how many ways the shape fits with each node as its root; None for in none at all."""
        weights: list[Weights] = [self._mask(labels) for labels in shape.labels]
        for link in shape.links:
            if link.source == link.target:
                loops = self._looping(link.types)
                if not loops.any():
                    return None
                weights[link.source] = self._times(weights[link.source], loops)
        steps = folds(shape)
        assert steps is not None
        for step in steps:
            hanging = self._folded(step, weights)
            if not hanging.any():
                return None
            weights[step.parent] = self._times(weights[step.parent], hanging)
            weights[step.child] = None
        found = weights[shape.root]
        if found is None:
            found = np.ones(self._nodes, np.int64)
        return found

    def _folded(self, step: Fold, weights: list[Weights]) -> NDArray[np.int64]:
        """In how many ways what hangs on the child leads on from each node as the parent."""
        child = weights[step.child]
        only = step.strands[0]
        flag = self._context.interrupt.flag
        if len(step.strands) == 1 and only.second is None:
            flat = self._flat(only.first, away_from=step.parent)
            if child is None:
                return np.diff(flat[0])
            return self._watched(
                lambda _: partial(counting.sum_neighbours, flat, flag=flag),
                child,
                float(child.max()) * float(np.diff(flat[0]).max(initial=0)),
            )
        return self._bundled(step, weights)

    def _bundled(self, step: Fold, weights: list[Weights]) -> NDArray[np.int64]:
        child = weights[step.child]
        child = np.ones(self._nodes, np.int64) if child is None else child
        parent = weights[step.parent]
        active = np.ones(self._nodes, np.bool_) if parent is None else parent != 0
        strands: list[StrandCsr] = []
        bound = float(child.max())
        for strand in step.strands:
            near = self._flat(strand.first, away_from=strand.near)
            bound *= float(np.diff(near[0]).max(initial=0))
            if strand.second is None or strand.middle is None:
                strands.append((near, _NONE, near, False))
                continue
            far = self._flat(strand.second, away_from=strand.middle)
            weight = weights[strand.middle]
            weight = _NONE if weight is None else weight
            bound *= float(np.diff(far[0]).max(initial=0)) * float(weight.max(initial=1))
            strands.append((near, weight, far, True))
        flag = self._context.interrupt.flag
        bundle = tuple(strands)
        short = len(strands) == 2 and not strands[1][3]

        def make(kind: np.dtype[Any]) -> Pass:
            if short:
                one, other = strands[0][0], strands[1][0]
                return lambda weight, rows, sums: counting.meet(
                    (one, other), (weight, active), rows, (sums, flag)
                )
            scratch = counting.bundle_scratch(self._nodes, kind)
            self._keep(*scratch)
            return lambda weight, rows, sums: counting.bundle(
                bundle, (weight, active), rows, (sums, scratch), flag
            )

        return self._watched(make, child, bound)

    def _watched(
        self, make: Callable[[np.dtype[Any]], Pass], weights: NDArray[np.int64], bound: float
    ) -> NDArray[np.int64]:
        """The sums of a pass over the edges, of which none is greater than `bound`; where that is
        too much, a pass with floats says first whether they fit.

        Args: make: gives what one thread passes with
        """
        for kind in (np.float64, np.int64) if bound > _MOST else (np.int64,):
            sums = np.zeros(self._nodes, kind)
            weighed = weights.astype(kind, copy=False)
            self._pass(make, weighed, sums)
            if kind is np.float64 and float(sums.max()) > _MOST:
                raise _too_many()
        found: NDArray[np.int64] = sums.astype(np.int64, copy=False)
        return found

    def _pass(
        self, make: Callable[[np.dtype[Any]], Pass], weighed: NDArray[Any], sums: NDArray[Any]
    ) -> None:
        spans = [(begin, min(begin + _ROWS, self._nodes)) for begin in range(0, self._nodes, _ROWS)]
        free: SimpleQueue[Pass] = SimpleQueue()
        for _ in range(min(len(spans), os.cpu_count() or 1, _THREADS_MAX)):
            free.put(make(weighed.dtype))

        def work(rows: tuple[int, int]) -> None:
            pass_over = free.get()
            pass_over(weighed, rows, sums)
            free.put(pass_over)

        with Blocks(spans, ALL_PROCESSORS, self._context.interrupt) as blocks:
            blocks.run(work)
        self._context.interrupt.check()

    def _times(self, one: Weights, other: NDArray[np.int64]) -> NDArray[np.int64]:
        if one is None:
            return other
        if float((one.astype(np.float64) * other).max(initial=0.0)) > _MOST:
            raise _too_many()
        return one * other

    def _mask(self, labels: tuple[str, ...]) -> Weights:
        """1 for each node that has the labels, else 0; an edge has no end without a node."""
        if not labels:
            return None
        mask = self._masks.get(labels)
        if mask is None:
            mask = np.zeros(self._nodes, np.int64)
            for numbers in read.scan_nodes(self._context.version, labels):
                mask[numbers] = 1
            self._keep(mask)
            self._masks[labels] = mask
        return None if mask.all() else mask

    def _flat(self, link: Link, *, away_from: int) -> FlatCsr:
        """The links that lead on from one end."""
        key = (link.types, link.source != away_from)
        flat = self._flats.get(key)
        if flat is None:
            indptr, neighbours = flat_csr(
                self._context.version, link.types, self._context.interrupt, reverse=key[1]
            )
            flat = indptr, neighbours.astype(self._width(), copy=False)
            self._keep(*flat)
            self._flats[key] = flat
        return flat

    def _width(self) -> type[np.int32] | type[np.int64]:
        # One width for all: the strands of a kernel are of one type.
        return np.int32 if self._nodes < 2**31 else np.int64

    def _looping(self, types: tuple[str, ...]) -> NDArray[np.int64]:
        """How many edges lead from each node back to it."""
        loops = self._loops.get(types)
        if loops is None:
            loops = loops_of(self._context.version, types)
            self._loops[types] = loops
        return loops
