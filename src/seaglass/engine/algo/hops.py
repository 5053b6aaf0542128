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
from seaglass.engine.values.lists import listed
from seaglass.engine.values.order import float_codes, sort_rows
from seaglass.engine.values.parts import FAR_ROWS, joined, mapped, spans, taken
from seaglass.engine.values.types import INT_MAX

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from seaglass.engine.algo.projection import WeightType
    from seaglass.engine.algo.run import Given, Run
    from seaglass.engine.graph.expand import Direction
    from seaglass.engine.values.options import Settings

# Of an edge that a hop looks at: three numbers, its weight and cost, masks, an order.
_EDGE_BYTES = 80
# Of a node that is reached: itself and its distance. Of a node and an edge in lists: two numbers,
# and what they are made of.
_REACHED_BYTES = 16
_LISTED_BYTES = 32
_DIRECTIONS: dict[str, Direction] = {"outbound": "out", "inbound": "in", "both": "both"}
_UNLIMITED = -1
# Edges that are looked at together: some 10 ms.
_PART_EDGES = 1 << 16


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


def _steps(
    run: Run, nodes: NDArray[np.int64], counts: NDArray[np.int64], hop: _Hop
) -> Iterator[_Steps]:
    """The edges of a hop, some at a time. The caller has charged for all.

    Args: counts: the degrees of the nodes
    """
    check = run.interrupt.check
    cuts = np.flatnonzero(np.diff(np.cumsum(counts) // _PART_EDGES)) + 1
    for begin, end in pairwise([0, *cuts.tolist(), len(nodes)]):
        check()
        found = read.expand(run.version, nodes[begin:end], hop.edge_labels, hop.direction)
        check()
        # A hub alone may have very many. Of none there is a part too, with the types of the others.
        for span in spans(max(len(found.edges), 1), check, _PART_EDGES):
            starts, ends, edges = found.rows[span] + begin, found.nodes[span], found.edges[span]
            yield _weighed(run, (starts, ends, edges), hop)


def _weighed(
    run: Run, steps: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]], hop: _Hop
) -> _Steps:
    """Those of the steps that the hop may take. Args: steps: starts, nodes, edges"""
    starts, nodes, edges = steps
    weights: NDArray[Any] = np.ones(len(edges))
    keep: NDArray[np.bool_] | None = None
    if hop.weight is not None:
        weights, keep = edge_weights(run.version, edges, hop.weight)
    if hop.label is not None:
        labelled = read.has_labels(run.version, nodes, (hop.label,))
        keep = labelled if keep is None else keep & labelled
    found = _Steps(starts, nodes, edges, weights)
    return found if keep is None else found.where(keep)


def _degrees(run: Run, nodes: NDArray[np.int64], hop: _Hop) -> NDArray[np.int64]:
    """How many edges of the hop each node has."""
    return mapped(
        lambda part: read.degrees(run.version, part, hop.edge_labels, hop.direction),
        nodes,
        run.interrupt.check,
    )


def _chosen(run: Run, steps: _Steps, places: NDArray[np.int64]) -> _Steps:
    """The steps at the places, which may be many."""
    check = run.interrupt.check
    starts, nodes, edges = (
        taken(array, places, check) for array in (steps.starts, steps.nodes, steps.edges)
    )
    return _Steps(starts, nodes, edges, taken(steps.weights, places, check))


