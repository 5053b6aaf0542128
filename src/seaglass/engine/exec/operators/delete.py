"""Delete: nodes, edges and paths.

Above: `run`. Below: `engine/graph/delta`, `engine/graph/read`, `expressions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.base.codes import Code
from seaglass.base.errors import Invalid
from seaglass.engine.cypher.logical.plan import Direction
from seaglass.engine.exec.expressions import entities
from seaglass.engine.exec.expressions.evaluate import evaluate
from seaglass.engine.exec.expressions.values import place, wrong_type
from seaglass.engine.exec.operators.expand import cuts
from seaglass.engine.exec.operators.frames import drain
from seaglass.engine.graph import read
from seaglass.engine.graph.delta import DeleteEdges, DeleteNodes
from seaglass.engine.values import column as cols
from seaglass.engine.values.order import sort_rows
from seaglass.engine.values.parts import distinct, joined
from seaglass.engine.values.types import Path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.cypher.syntax.position import Position
    from seaglass.engine.exec.context import Context
    from seaglass.engine.graph.version import GraphVersion
    from seaglass.engine.values.frame import Frame

# Nodes or edges that one change deletes: some 20 ms.
_PART_NUMBERS = 1 << 17
# What telling numbers apart takes for each: where it comes from, itself, two orders, and what is kept.
_SORTED_BYTES = 5 * 8


def delete(op: plan.Delete, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Delete: all input first, then edges, then nodes, then the rows. Millions go by many changes."""
    with context.holding() as held:
        frames = drain(source, context, held)
        nodes, edges = _doomed(op, frames, context)
        if op.detach:
            edges = _distinct([edges, _edges_of(nodes, context)], context)
        held.add(nodes.nbytes + edges.nbytes)
        for part in _parts(edges, context):
            context.change(DeleteEdges(part))
        for part in _parts(nodes, context):
            _check_free(part, op.expressions[0].at, context)
        for part in _parts(nodes, context):
            context.change(DeleteNodes(part))
        context.deleted = context.deleted or len(nodes) + len(edges) > 0
        yield from frames


def _doomed(
    op: plan.Delete, frames: list[Frame], context: Context
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The nodes and edges that are to go and are still there; sorted, each once."""
    nodes: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    edges: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    for frame in frames:
        context.interrupt.check()
        for expression in op.expressions:
            parts = entities.split(evaluate(expression, frame, context))
            if parts.nodes is not None:
                nodes.append(parts.nodes)
            if parts.edges is not None:
                edges.append(parts.edges)
            for _, value in parts.others:
                if not isinstance(value, Path):
                    expected = "a node, relationship or path"
                    raise wrong_type("DELETE", expected, value, expression.at)
                nodes.append(np.array([node.number for node in value.nodes], np.int64))
                edges.append(np.array([edge.number for edge in value.edges], np.int64))
    return (
        _alive(read.nodes_alive, _distinct(nodes, context), context),
        _alive(read.edges_alive, _distinct(edges, context), context),
    )


def _parts(numbers: NDArray[np.int64], context: Context) -> Iterator[NDArray[np.int64]]:
    """The numbers, so many at a time that a query may end between them."""
    for start in range(0, len(numbers), _PART_NUMBERS):
        context.interrupt.check()
        yield numbers[start : start + _PART_NUMBERS]


def _distinct(arrays: list[NDArray[np.int64]], context: Context) -> NDArray[np.int64]:
    """The numbers of all arrays, each once, ascending."""
    with context.holding() as held:
        held.add(_SORTED_BYTES * sum(map(len, arrays)))
        numbers = joined(arrays, context.interrupt.check)
        if len(numbers) <= _PART_NUMBERS:
            return distinct(numbers)
        # NumPy's sort of millions cannot be stopped.
        order = sort_rows([cols.ints(numbers)], [False], len(numbers), context.interrupt)
        kept: list[NDArray[np.int64]] = []
        last = numbers[order[:1]] - 1
        for rows in _parts(order, context):
            part = numbers[rows]
            kept.append(part[np.diff(part, prepend=last) > 0])
            last = part[-1:]
        return joined(kept, context.interrupt.check)


def _alive(
    alive: Callable[[GraphVersion, NDArray[np.int64]], NDArray[np.bool_]],
    numbers: NDArray[np.int64],
    context: Context,
) -> NDArray[np.int64]:
    """Those that are there; -1 stands for null."""
    numbers = numbers[numbers >= 0]
    if len(numbers) <= _PART_NUMBERS:
        return numbers[alive(context.version, numbers)]
    parts = [part[alive(context.version, part)] for part in _parts(numbers, context)]
    return joined(parts, context.interrupt.check)


def _edges_of(nodes: NDArray[np.int64], context: Context) -> NDArray[np.int64]:
    found: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    for begin, end in cuts(nodes, (), Direction.BOTH, context):
        context.interrupt.check()
        found.append(distinct(read.expand(context.version, nodes[begin:end], (), "both").edges))
    context.interrupt.check()
    return _distinct(found, context)


def _check_free(nodes: NDArray[np.int64], at: Position, context: Context) -> None:
    """Raises: Invalid(constraint) when a node has edges left"""
    kept = read.degrees(context.version, nodes, (), "both") > 0
    if kept.any():
        first = nodes[np.argmax(kept)]
        name = read.node_ids(context.version, np.array([first])).value(0)
        raise Invalid(
            "constraint",
            f"Cannot delete node '{name}', because it still has relationships. To delete this "
            f"node, you must first delete its relationships, or use DETACH DELETE{place(at)}.",
            code=Code.DELETE_CONNECTED,
        )
