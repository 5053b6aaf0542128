"""Communities by modularity: Louvain and Leiden.

Above: `catalogue`. Below: `links`, `kernels/moving`, `kernels/refining`.
Edges lead both ways. Nodes move in a shuffled order, which is better than any with a pattern; it and
the draws of Leiden are always the same, so equal graphs give equal communities. What Leiden gives is
cut into connected parts at the end, by which modularity only gains: a run that stops before its last
level could else give a community in two parts.
Source: spec 05 sections 4.4 and 4.5; Blondel et al., Fast unfolding of communities in large networks
(2008); Traag, Waltman, van Eck, From Louvain to Leiden (2019).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seaglass.base.errors import Throttled
from seaglass.engine.algo.links import projected, weighed
from seaglass.engine.algo.run import NodeValues
from seaglass.engine.kernels.csr import counting_order
from seaglass.engine.kernels.mixing import shuffled
from seaglass.engine.kernels.moving import (
    aggregate,
    both_ways,
    connected_parts,
    modularity,
    move,
    renumber,
    strengths_of,
    tally_of,
)
from seaglass.engine.kernels.refining import refine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.algo.run import Run
    from seaglass.engine.kernels.moving import Weighted
    from seaglass.engine.kernels.spreading import Floats, Links
    from seaglass.engine.values.interrupt import Interrupt
    from seaglass.engine.values.options import Settings

# An entry of the graph and of the next smaller one, neighbours and weights.
_ENTRY_BYTES, _WEIGHED_ENTRY_BYTES = 16, 24
# Orders, communities of each level, tallies, strengths and sums.
_NODE_BYTES = 160


@dataclass(frozen=True, slots=True)
class Search:
    """How long to look for better communities.

    Args:
        levels: at most so often communities become nodes
        iterations: at most so often nodes move on one level
        level_tolerance / iteration_tolerance: what modularity must gain for another one
        theta: Leiden's: how far from the best a choice may be, in mean weights; None for Louvain
    """

    levels: int
    iterations: int
    level_tolerance: float
    iteration_tolerance: float
    theta: float | None


def louvain(run: Run, settings: Settings) -> NodeValues:
    """The community of each node, by Louvain's algorithm.

    Raises: Throttled(queries) while another search for communities runs on the graph
    """
    return _searched(run, settings, None)


def leiden(run: Run, settings: Settings) -> NodeValues:
    """The community of each node, by the Leiden algorithm; each is connected.

    Raises: as `louvain`
    """
    theta = settings.number("theta")
    if not theta > 0.0:
        raise settings.wrong(f"takes as theta a number above 0 and at most 1, not {theta!r}")
    return _searched(run, settings, theta)


def _searched(run: Run, settings: Settings, theta: float | None) -> NodeValues:
    if not run.alone.acquire(blocking=False):
        raise Throttled(
            "queries",
            "Another louvain or leiden algorithm is running on this graph, and one may run at a"
            " time. Try again when it has ended.",
        )
    try:
        return _communities_of(run, settings, theta)
    finally:
        run.alone.release()


def _communities_of(run: Run, settings: Settings, theta: float | None) -> NodeValues:
    onward, back = projected(run, settings)
    entry_bytes = _ENTRY_BYTES if onward.weights is None else _WEIGHED_ENTRY_BYTES
    run.charge(2 * entry_bytes * len(onward.neighbours) + _NODE_BYTES * onward.nodes)
    out, into = (weighed(run, settings, made, least=0.0) for made in (onward, back))
    search = Search(
        settings.integer("maxLevels"),
        settings.integer("maxIterations"),
        settings.number("levelTolerance"),
        settings.number("iterationTolerance"),
        theta,
    )
    found = communities(out, into, search, run.interrupt)
    if onward.kept is not None:
        named = found[onward.kept]
        renumber(named, onward.nodes)
        found[onward.kept] = named
    return NodeValues(found, onward.kept)


def communities(out: Links, back: Links, search: Search, interrupt: Interrupt) -> NDArray[np.int64]:
    """The community of each node, numbered from 0 by their first nodes.

    Args:
        out, back: one row per node of where edges lead, and of where they come from
            (`kernels/spreading`); weights not negative
    Returns: int64[n]
    Raises: Interrupted(cancelled | timeout)
    Cost: some 10 ns for each end of an edge and iteration, of which the first few touch most; 48
        bytes an edge, 60 a node.
    """
    order = shuffled(len(out[0]) - 1)
    whole = both_ways(out, back, order, interrupt.flag)
    interrupt.check()
    found = _found(whole, search, interrupt)
    if search.theta is not None:
        found = connected_parts(whole, found, interrupt.flag)
        interrupt.check()
    named = np.empty_like(found)
    named[order] = found
    renumber(named, len(named))
    return named


def _found(whole: Weighted, search: Search, interrupt: Interrupt) -> NDArray[np.int64]:
    nodes = len(whole[0]) - 1
    graph, strengths, part_of = whole, strengths_of(whole), np.arange(nodes)
    held = np.arange(nodes)
    draws = np.zeros(1, np.uint64)
    last = modularity(graph, held, strengths, interrupt.flag)
    for _ in range(search.levels if len(whole[1]) else 0):
        _settle(graph, held, strengths, search, interrupt)
        gained = modularity(graph, held, strengths, interrupt.flag)
        if gained - last < search.level_tolerance:
            break
        last = gained
        parts = held
        if search.theta is not None:
            parts = _refined((graph, held, strengths), search.theta, draws, interrupt)
        first = renumber(parts, len(parts))
        if len(first) == len(parts):
            break
        everything = np.arange(len(parts))
        members, starts = counting_order(parts, len(first), everything, interrupt.flag)
        interrupt.check()
        # A part lies in one community, which goes on as that of the part.
        renumber(held, len(held))
        held = held[first]
        graph = aggregate(graph, parts, (starts, members), interrupt.flag)
        interrupt.check()
        part_of, strengths = parts[part_of], strengths_of(graph)
    return held[part_of]


def _settle(
    graph: Weighted,
    held: NDArray[np.int64],
    strengths: Floats,
    search: Search,
    interrupt: Interrupt,
) -> None:
    """Moves nodes until modularity gains too little."""
    waiting = np.ones(len(held), np.bool_)
    totals = _totals(held, strengths)
    total = float(strengths.sum())
    tally = tally_of(len(held))
    for _ in range(search.iterations):
        gained = move(graph, (held, waiting, strengths), (totals, total), tally, interrupt.flag)
        interrupt.check()
        if gained < search.iteration_tolerance or not waiting.any():
            break


def _refined(
    level: tuple[Weighted, NDArray[np.int64], Floats],
    theta: float,
    draws: NDArray[np.uint64],
    interrupt: Interrupt,
) -> NDArray[np.int64]:
    graph, held, strengths = level
    total = float(strengths.sum())
    mean = total / len(graph[1])
    totals = _totals(held, strengths)
    parts = refine(graph, (held, strengths, totals), (theta * mean, total), draws, interrupt.flag)
    interrupt.check()
    return parts


def _totals(held: NDArray[np.int64], strengths: Floats) -> Floats:
    """The strength of each community, float64[n]."""
    return np.bincount(held, weights=strengths, minlength=len(held)).astype(np.float64, copy=False)