def _ascending(run: Run, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The places of the nodes by their numbers; of the same, the first first."""
    return sort_rows([cols.ints(nodes)], (False,), len(nodes), run.interrupt)


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
    for span in spans(len(order), run.interrupt.check, FAR_ROWS):
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
    check = run.interrupt.check
    if costs.dtype == np.int64:
        codes = costs if least else mapped(np.invert, costs, check)
    else:
        codes = mapped(lambda part: float_codes(part if least else -part), costs, check)
    rows = [cols.ints(nodes), cols.ints(codes)]
    firsts = _firsts(run, nodes, sort_rows(rows, (False, False), len(nodes), run.interrupt))
    kept = [cols.ints(taken(array, firsts, check)) for array in (codes, nodes)]
    return taken(firsts, sort_rows(kept, (False, False), len(firsts), run.interrupt), check)


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
            check = run.interrupt.check
            codes = distances
            if distances.dtype != np.int64:
                codes = mapped(float_codes, distances, check)
            # Stable: of the same distance, the node of the least number comes first.
            order = sort_rows([cols.ints(codes)], (least,), len(nodes), run.interrupt)
            columns = {
                "node": cols.nodes(taken(nodes, order, check)),
                "distance": distance_column(taken(distances, order, check), hop.weight),
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
        counts = _degrees(run, frontier, hop)
        held_bytes = _EDGE_BYTES * int(counts.sum())
        run.charge(held_bytes)
        candidates: list[_Steps] = []
        for steps in _steps(run, frontier, counts, hop):
            costs = _costs(reached[steps.starts], steps.weights, settings)
            # Where each node is in `known`, if it is there.
            places = np.minimum(np.searchsorted(known, steps.nodes), len(known) - 1)
            new = known[places] != steps.nodes
            if least:
                new |= costs < distances[places]
            candidates.append(replace(steps, weights=costs).where(new))
        found = _joined(run, candidates)
        chosen = _limited(_best(run, found.nodes, found.weights, least), most)
        check = run.interrupt.check
        frontier, reached = taken(found.nodes, chosen, check), taken(found.weights, chosen, check)
        # What is carried on is better than what is known.
        both = joined([frontier, known], check)
        firsts = _firsts(run, both, _ascending(run, both))
        known = taken(both, firsts, check)
        distances = taken(joined([reached, distances], check), firsts, check)
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
        nodes = _of_nets(run, nets, "nodes", np.array([ego], np.int64))
        edges = _of_nets(run, nets, "edges")
        columns = {
            "egoNode": cols.nodes(np.array([ego], np.int64)),
            "nodeList": listed(np.array([len(nodes)]), cols.nodes(nodes)),
            "edgeList": listed(np.array([len(edges)]), cols.edges(edges)),
        }
        yield Piece(np.array([row], np.int64), columns)
        run.charge(-held_bytes)


def _of_nets(run: Run, nets: list[_Steps], name: str, *more: NDArray[np.int64]) -> NDArray[Any]:
    """An array of all hops, and more after it."""
    return joined([*(getattr(steps, name) for steps in nets), *more], run.interrupt.check)


def egonet_edges(run: Run, given: Given) -> Iterator[Piece]:
    """For each node, a row for each edge of its egonet, in their order."""
    kind = given.settings.text("edgeWeightType")
    for row, ego, nets in _egonets(run, given):
        edges, weights = _of_nets(run, nets, "edges"), _of_nets(run, nets, "weights")
        for span in spans(len(edges), run.interrupt.check, _PART_EDGES):
            some = edges[span]
            sources, targets = read.edge_ends(run.version, some)
            columns = {
                "egoNode": cols.nodes(np.full(len(some), ego, np.int64)),
                "source": cols.nodes(sources),
                "target": cols.nodes(targets),
                "weight": distance_column(weights[span], Weight("", cast("WeightType", kind))),
            }
            yield Piece(np.full(len(some), row, np.int64), columns)


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
        counts = _degrees(run, frontier, hop)
        edges_bytes = _EDGE_BYTES * int(counts.sum())
        run.charge(edges_bytes)
        candidates = [
            steps.where(
                met[np.minimum(np.searchsorted(met, steps.nodes), len(met) - 1)] != steps.nodes
            )
            for steps in _steps(run, frontier, counts, hop)
        ]
        steps = _joined(run, candidates)
        best = _limited(_best(run, steps.nodes, steps.weights, least), most)
        steps = _chosen(run, steps, best)
        found.append(steps)
        frontier = steps.nodes
        met = joined([met, frontier], run.interrupt.check)
        met = taken(met, _ascending(run, met), run.interrupt.check)
        run.charge(_EDGE_BYTES * len(frontier) - edges_bytes)
        held_bytes += _EDGE_BYTES * len(frontier)
    return found, held_bytes
