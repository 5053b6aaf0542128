"""Degrees: of each node, and how they are distributed.

Above: `catalogue`. Below: `projection`, `graph/flat`.
A degree is the number of edges, of which parallel ones all count; in direction both it is the sum
of what goes out and what comes in, so that a self-loop counts twice. Where vertex labels are given,
only edges between nodes that have one of them count.
Source: spec 05 sections 2.1 and 5.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.algo.projection import nodes_kept, project, selection_of
from seaglass.engine.algo.run import NodeValues, Piece
from seaglass.engine.graph import read
from seaglass.engine.graph.flat import node_degrees
from seaglass.engine.values import column as cols

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seaglass.engine.algo.run import Given, Run
    from seaglass.engine.graph.expand import Direction
    from seaglass.engine.values.options import Settings
    from seaglass.engine.values.types import Value

# So many nodes are looked at one by one, whatever the graph's size.
_FEW = 64
_PERCENTILES = {"p50": 500, "p75": 750, "p90": 900, "p95": 950, "p99": 990, "p999": 999}


def degree(run: Run, settings: Settings) -> NodeValues:
    """The degree of each node.

    Cost: without vertex labels, a pass over the nodes for each edge label; else a projection.
    """
    selection = selection_of(settings)
    run.charge(8 * run.version.next_node)
    if not selection.vertex_labels:
        degrees = node_degrees(run.version, selection.edge_labels, selection.direction)
        return NodeValues(degrees, nodes_kept(run.version, ()))
    made = project(run, selection)
    return NodeValues(np.diff(made.indptr), made.kept)


def degree_of_few(run: Run, settings: Settings, nodes: NDArray[np.int64]) -> NodeValues | None:
    """The degree of some nodes; None where that of all nodes costs no more, or needs a projection.

    Args: nodes: int64[k], distinct, alive
    """
    selection = selection_of(settings)
    if len(nodes) > _FEW or selection.vertex_labels:
        return None
    sides: list[Direction] = ["out", "in"]
    if selection.direction != "both":
        sides = [selection.direction]
    run.charge(8 * run.version.next_node)
    degrees = np.zeros(run.version.next_node, np.int64)
    for side in sides:
        degrees[nodes] += read.degrees(run.version, nodes, selection.edge_labels, side)
    return NodeValues(degrees, None)


def degree_distribution(run: Run, given: Given) -> Iterator[Piece]:
    """One row: a map of statistics, and how many nodes have each degree, or one of each bin.

    Degree 0 is a bin of its own; of a width above 1, a bin has the name of its greatest degree.
    Percentiles are those of nearest rank.
    """
    found = degree(run, given.settings)
    degrees = found.values if found.kept is None else found.values[found.kept]
    output: Value = {
        "statistics": _statistics(degrees),
        "distribution": _distribution(degrees, given.settings.integer("binWidth")),
    }
    yield Piece(given.rows, {"output": cols.mixed([output] * len(given.rows))})


def _statistics(degrees: NDArray[np.int64]) -> dict[str, Value]:
    """All 0 where there is no node."""
    count = len(degrees)
    if not count:
        return {"maxDeg": 0, "mean": 0.0, "minDeg": 0, **dict.fromkeys(_PERCENTILES, 0)}
    ordered = np.sort(degrees)
    return {
        "maxDeg": int(ordered[-1]),
        "mean": int(ordered.sum()) / count,
        "minDeg": int(ordered[0]),
        **{
            name: int(ordered[-(-count * thousandths // 1000) - 1])
            for name, thousandths in _PERCENTILES.items()
        },
    }


def _distribution(degrees: NDArray[np.int64], width: int) -> list[list[int]]:
    bins, counts = np.unique(-(-degrees // width) * width, return_counts=True)
    return [list(pair) for pair in zip(bins.tolist(), counts.tolist(), strict=True)]
