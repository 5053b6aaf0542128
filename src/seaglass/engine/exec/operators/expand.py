"""Expand: from nodes along their edges.

Above: `run`. Below: `engine/graph/read`.
The input is cut by degrees before it is expanded, so that no frame in between is longer than
`frame_rows`, one node of a greater degree apart; what comes out is cut again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seaglass.engine.cypher.logical.plan import Direction
from seaglass.engine.exec.expressions.values import numbers_of
from seaglass.engine.exec.operators.frames import ranges, taken
from seaglass.engine.graph import read
from seaglass.engine.values import column as cols
from seaglass.engine.values.lists import Lists
from seaglass.engine.values.types import Edge, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.frame import Frame

    # Rows of the frame, the nodes and the edges that they lead to.
    Steps = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]

# Numbers that an edge takes along without a loss of speed: the columns of a frame.
_WIDTH = 16
# Of so many pairs of nodes, each is looked for where it takes so many times as many steps to go along all edges.
_PROBED_ROWS = 64
_PROBED_SHARE = 8
_REVERSE = {
    Direction.OUT: Direction.IN,
    Direction.IN: Direction.OUT,
    Direction.BOTH: Direction.BOTH,
}


def expand(op: plan.Expand, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Each input row with each edge of its source node, and the node at the other end."""
    finder: read.Between | None = None
    for frame in source:
        context.interrupt.check()
        sources = numbers_of(frame.columns[op.source], Kind.NODE, "A pattern")
        if frame.rows == 1 and not (op.target_bound or op.edge_bound):
            yield from _emit(op, frame, _steps_of_one(op, int(sources[0]), context), context)
            continue
        known = sources >= 0
        if op.target_bound:
            known &= numbers_of(frame.columns[op.target], Kind.NODE, "A pattern") >= 0
        if op.edge_bound:
            known &= numbers_of(frame.columns[op.edge], Kind.EDGE, "A pattern") >= 0
        if not known.all():
            frame, sources = frame.where(known), sources[known]
        if not frame.rows:
            continue
        if op.edge_bound:
            yield from _emit(op, frame, _bound(op, frame, sources, context), context)
            continue
        starts, direction, edges = _starts(op, frame, sources, context)
        if op.target_bound and frame.rows >= _PROBED_ROWS and edges > _PROBED_SHARE * frame.rows:
            if finder is None:
                finder = read.Between(context.version, op.types, op.direction.value)
            yield from _emit(op, frame, _between(op, frame, finder, context), context)
            continue
        for begin, end in cuts(starts, op.types, direction, context):
            context.interrupt.check()
            part = frame if end - begin == frame.rows else frame.slice(begin, end)
            found = read.expand(context.version, starts[begin:end], op.types, direction.value)
            steps = (found.rows, found.nodes, found.edges)
            if starts is not sources:
                # Expanded from the target: what leads back to the source is kept.
                back = found.nodes == sources[begin:end][found.rows]
                steps = (found.rows[back], starts[begin:end][found.rows[back]], found.edges[back])
            yield from _emit(op, part, steps, context)


def _steps_of_one(op: plan.Expand, source: int, context: Context) -> Steps:
    """The steps from the only row, whose source may be -1. Nearly every small query takes them."""
    nodes, edges = read.expand_one(context.version, source, op.types, op.direction.value)
    return np.zeros(len(nodes), np.int64), nodes, edges


def _starts(
    op: plan.Expand, frame: Frame, sources: NDArray[np.int64], context: Context
) -> tuple[NDArray[np.int64], Direction, int]:
    """Which end to expand from: with both ends known, the one that has fewer edges in all; and how many
    these are then."""
    if not op.target_bound:
        return sources, op.direction, 0
    targets = numbers_of(frame.columns[op.target], Kind.NODE, "A pattern")
    reverse = _REVERSE[op.direction]
    ahead = read.degrees(context.version, sources, op.types, op.direction.value).sum()
    behind = read.degrees(context.version, targets, op.types, reverse.value).sum()
    if behind < ahead:
        return targets, reverse, int(behind)
    return sources, op.direction, int(ahead)


