"""bfs, bfs.parents, bfs.levels: what is in reach of a node, in breadth-first order.

Above: `catalogue`. Below: `projection`, `kernels/traversal`.
Each node that is listed is a source with a run of its own. `vertexLabel` does not ask the source,
only what is found; a node that it refuses is not passed through either.
Source: spec 05 section 1.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.algo.projection import project, selection_of
from seaglass.engine.algo.run import Piece, from_one
from seaglass.engine.kernels.traversal import BreadthScratch, breadth_first
from seaglass.engine.values import column as cols

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.algo.run import Given, Run

# Of each node that is reached: itself, its level and its parent.
_REACHED_BYTES = 24


def bfs(run: Run, given: Given) -> Iterator[Piece]:
    """For each source, the nodes in reach with their levels and parents."""
    (sources,) = given.lists
    if not len(sources.nodes):
        return
    made = project(run, selection_of(given.settings))
    run.charge(BreadthScratch.bytes_for(made.nodes))
    scratch = BreadthScratch(made.nodes)
    most = given.settings.integer("maxDepth")
    flat = made.indptr, made.neighbours
    for row, source in zip(sources.rows.tolist(), sources.nodes.tolist(), strict=True):
        run.interrupt.check()
        reached, levels, parents = breadth_first(flat, source, most, scratch, run.interrupt.flag)
        run.interrupt.check()
        columns = {
            "node": cols.nodes(reached),
            "level": cols.ints(levels),
            "parent": cols.nodes(parents),
        }
        yield from from_one(run, (row, source), columns, _REACHED_BYTES)
