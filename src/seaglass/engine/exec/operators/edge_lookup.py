"""Expand over NodeScan where the edges must have values: they are found by these, not from nodes.

Above: `run`. Below: `expand`, `scan`, `lookup`, `wanted`, `engine/graph/read`.
Value indexes give a superset of the edges, row by row of the input; their ends must be what the
scan and the filter above it keep. The filter above the expansion stays, so that the answer is that
of the plain operators, which run instead where they take fewer steps: a node has so many edges on
an average.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.cypher.logical import plan
from seaglass.engine.exec.operators.expand import expand, used_edges
from seaglass.engine.exec.operators.frames import pieces
from seaglass.engine.exec.operators.lookup import look_up, looks_up
from seaglass.engine.exec.operators.project import keep_rows
from seaglass.engine.exec.operators.scan import node_scan
from seaglass.engine.exec.operators.wanted import wanted_of
from seaglass.engine.graph import read
from seaglass.engine.values import column as cols

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.frame import Frame

# Steps that cost as much as asking one group for its edges.
_GROUP_STEPS = 64
# Steps that cost as much as an own frame for a row.
_ROW_STEPS = 2_048
# Steps that cost as much as looking at one edge that is found: its ends lie anywhere.
_EDGE_STEPS = 4
# Of so many nodes, a range keeps about one.
_RANGED = 8
# Of an edge that is found: its number, its ends, whether they fit.
_EDGE_BYTES = 48


class EdgeLookup:
    """The operators from the scan to the expansion. Args: op: with `sought`, by its rule"""

    def __init__(self, op: plan.Expand, context: Context) -> None:
        below = op.input
        self._filter = below if isinstance(below, plan.Filter) else None
        scan = below.input if isinstance(below, plan.Filter) else below
        assert isinstance(scan, plan.NodeScan)
        self._op = op
        self._scan = scan
        self._context = context

    @property
    def input(self) -> plan.Operator:
        """What gives the rows to `frames`."""
        return self._scan.input

    def frames(self, source: Iterator[Frame]) -> Iterator[Frame]:
        """Each input row with the edges and their ends."""
        version, context = self._context.version, self._context
        for frame in source:
            context.interrupt.check()
            steps = self._steps()
            least = _GROUP_STEPS * len(version.edges) + (_ROW_STEPS if frame.rows > 1 else 0)
            if steps <= least:
                yield from self._plain(frame)
                continue
            for row in range(frame.rows):
                part = frame.slice(row, row + 1)
                edges = self._found(part, steps // _EDGE_STEPS)
                if edges is None:
                    yield from self._plain(frame.slice(row, frame.rows))
                    break
                with context.holding() as held:
                    held.add(_EDGE_BYTES * len(edges))
                    yield from self._emit(part, edges)

    def _steps(self) -> int:
        """About how many edges leave from the nodes of the scan."""
        version = self._context.version
        edges = sum([read.type_count(version, name) for name in self._op.types])
        if not self._op.types:
            edges = read.edge_count(version)
        every = read.node_count(version)
        nodes = min(
            [read.label_count(version, label) for label in self._scan.labels], default=every
        )
        return edges * nodes // max(1, every) // (_RANGED if self._scan.sought else 1)

    def _found(self, row: Frame, most: int) -> NDArray[np.int64] | None:
        """The edges that may be meant; None where they are too many."""
        wanted = wanted_of(self._op.sought, row, self._context)
        if not wanted:
            return None
        check = self._context.interrupt.check
        return read.seek_edges(self._context.version, self._op.types, wanted, most, check)

    def _plain(self, frame: Frame) -> Iterator[Frame]:
        context, scan, kept = self._context, self._scan, self._filter
        rows = iter((frame,))
        if kept is None:
            nodes = node_scan(scan, rows, context)
        elif looks_up(kept, scan):
            nodes = look_up(kept, scan, rows, context)
        else:
            nodes = keep_rows(kept, node_scan(scan, rows, context), context)
        return expand(self._op, nodes, context)

    def _emit(self, row: Frame, edges: NDArray[np.int64]) -> Iterator[Frame]:
        """The row with each of the edges whose ends fit."""
        op, context = self._op, self._context
        starts, ends = read.edge_ends(context.version, edges)
        match op.direction:
            case plan.Direction.OUT:
                sources, targets = starts, ends
            case plan.Direction.IN:
                sources, targets = ends, starts
            case plan.Direction.BOTH:
                turned = np.flatnonzero(starts != ends)
                sources = np.concatenate([starts, ends[turned]])
                targets = np.concatenate([ends, starts[turned]])
                edges = np.concatenate([edges, edges[turned]])
        keep = read.has_labels(context.version, sources, self._scan.labels)
        for used in used_edges(row, op.distinct_from):
            keep &= edges != used[0]
        places = np.flatnonzero(keep)
        most = context.options.frame_rows
        for begin in range(0, len(places), most):
            part = places[begin : begin + most]
            frame = row.take(np.zeros(len(part), np.int64)).with_columns(
                {
                    self._scan.variable: cols.nodes(sources[part]),
                    op.edge: cols.edges(edges[part]),
                    op.target: cols.nodes(targets[part]),
                }
            )
            frames = pieces(frame, context)
            if self._filter is not None:
                frames = keep_rows(self._filter, frames, context)
            for kept in frames:
                yield kept.without(op.forgets)