def _between(op: plan.Expand, frame: Frame, finder: read.Between, context: Context) -> Steps:
    """The steps from each source to its target, looked for among those of the source."""
    sources = numbers_of(frame.columns[op.source], Kind.NODE, "A pattern")
    targets = numbers_of(frame.columns[op.target], Kind.NODE, "A pattern")
    rows, edges = finder.edges(sources, targets, context.interrupt)
    return rows, targets[rows], edges


def cuts(
    nodes: NDArray[np.int64],
    types: tuple[str, ...],
    direction: Direction,
    context: Context,
    width: int = 0,
) -> Iterator[tuple[int, int]]:
    """Ranges of `nodes` that expand to at most `frame_rows` edges each, or hold one node; to fewer
    edges where each takes along more than a few numbers (`width`)."""
    most = max(1, context.options.frame_rows * _WIDTH // max(_WIDTH, width))
    if len(nodes) == 1:
        yield 0, 1
        return
    yield from ranges(read.degrees(context.version, nodes, types, direction.value), most)


def _emit(op: plan.Expand, frame: Frame, steps: Steps, context: Context) -> Iterator[Frame]:
    """The rows that fit the bound target and the edges already used."""
    rows, nodes, edges = steps
    if op.target_bound or op.distinct_from:
        keep = np.ones(len(rows), np.bool_)
        if op.target_bound:
            targets = numbers_of(frame.columns[op.target], Kind.NODE, "A pattern")
            keep &= nodes == targets[rows]
        for used in used_edges(frame, op.distinct_from):
            keep &= edges != used[rows]
        if not keep.all():
            rows, nodes, edges = rows[keep], nodes[keep], edges[keep]
    if not len(rows):
        return
    added = {}
    if not op.edge_bound and op.edge not in op.forgets:
        added[op.edge] = cols.edges(edges)
    if not op.target_bound and op.target not in op.forgets:
        added[op.target] = cols.nodes(nodes)
    yield from taken(frame.without(op.forgets), rows, added, context)


def used_edges(frame: Frame, names: tuple[str, ...]) -> list[NDArray[np.int64]]:
    """int64[rows] each: the edges that stand in the columns, alone or in lists; -1 for none."""
    used: list[NDArray[np.int64]] = []
    for name in names:
        column = frame.columns[name]
        if column.kind is not Kind.MIXED:
            used.append(numbers_of(column, Kind.EDGE, "A pattern"))
            continue
        if isinstance(column, Lists) and column.items.kind is Kind.EDGE:
            places = range(int(column.counts.max(initial=0)))
            used += [numbers_of(column.at(place), Kind.EDGE, "A pattern") for place in places]
            continue
        lists = [value if isinstance(value, list) else [value] for value in column.to_list()]
        table = np.full((max(map(len, lists), default=0), frame.rows), -1, np.int64)
        for row, edges in enumerate(lists):
            for place, edge in enumerate(edges):
                if isinstance(edge, Edge):
                    table[place, row] = edge.number
        used.extend(table)
    return used


def _bound(op: plan.Expand, frame: Frame, sources: NDArray[np.int64], context: Context) -> Steps:
    """The steps along the edges that the frame already holds."""
    edges = numbers_of(frame.columns[op.edge], Kind.EDGE, "A pattern")
    forward, backward = leads(op, edges, sources, context)
    starts, ends = read.edge_ends(context.version, edges)
    rows = np.flatnonzero(forward | backward)
    return rows, np.where(forward, ends, starts)[rows], edges[rows]


def leads(
    op: plan.Expand, edges: NDArray[np.int64], sources: NDArray[np.int64], context: Context
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Whether the pattern leads from each source along its edge: forward, backward.

    Args: edges and sources: int64[n], -1 for none
    """
    version = context.version
    fits = read.edges_alive(version, edges) & (sources >= 0)
    if op.types and not set(version.adjacency) <= set(op.types):
        wanted = pa.array(op.types, cols.STRING)
        names = read.edge_types(version, edges).data
        fits &= pc.is_in(names, wanted).to_numpy(zero_copy_only=False)
    starts, ends = read.edge_ends(version, edges)
    forward = fits & (starts == sources) & (op.direction is not Direction.IN)
    backward = fits & (ends == sources) & (op.direction is not Direction.OUT)
    if op.direction is Direction.BOTH:
        backward &= starts != ends
    return forward, backward
