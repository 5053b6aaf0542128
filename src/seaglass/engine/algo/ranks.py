"""PageRank and eigenvector centrality: iterations of what flows along edges.

Above: `catalogue`. Below: `blocks`, `links`, `kernels/spreading`.
Source: spec 05 sections 2.2 and 2.4.
Both stop early when the sum of all changes is less than the number of nodes times the tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.algo.blocks import Blocks, entry_spans, spans_of
from seaglass.engine.algo.links import back_of, count_of, shares, weighed
from seaglass.engine.algo.projection import project
from seaglass.engine.algo.run import NodeValues
from seaglass.engine.kernels.spreading import add_weights, rank_rows, shown, sum_rows
from seaglass.engine.values.singles import singles

if TYPE_CHECKING:
    from seaglass.engine.algo.run import Run
    from seaglass.engine.kernels.spreading import Floats, Links
    from seaglass.engine.values.interrupt import Interrupt
    from seaglass.engine.values.options import Settings

# Ranks, shares of now and of next time, where restarts lead, sums of weights and their inverses.
_NODE_BYTES = 48


@dataclass(frozen=True, slots=True)
class Iterations:
    """When to stop, and with how many threads to work.

    Args:
        nodes: how many take part; count: at most so many iterations
        tolerance: of the mean change of a node; concurrency: 1 for one thread
    """

    nodes: int
    count: int
    tolerance: float
    concurrency: int


def page_rank(run: Run, settings: Settings) -> NodeValues:
    """The PageRank of each node, as spec 05 section 2.2 has it."""
    made = project(run, back_of(settings))
    run.charge(_NODE_BYTES * made.nodes)
    links = weighed(run, settings, made, least=0.0)
    restart = shares(run, settings, made)
    damping = settings.number("dampingFactor")
    iterations = _iterations(settings, count_of(made))
    return NodeValues(ranks_of(links, restart, damping, iterations, run.interrupt), made.kept)


def eigenvector_centrality(run: Run, settings: Settings) -> NodeValues:
    """The eigenvector centrality of each node, in 32 bits, as spec 05 section 2.4 has it."""
    made = project(run, back_of(settings))
    run.charge(_NODE_BYTES * made.nodes)
    links = weighed(run, settings, made, least=-np.inf)
    start = shares(run, settings, made)
    scores = scores_of(links, start, _iterations(settings, count_of(made)), run.interrupt)
    return NodeValues(singles(scores), made.kept)


def _iterations(settings: Settings, nodes: int) -> Iterations:
    return Iterations(
        nodes,
        # Of nothing, nothing ever changes.
        settings.integer("numOfIterations") if nodes else 0,
        settings.number("tolerance"),
        settings.integer("concurrency"),
    )


def ranks_of(
    links: Links, restart: Floats, damping: float, iterations: Iterations, interrupt: Interrupt
) -> Floats:
    """The rank of each node; their sum is 1.

    Args:
        links: one row per node of where rank comes from (`kernels/spreading`); weights not negative
        restart: float64[n], where ranks begin, and where a restart, and what no edge carries on,
            leads; its sum is 1
        damping: 0 to 1, the share that follows edges
    Returns: float64[n]
    Cost: some 3 ns an edge and iteration, shared by the threads; 40 bytes a node
    """
    links = shown(links)
    leaving = np.zeros(len(restart), np.float64)
    for entries in entry_spans(links):
        interrupt.check()
        add_weights(links, entries, leaving)
    inverse = np.divide(1.0, leaving, out=np.zeros_like(leaving), where=leaving > 0.0)
    ranks = restart.copy()
    shares, following = ranks * inverse, np.empty_like(ranks)
    lost = float(ranks[inverse == 0.0].sum())
    with Blocks(spans_of(links[0]), iterations.concurrency, interrupt) as blocks:
        for _ in range(iterations.count):
            parts = blocks.run(
                lambda rows: rank_rows(
                    links,
                    (restart, inverse),
                    (shares, ranks, following),  # noqa: B023 - run before the next iteration
                    (damping, lost),  # noqa: B023
                    rows,
                )
            )
            lost = sum(dangling for _, dangling in parts)
            shares, following = following, shares
            if sum(change for change, _ in parts) < iterations.nodes * iterations.tolerance:
                break
    return ranks


def scores_of(links: Links, start: Floats, iterations: Iterations, interrupt: Interrupt) -> Floats:
    """The centrality of each node: a vector of length 1, or 0 where everything flows out of the graph.

    Args:
        links: one row per node of where scores come from (`kernels/spreading`)
        start: float64[n], the first vector
    Returns: float64[n]
    Cost: as `ranks_of`
    """
    links = shown(links)
    scores, sums = start, np.empty_like(start)
    with Blocks(spans_of(links[0]), iterations.concurrency, interrupt) as blocks:
        for _ in range(iterations.count):
            squares = sum(
                blocks.run(lambda rows: sum_rows(links, scores, rows, sums))  # noqa: B023
            )
            if squares > 0.0:
                sums /= np.sqrt(squares)
            change = float(np.abs(sums - scores).sum())
            scores, sums = sums, np.empty_like(start)
            if change < iterations.nodes * iterations.tolerance:
                break
    return scores
