"""sssp: shortest distances and paths from nodes along edges with weights.

Above: `catalogue`. Below: `projection`, `kernels/traversal`.
`bellmanFord` and `deltaStepping` are two names for one answer, which does not depend on how it is
found: both run Dijkstra's algorithm, and `delta` is accepted only. A source is in its own result, with
distance 0 and itself as parent; a source without the vertex label has none. Distances have the type
of the weights: integers for int and long, and those of float are rounded to 32 bits at the end.
Source: spec 05 section 1.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seaglass.engine.algo.projection import Weight, project, selection_of
from seaglass.engine.algo.run import Piece, from_one
from seaglass.engine.kernels.traversal import DistanceScratch, by_distance
from seaglass.engine.values import column as cols
from seaglass.engine.values.parts import objects
from seaglass.engine.values.singles import singles
from seaglass.engine.values.types import INT_MAX, Edge, Node, Path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seaglass.engine.algo.projection import Projection
    from seaglass.engine.algo.run import Given, Run
    from seaglass.engine.values.column import Column
    from seaglass.engine.values.options import Settings
    from seaglass.engine.values.types import Value

# Of each node that is reached: itself, its distance and its parent.
_REACHED_BYTES = 24
# Of each step of a path: two entries of lists, a number, a node and an edge, each about 50.
_STEP_BYTES = 300
# Steps between two looks at cancellation and memory.
_STEPS_AT_ONCE = 4_096
# Pairs of a source and a target that are looked for together, and what each takes.
_PAIRS = 65_536
_PAIR_BYTES = 100
_EVERYTHING = np.empty(0, np.int64)


def sssp(run: Run, given: Given) -> Iterator[Piece]:
    """For each source, the nodes in reach with their distances, the nearest first."""
    for search, start, reached in _searched(run, given):
        columns = {"node": cols.nodes(reached), "distance": search.column(reached)}
        yield from from_one(run, start, columns, _REACHED_BYTES)


def sssp_parents(run: Run, given: Given) -> Iterator[Piece]:
    """As `sssp`, with the node before each on a shortest path."""
    for search, start, reached in _searched(run, given):
        columns = {
            "node": cols.nodes(reached),
            "parent": cols.nodes(search.parents(start[1], reached)),
            "distance": search.column(reached),
        }
        yield from from_one(run, start, columns, _REACHED_BYTES)


def _searched(
    run: Run, given: Given
) -> Iterator[tuple[_Search, tuple[int, int], NDArray[np.int64]]]:
    """(the search, row and source, the nodes reached) for each source."""
    (sources,) = given.lists
    if not len(sources.nodes):
        return
    search = _Search(run, given.settings)
    for row, source in zip(sources.rows.tolist(), sources.nodes.tolist(), strict=True):
        run.interrupt.check()
        if search.takes(source):
            yield search, (row, source), search.from_node(source, _EVERYTHING)


def sssp_path(run: Run, given: Given) -> Iterator[Piece]:
    """A shortest path for each source and each target of a row; none where none leads there."""
    sources, targets = given.lists
    if not len(sources.nodes) or not len(targets.nodes):
        return
    search = _Search(run, given.settings)
    for pairs in _pairs(run, given):
        found, held_bytes = _found(search, pairs)
        there = [place for place, way in enumerate(found) if way is not None]
        ways = [way for way in found if way is not None]
        chosen = np.array(there, np.int64)
        columns = {
            "source": cols.nodes(pairs.sources[chosen]),
            "target": cols.nodes(pairs.targets[chosen]),
            "distance": cols.from_values([way.distances[-1] for way in ways]),
            "vertexPath": cols.mixed([list(way.path.nodes) for way in ways]),
            "allDistances": cols.mixed([way.distances for way in ways]),
            "path": cols.mixed([way.path for way in ways]),
        }
        if ways:
            yield Piece(pairs.rows[chosen], columns)
        run.charge(-held_bytes)


class _Search:
    """What the searches of one call share."""

    def __init__(self, run: Run, settings: Settings) -> None:
        self.run = run
        selection = selection_of(settings)
        assert selection.weight is not None
        self.projection = project(run, selection)
        self.weight = selection.weight
        weights = checked_weights(self.projection, self.weight, settings)
        self._flat = self.projection.indptr, self.projection.neighbours, weights
        nodes = self.projection.nodes
        run.charge(DistanceScratch.bytes_for(nodes) + nodes)
        self.scratch = DistanceScratch(nodes, weights.dtype)
        self._met = np.zeros(nodes, np.bool_)

    def takes(self, source: int) -> bool:
        """Whether a node is one that the selection has."""
        kept = self.projection.kept
        return kept is None or bool(kept[source])

    def from_node(self, source: int, wanted: NDArray[np.int64]) -> NDArray[np.int64]:
        """The nodes reached; see the kernel."""
        flag = self.run.interrupt.flag
        reached = by_distance(self._flat, source, wanted, self.scratch, flag)
        self.run.interrupt.check()
        return reached

    def reaches(self, source: int, targets: NDArray[np.int64]) -> NDArray[np.bool_]:
        """bool[k]: to which of the targets a path leads."""
        reached = self.from_node(source, np.unique(targets))
        self._met[reached] = True
        there = self._met[targets]
        self._met[reached] = False
        return there

    def parents(self, source: int, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """The node before each on a shortest way of the last search, the source before itself."""
        entries = self.scratch.entries[nodes]
        # An entry is one of the row that begins last of those that begin up to it.
        before = np.searchsorted(self.projection.indptr, entries, "right") - 1
        return np.where(entries < 0, source, before)

    def column(self, nodes: NDArray[np.int64]) -> Column:
        """The distances of nodes that the last search reached."""
        return distance_column(self.scratch.distances[nodes], self.weight)


def checked_weights(made: Projection, weight: Weight, settings: Settings) -> NDArray[Any]:
    """The weights of a projection.

    Raises: Invalid(illegal_argument) where one is negative or no number, or where integers are so
        large that their sum along a path may not fit
    """
    weights = made.weights
    assert weights is not None
    if len(weights):
        least, most = weights.min(), weights.max()
        if not least >= 0:
            raise settings.wrong(f"needs weights that are not negative; {weight.key} has {least}")
        if weights.dtype == np.int64 and int(most) * made.nodes > INT_MAX:
            raise settings.wrong(
                f"cannot add up weights as large as {most} as integers; ask for {weight.key} as"
                " edgeWeightType double"
            )
    return weights


def distance_column(distances: NDArray[Any], weight: Weight | None) -> Column:
    """Distances with the type of their weights."""
    if distances.dtype == np.int64:
        return cols.ints(distances)
    if weight is not None and weight.type == "float":
        distances = singles(distances)
    return cols.floats(distances)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Sources with targets, by rows. Args: all int64[k]"""

    rows: NDArray[np.int64]
    sources: NDArray[np.int64]
    targets: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Way:
    """A path, and the distance at each of its nodes."""

    path: Path
    distances: list[Value]


