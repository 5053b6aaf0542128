"""topksssp and egonet: hop by hop from a node, with only the best of each hop carried on.

Above: `catalogue`. Below: `projection` for weights, `graph/read`, `distance`.
They look at what is near their sources only, so that nothing is projected.

topksssp: in each hop the nodes carried on are left along their edges. What is found and is new, or
nearer than known, is a candidate; the best of the hop's candidates are carried on, and they are what
is found. With costFunction max the farthest are the best, and a node keeps the distance of the hop
that finds it first, the greatest in it.
egonet: in each hop the nodes that were not met before are candidates, each with its best edge;
the best are carried on. So all edges of an egonet make a tree.

Where candidates are as good as each other, those of the least number are carried on.
Source: spec 05 sections 1.3 and 1.4.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from seaglass.engine.algo.distance import distance_column
from seaglass.engine.algo.projection import Weight, edge_weights, selection_of
from seaglass.engine.algo.run import Piece, from_one
from seaglass.engine.graph import read
from seaglass.engine.values import column as cols
from seaglass.engine.values.order import float_codes, sort_rows
from seaglass.engine.values.parts import joined, spans
from seaglass.engine.values.types import INT_MAX, Edge, Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seaglass.engine.algo.projection import WeightType
    from seaglass.engine.algo.run import Given, Run
    from seaglass.engine.graph.expand import Direction
    from seaglass.engine.values.options import Settings

# Of an edge that a hop looks at: three numbers, its weight and cost, masks, an order.
_EDGE_BYTES = 80
# Of a node that is reached: itself and its distance. Of a node and an edge in lists: two objects.
_REACHED_BYTES = 16
_LISTED_BYTES = 200
_DIRECTIONS: dict[str, Direction] = {"outbound": "out", "inbound": "in", "both": "both"}
_UNLIMITED = -1
# Edges that are looked at together, and numbers that Python makes objects of: some 20 ms.
_PART_EDGES = 1 << 18
_PART_NUMBERS = 1 << 14


@dataclass(frozen=True, slots=True)
class _Hop:
    """How a hop is done. Args: label: of what it finds; None for any"""

    edge_labels: tuple[str, ...]
    direction: Direction
    weight: Weight | None
    label: str | None


@dataclass(frozen=True, slots=True)
class _Steps:
    """Edges from a node of the hop to what it finds. Args: starts: places of the hop's nodes"""

    starts: NDArray[np.int64]
    nodes: NDArray[np.int64]
    edges: NDArray[np.int64]
    weights: NDArray[Any]

    def where(self, chosen: NDArray[Any]) -> _Steps:
        """Some of the edges, by a mask or by places."""
        return _Steps(
            self.starts[chosen], self.nodes[chosen], self.edges[chosen], self.weights[chosen]
        )


