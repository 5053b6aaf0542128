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
from seaglass.engine.exec.expressions.values import wrong_type
from seaglass.engine.exec.operators.expand import cuts
from seaglass.engine.exec.operators.frames import drain
from seaglass.engine.graph import read
from seaglass.engine.graph.delta import DeleteEdges, DeleteNodes
from seaglass.engine.values.parts import distinct
from seaglass.engine.values.types import Path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seaglass.engine.cypher.logical import plan
    from seaglass.engine.exec.context import Context
    from seaglass.engine.values.frame import Frame


def delete(op: plan.Delete, source: Iterator[Frame], context: Context) -> Iterator[Frame]:
    """Delete: all input first, then edges, then nodes, then the rows."""
    with context.holding() as held:
        frames = drain(source, context, held)
        nodes, edges = _doomed(op, frames, context)
        if op.detach:
            edges = distinct(np.concatenate([edges, _edges_of(nodes, context)]))
        if len(edges):
            context.change(DeleteEdges(edges))
        if len(nodes):
            _check_free(nodes, context)
            context.change(DeleteNodes(nodes))
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
    all_nodes, all_edges = distinct(np.concatenate(nodes)), distinct(np.concatenate(edges))
    all_nodes, all_edges = all_nodes[all_nodes >= 0], all_edges[all_edges >= 0]
    version = context.version
    return (
        all_nodes[read.nodes_alive(version, all_nodes)],
        all_edges[read.edges_alive(version, all_edges)],
    )


def _edges_of(nodes: NDArray[np.int64], context: Context) -> NDArray[np.int64]:
    found: list[NDArray[np.int64]] = [np.empty(0, np.int64)]
    for begin, end in cuts(nodes, (), Direction.BOTH, context):
        context.interrupt.check()
        found.append(distinct(read.expand(context.version, nodes[begin:end], (), "both").edges))
    context.interrupt.check()
    return distinct(np.concatenate(found))


def _check_free(nodes: NDArray[np.int64], context: Context) -> None:
    """Raises: Invalid(constraint) when a node has edges left"""
    kept = read.degrees(context.version, nodes, (), "both") > 0
    if kept.any():
        first = nodes[np.argmax(kept)]
        name = read.node_ids(context.version, np.array([first])).value(0)
        raise Invalid(
            "constraint",
            f"Cannot delete node '{name}', because it still has relationships. To delete this "
            "node, you must first delete its relationships, or use DETACH DELETE.",
            code=Code.DELETE_CONNECTED,
        )