def _pairs(run: Run, given: Given) -> Iterator[_Pairs]:
    """All pairs of each row, many rows at a time; counted while they are used."""
    sources, targets = given.lists
    ends = [np.searchsorted(part.rows, given.rows, "right") for part in given.lists]
    begins = [np.searchsorted(part.rows, given.rows, "left") for part in given.lists]
    counts = (ends[0] - begins[0]) * (ends[1] - begins[1])
    reached = np.cumsum(counts)
    begin = 0
    while begin < len(counts):
        before = int(reached[begin - 1]) if begin else 0
        end = max(begin + 1, int(np.searchsorted(reached, before + _PAIRS, "right")))
        held_bytes = _PAIR_BYTES * (int(reached[end - 1]) - before)
        run.charge(held_bytes)
        parts = []
        for place in range(begin, end):
            starts = sources.nodes[begins[0][place] : ends[0][place]]
            stops = targets.nodes[begins[1][place] : ends[1][place]]
            parts.append((starts.repeat(len(stops)), np.tile(stops, len(starts))))
        rows = given.rows[begin:end].repeat(counts[begin:end])
        if len(rows):
            yield _Pairs(
                rows,
                np.concatenate([starts for starts, _ in parts]),
                np.concatenate([stops for _, stops in parts]),
            )
        run.charge(-held_bytes)
        begin = end


def _found(search: _Search, pairs: _Pairs) -> tuple[list[_Way | None], int]:
    """A way for each pair, None where there is none, and the bytes that were charged for them; one
    search for each source.
    """
    found: list[_Way | None] = [None] * len(pairs.rows)
    held_bytes = 0
    order = np.argsort(pairs.sources, kind="stable")
    bounds = np.flatnonzero(np.diff(pairs.sources[order])) + 1
    for group in np.split(order, bounds):
        source = int(pairs.sources[group[0]])
        if not search.takes(source):
            continue
        search.run.interrupt.check()
        there = search.reaches(source, pairs.targets[group])
        ways: dict[int, _Way] = {}
        for place in group[there].tolist():
            target = int(pairs.targets[place])
            way = ways.get(target)
            if way is None:
                way = ways[target] = _way(search, target)
                held_bytes += _STEP_BYTES * len(way.distances)
            found[place] = way
    return found, held_bytes


def _way(search: _Search, target: int) -> _Way:
    """The way that the last search has found to a node, whose steps are charged."""
    indptr, entries = search.projection.indptr, search.scratch.entries
    nodes: list[int] = []
    edges: list[Edge] = []
    node, entry = target, 0
    while entry >= 0:
        if len(nodes) % _STEPS_AT_ONCE == 0:
            search.run.interrupt.check()
            search.run.charge(_STEP_BYTES * _STEPS_AT_ONCE)
        nodes.append(node)
        entry = int(entries[node])
        if entry >= 0:
            edges.append(Edge(int(search.projection.edges[entry])))
            node = int(np.searchsorted(indptr, entry, "right")) - 1
    nodes.reverse()
    edges.reverse()
    search.run.charge(-_STEP_BYTES * (-len(nodes) % _STEPS_AT_ONCE))
    distances = search.column(np.array(nodes, np.int64)).to_list()
    return _Way(Path(objects(Node, nodes, search.run.interrupt.check), tuple(edges)), distances)
