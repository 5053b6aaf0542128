"""bfs, bfs.parents, bfs.levels: what is in reach of a node, in breadth-first order.

Above: `catalogue`. Below: `projection`, `kernels/traversal`.
Each node that is listed is a source with a run of its own. `vertexLabel` does not ask the source,
only what is found; a node that it refuses is not passed through either.

A projection costs a pass over the graph, and what is asked for may be near. So where there is none
yet, the search goes level by level along the version's own links, as long as all sources together
have met few of the graph's edges; then it makes the projection and begins again at the source where
it is. Both ways find the same rows, but for the order within a level and which parent is told.
Source: spec 05 section 1.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.algo.projection import already_made, project, selection_of
from seaglass.engine.algo.run import Piece, from_one
from seaglass.engine.graph import read
from seaglass.engine.kernels.traversal import BreadthScratch, breadth_first
from seaglass.engine.values import column as cols

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seaglass.engine.algo.projection import Projection, Selection
    from seaglass.engine.algo.run import Given, Run
    from seaglass.engine.values.options import Settings

    # The nodes, the nearest first, their levels and their parents.
    _Reached = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]

# One of so many edges may be met without a projection: each costs some ten times as much there.
_NEAR_SHARE = 32
# So many known nodes are looked through in the time that an edge takes.
_KNOWN_SHARE = 16
# Of each edge that is met there: three numbers, and what finding new nodes takes.
_MET_BYTES = 80
# Of each node that is reached: itself, its level and its parent.
_REACHED_BYTES = 24


def bfs(run: Run, given: Given) -> Iterator[Piece]:
    """For each source, the nodes in reach with their levels and parents."""
    (sources,) = given.lists
    if not len(sources.nodes):
        return
    search = _Search(run, given.settings)
    for row, source in zip(sources.rows.tolist(), sources.nodes.tolist(), strict=True):
        run.interrupt.check()
        reached, levels, parents = search.from_node(source)
        columns = {
            "node": cols.nodes(reached),
            "level": cols.ints(levels),
            "parent": cols.nodes(parents),
        }
        yield from from_one(run, (row, source), columns, _REACHED_BYTES)


class _Search:
    """What the searches of one call share."""

    def __init__(self, run: Run, settings: Settings) -> None:
        self._run = run
        self._selection = selection_of(settings)
        self._most = settings.integer("maxDepth")
        self._made: tuple[Projection, BreadthScratch] | None = None
        # Edges that may be met before the projection is made.
        self._left = 0
        if not already_made(run, self._selection):
            self._left = _edges_of(run, self._selection) // _NEAR_SHARE

    def from_node(self, source: int) -> _Reached:
        if self._made is None:
            found = self._near(source)
            if found is not None:
                return found
            made = project(self._run, self._selection)
            self._run.charge(BreadthScratch.bytes_for(made.nodes))
            self._made = made, BreadthScratch(made.nodes)
        made, scratch = self._made
        flat, flag = (made.indptr, made.neighbours), self._run.interrupt.flag
        found = breadth_first(flat, source, self._most, scratch, flag)
        self._run.interrupt.check()
        return found

    def _near(self, source: int) -> _Reached | None:
        """What is in reach, along the version's links; None where that are too many edges."""
        version, selection = self._run.version, self._selection
        known = np.array([source], np.int64)
        levels = [known]
        parents = [known]
        while len(levels[-1]) and len(levels) - 1 != self._most:
            self._run.interrupt.check()
            tips = levels[-1]
            degrees = read.degrees(version, tips, selection.edge_labels, selection.direction)
            met = int(degrees.sum())
            # All that is known is looked through at each level, of which a long way has many.
            self._left -= met + len(known) // _KNOWN_SHARE
            if self._left < 0:
                return None
            self._run.charge(_MET_BYTES * met)
            edges = read.expand(version, tips, selection.edge_labels, selection.direction)
            new = ~np.isin(edges.nodes, known)
            if selection.vertex_labels:
                new &= read.has_labels(version, edges.nodes, selection.vertex_labels)
            places = np.flatnonzero(new)
            places = places[np.sort(np.unique(edges.nodes[places], return_index=True)[1])]
            levels.append(edges.nodes[places])
            parents.append(tips[edges.rows[places]])
            known = np.concatenate([known, levels[-1]])
            self._run.charge(-_MET_BYTES * met)
        counts = [len(level) for level in levels]
        return known, np.repeat(np.arange(len(levels)), counts), np.concatenate(parents)


def _edges_of(run: Run, selection: Selection) -> int:
    """How many edges a projection would look at."""
    version = run.version
    names = selection.edge_labels or read.types(version)
    return sum(read.type_count(version, name) for name in set(names))