def _steps(run: Run, nodes: NDArray[np.int64], hop: _Hop) -> Iterator[_Steps]:
    """The edges of a hop, some at a time, or all of one node. The caller has charged for all."""
    counts = read.degrees(run.version, nodes, hop.edge_labels, hop.direction)
    cuts = np.flatnonzero(np.diff(np.cumsum(counts) // _PART_EDGES)) + 1
    for begin, end in pairwise([0, *cuts.tolist(), len(nodes)]):
        run.interrupt.check()
        yield _steps_of(run, nodes[begin:end], hop, begin)


def _steps_of(run: Run, nodes: NDArray[np.int64], hop: _Hop, first: int) -> _Steps:
    """Args: first: the place of the first of the nodes"""
    found = read.expand(run.version, nodes, hop.edge_labels, hop.direction)
    run.interrupt.check()
    weights: NDArray[Any] = np.ones(len(found.edges))
    keep: NDArray[np.bool_] | None = None
    if hop.weight is not None:
        weights, keep = edge_weights(run.version, found.edges, hop.weight)
    if hop.label is not None:
        labelled = read.has_labels(run.version, found.nodes, (hop.label,))
        keep = labelled if keep is None else keep & labelled
    steps = _Steps(found.rows + first, found.nodes, found.edges, weights)
    if keep is not None:
        steps = steps.where(keep)
    return steps


def _edges_bytes(run: Run, nodes: NDArray[np.int64], hop: _Hop) -> int:
    edges = int(read.degrees(run.version, nodes, hop.edge_labels, hop.direction).sum())
    return _EDGE_BYTES * edges


def _joined(run: Run, parts: list[_Steps]) -> _Steps:
    """The parts as one; there is at least one."""
    check = run.interrupt.check
    starts, nodes, edges = (
        joined([getattr(part, name) for part in parts], check)
        for name in ("starts", "nodes", "edges")
    )
    return _Steps(starts, nodes, edges, joined([part.weights for part in parts], check))


def _firsts(run: Run, nodes: NDArray[np.int64], order: NDArray[np.int64]) -> NDArray[np.int64]:
    """The first place of each node in an order by node."""
    found = []
    last = -1
    for span in spans(len(order), run.interrupt.check):
        part = nodes[order[span]]
        found.append(order[span][np.flatnonzero(np.diff(part, prepend=last))])
        last = part[-1]
    return joined(found, run.interrupt.check) if found else order


def _best(
    run: Run, nodes: NDArray[np.int64], costs: NDArray[Any], least: bool
) -> NDArray[np.int64]:
    """Places of the best step to each node, the best node first. Args: least: the lowest costs are
    the best"""
    # The least integer has no negative, but every integer has a complement. What is no number is the
    # worst in either order.
    whole = costs.dtype == np.int64
    wanted = costs if least else ~costs if whole else -costs
    codes = wanted if whole else float_codes(wanted)
    ranks = cols.ints(codes)
    rows = [cols.ints(nodes), ranks]
    firsts = _firsts(run, nodes, sort_rows(rows, (False, False), len(nodes), run.interrupt))
    kept = [ranks.take(firsts), rows[0].take(firsts)]
    return firsts[sort_rows(kept, (False, False), len(firsts), run.interrupt)]


def _limited(places: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    return places if most == _UNLIMITED else places[:most]


def _whole_limits(settings: Settings, key: str, hops: int) -> tuple[int, ...]:
    """A limit for each hop.

    Raises: Invalid(illegal_argument) for a limit of 0, and where there are fewer limits than hops
    """
    found = settings.integers(key)
    if 0 in found:
        raise settings.wrong(f"takes in {key} positive integers and -1, not 0")
    if len(found) < hops:
        raise settings.wrong(f"needs in {key} a number for each of {hops} hops, not {len(found)}")
    return found[:hops]


def topksssp(run: Run, given: Given) -> Iterator[Piece]:
    """For each source, the nodes found with their distances: with min the farthest first, with max
    the nearest.
    """
    settings = given.settings
    selection = selection_of(settings)
    least = settings.text("costFunction") == "min"
    limits = _whole_limits(settings, "perHopLimits", settings.integer("hopCount"))
    label = selection.vertex_labels[0] if selection.vertex_labels else None
    hop = _Hop(selection.edge_labels, selection.direction, selection.weight, label)
    (sources,) = given.lists
    for row, source in zip(sources.rows.tolist(), sources.nodes.tolist(), strict=True):
        run.interrupt.check()
        if label is None or read.has_labels(run.version, np.array([source]), (label,))[0]:
            nodes, distances = _top(run, source, (hop, limits, least), settings)
            codes = distances if distances.dtype == np.int64 else float_codes(distances)
            codes = ~codes if least else codes
            # Stable: of the same distance, the node of the least number comes first.
            order = sort_rows([cols.ints(codes)], (False,), len(nodes), run.interrupt)
            columns = {
                "node": cols.nodes(nodes[order]),
                "distance": distance_column(distances[order], hop.weight),
            }
            yield from from_one(run, (row, source), columns, _REACHED_BYTES)


def _top(
    run: Run, source: int, how: tuple[_Hop, tuple[int, ...], bool], settings: Settings
) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """The nodes found, ascending, and their distances."""
    hop, limits, least = how
    whole = hop.weight is not None and hop.weight.type in ("int", "long")
    known = np.array([source], np.int64)
    distances: NDArray[Any] = np.zeros(1, np.int64 if whole else np.float64)
    frontier, reached = known, distances
    for most in limits:
        if not len(frontier):
            break
        held_bytes = _edges_bytes(run, frontier, hop)
        run.charge(held_bytes)
        candidates: list[_Steps] = []
        for steps in _steps(run, frontier, hop):
            costs = _costs(reached[steps.starts], steps.weights, settings)
            # Where each node is in `known`, if it is there.
            places = np.minimum(np.searchsorted(known, steps.nodes), len(known) - 1)
            new = known[places] != steps.nodes
            if least:
                new |= costs < distances[places]
            candidates.append(replace(steps, weights=costs).where(new))
        found = _joined(run, candidates)
        chosen = _limited(_best(run, found.nodes, found.weights, least), most)
        frontier, reached = found.nodes[chosen], found.weights[chosen]
        # What is carried on is better than what is known.
        both = np.concatenate([frontier, known])
        order = sort_rows([cols.ints(both)], (False,), len(both), run.interrupt)
        firsts = _firsts(run, both, order)
        known, distances = both[firsts], np.concatenate([reached, distances])[firsts]
        run.charge(-held_bytes)
    return known, distances


def _costs(distances: NDArray[Any], weights: NDArray[Any], settings: Settings) -> NDArray[Any]:
    """The distances at the ends of steps.

    Raises: Invalid(illegal_argument) for a weight that is negative or no number, and for a sum that
        does not fit
    """
    costs: NDArray[Any] = distances + weights
    if not len(weights):
        return costs
    if not weights.min() >= 0:
        raise settings.wrong(f"needs weights that are not negative, not {weights.min()}")
    if costs.dtype == np.int64 and costs.min() < 0:
        raise settings.wrong(f"has found a distance above {INT_MAX}; ask for weights as double")
    return costs


def egonet(run: Run, given: Given) -> Iterator[Piece]:
    """For each node, its egonet as lists: the nodes, the best first and the node itself last, and
    the edges to them in the same order.
    """
    for row, ego, nets in _egonets(run, given):
        held_bytes = _LISTED_BYTES * (1 + sum(len(steps.nodes) for steps in nets))
        run.charge(held_bytes)
        nodes = [Node(node) for steps in nets for node in _numbers(run, steps.nodes)]
        edges = [Edge(edge) for steps in nets for edge in _numbers(run, steps.edges)]
        columns = {
            "egoNode": cols.nodes(np.array([ego], np.int64)),
            "nodeList": cols.mixed([[*nodes, Node(ego)]]),
            "edgeList": cols.mixed([edges]),
        }
        yield Piece(np.array([row], np.int64), columns)
        run.charge(-held_bytes)


def egonet_edges(run: Run, given: Given) -> Iterator[Piece]:
    """For each node, a row for each edge of its egonet, in their order."""
    kind = given.settings.text("edgeWeightType")
    for row, ego, nets in _egonets(run, given):
        edges = np.concatenate([steps.edges for steps in nets])
        sources, targets = read.edge_ends(run.version, edges)
        weights = np.concatenate([steps.weights for steps in nets])
        columns = {
            "egoNode": cols.nodes(np.full(len(edges), ego, np.int64)),
            "source": cols.nodes(sources),
            "target": cols.nodes(targets),
            "weight": distance_column(weights, Weight("", cast("WeightType", kind))),
        }
        if len(edges):
            yield Piece(np.full(len(edges), row, np.int64), columns)


def _numbers(run: Run, numbers: NDArray[np.int64]) -> Iterator[int]:
    for begin in range(0, len(numbers), _PART_NUMBERS):
        run.interrupt.check()
        yield from numbers[begin : begin + _PART_NUMBERS].tolist()


def _egonets(run: Run, given: Given) -> Iterator[tuple[int, int, list[_Steps]]]:
    """(row, node, the steps of each hop) for each node."""
    settings = given.settings
    hops = _egonet_hops(settings)
    limits = _whole_limits(settings, "perHopMaxNeighbor", len(hops))
    least = settings.text("costFunction") == "min"
    first = hops[0].label
    (egos,) = given.lists
    for row, ego in zip(egos.rows.tolist(), egos.nodes.tolist(), strict=True):
        run.interrupt.check()
        if first is None or read.has_labels(run.version, np.array([ego]), (first,))[0]:
            found, held_bytes = _egonet(run, ego, (hops, limits, least))
            yield row, ego, found
            run.charge(-held_bytes)


def _egonet_hops(settings: Settings) -> tuple[_Hop, ...]:
    """Raises: Invalid(illegal_argument) where a list has another length than there are hops"""
    count = settings.integer("hopCount")
    kind = cast("WeightType", settings.text("edgeWeightType"))
    lists = {
        key: settings.texts(key)
        for key in ("perHopEdgeWeightProperty", "perHopVertexLabel", "perHopTraversalDirection")
    }
    for key, values in {
        **lists,
        "perHopMaxNeighbor": settings.integers("perHopMaxNeighbor"),
    }.items():
        if values and len(values) != count:
            raise settings.wrong(f"needs {key} for each of {count} hops, not {len(values)}")
    labels = lists["perHopVertexLabel"] or (None,) * count
    directions = lists["perHopTraversalDirection"] or ("outbound",) * count
    return tuple(
        _Hop(settings.texts("edgeLabels"), _DIRECTIONS[way], Weight(key, kind), label)
        for key, way, label in zip(
            lists["perHopEdgeWeightProperty"], directions, labels, strict=True
        )
    )


def _egonet(
    run: Run, ego: int, how: tuple[tuple[_Hop, ...], tuple[int, ...], bool]
) -> tuple[list[_Steps], int]:
    """The steps of each hop, the best first, and the bytes that were charged for them."""
    hops, limits, least = how
    met = np.array([ego], np.int64)
    frontier = met
    found: list[_Steps] = []
    held_bytes = 0
    for hop, most in zip(hops, limits, strict=True):
        edges_bytes = _edges_bytes(run, frontier, hop)
        run.charge(edges_bytes)
        candidates = [
            steps.where(
                met[np.minimum(np.searchsorted(met, steps.nodes), len(met) - 1)] != steps.nodes
            )
            for steps in _steps(run, frontier, hop)
        ]
        steps = _joined(run, candidates)
        steps = steps.where(_limited(_best(run, steps.nodes, steps.weights, least), most))
        found.append(steps)
        frontier = steps.nodes
        met = np.concatenate([met, frontier])
        met = met[sort_rows([cols.ints(met)], (False,), len(met), run.interrupt)]
        run.charge(_EDGE_BYTES * len(frontier) - edges_bytes)
        held_bytes += _EDGE_BYTES * len(frontier)
    return found, held_bytes
