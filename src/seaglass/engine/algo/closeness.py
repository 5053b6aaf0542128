"""Closeness centrality, exact or from a sample of nodes.

Above: `catalogue`. Below: `blocks`, `links`, `kernels/closeness`.
Distances lead from the node that is scored, along its edges. The sample takes the place of the whole
graph in the formula: of the k sampled nodes other than the scored one it reaches c, by d steps
together; its score is c * c / (k * d), or k / d where it is not normalised. With all nodes in the
sample that is the exact value. Which nodes are sampled follows from the number of nodes alone, so
equal calls give equal scores.
Source: spec 05 section 2.3; the sample and its formula are ours.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seaglass.engine.algo.blocks import Blocks
from seaglass.engine.algo.links import all_of, flat, projected
from seaglass.engine.algo.run import NodeValues
from seaglass.engine.kernels.closeness import (
    SEARCHES_MAX,
    distances_of_starts,
    distances_to_nodes,
    search_scratch,
)
from seaglass.engine.kernels.mixing import shuffled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.algo.projection import Projection
    from seaglass.engine.algo.run import Run
    from seaglass.engine.kernels.closeness import FlatCsr, Totals
    from seaglass.engine.values.interrupt import Interrupt
    from seaglass.engine.values.options import Settings

# Scratch and totals of one thread.
_NODE_BYTES = 56


@dataclass(frozen=True, slots=True)
class Closeness:
    """How to score.

    Args: sources: int64[k], ascending, the sample; normalize: whether by the share that is reached;
        concurrency: 1 for one thread
    """

    sources: NDArray[np.int64]
    normalize: bool
    concurrency: int


def sample(nodes: int, count: int) -> NDArray[np.int64]:
    """The first of the nodes in a shuffled order that is always the same; all where `count` is at
    least their number. Returns: int64[min(nodes, count)], ascending"""
    return np.arange(nodes) if count >= nodes else np.sort(shuffled(nodes)[:count])


def closeness_centrality(run: Run, settings: Settings) -> NodeValues:
    """The closeness of each node."""
    onward, back = projected(run, settings)
    return _scored(run, settings, (onward, back), all_of(onward))


def closeness_of_few(run: Run, settings: Settings, nodes: NDArray[np.int64]) -> NodeValues | None:
    """The closeness of some nodes; None where that of all nodes costs no more.

    Args: nodes: int64[k], distinct
    """
    if len(nodes) >= settings.integer("numSources"):
        return None
    onward, back = projected(run, settings)
    return _scored(run, settings, (onward, back), nodes[onward.has(nodes)])


def _scored(
    run: Run,
    settings: Settings,
    made: tuple[Projection, Projection],
    nodes: NDArray[np.int64],
) -> NodeValues:
    onward, back = made
    run.charge(_NODE_BYTES * onward.nodes * (os.cpu_count() or 1))
    taking_part = all_of(onward)
    sources = taking_part[sample(len(taking_part), settings.integer("numSources"))]
    how = Closeness(sources, settings.flag("normalize"), settings.integer("concurrency"))
    values = np.zeros(onward.nodes, np.float64)
    values[nodes] = closeness((flat(onward), flat(back)), nodes, how, run.interrupt)
    return NodeValues(values, onward.kept)


def closeness(
    links: tuple[FlatCsr, FlatCsr],
    listed: NDArray[np.int64],
    how: Closeness,
    interrupt: Interrupt,
) -> NDArray[np.float64]:
    """The closeness of each listed node, 0 where it reaches none of the sources.

    Args:
        links: where edges lead, and where they come from: flat CSR without weights
        listed: int64[k], nodes
    Returns: float64[k]
    Cost: of 64 searches at once, at most a pass over the edges for each step; there are as many
        searches as sources or listed nodes, whichever are fewer. 56 bytes a node and thread.
    """
    sources = how.sources
    counted = np.zeros(len(links[0][0]) - 1, np.bool_)
    counted[sources] = True
    if len(listed) < len(sources):
        counts, distances = _of_listed((*links, counted), listed, how.concurrency, interrupt)
    else:
        counts, distances = _to_sources(links, sources, how.concurrency, interrupt)
        counts, distances = counts[listed], distances[listed]
    others = len(sources) - counted[listed].astype(np.int64)
    above = counts * (counts / np.maximum(others, 1)) if how.normalize else others
    scores = np.zeros(len(listed), np.float64)
    np.divide(above, distances, out=scores, where=distances > 0)
    return scores


def _spans(count: int) -> list[tuple[int, int]]:
    return [(begin, min(begin + SEARCHES_MAX, count)) for begin in range(0, count, SEARCHES_MAX)]


def _to_sources(
    links: tuple[FlatCsr, FlatCsr],
    sources: NDArray[np.int64],
    concurrency: int,
    interrupt: Interrupt,
) -> Totals:
    """For each node, how many sources it reaches, and by how many steps: searches from the sources,
    against the edges."""
    onward, back = links
    nodes = len(onward[0]) - 1
    threads = threading.local()
    made: list[Totals] = []

    def work(span: tuple[int, int]) -> None:
        if not hasattr(threads, "totals"):
            threads.scratch = search_scratch(nodes)
            threads.totals = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
            made.append(threads.totals)
        starts = sources[span[0] : span[1]]
        distances_to_nodes((back, onward), starts, threads.scratch, threads.totals, interrupt.flag)

    with Blocks(_spans(len(sources)), concurrency, interrupt) as blocks:
        blocks.run(work)
    interrupt.check()
    counts, distances = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    for found_counts, found_distances in made:
        counts += found_counts
        distances += found_distances
    return counts, distances


def _of_listed(
    links: tuple[FlatCsr, FlatCsr, NDArray[np.bool_]],
    listed: NDArray[np.int64],
    concurrency: int,
    interrupt: Interrupt,
) -> Totals:
    """For each listed node, how many sources it reaches, and by how many steps."""
    nodes = len(links[0][0]) - 1
    threads = threading.local()

    def work(span: tuple[int, int]) -> Totals:
        if not hasattr(threads, "scratch"):
            threads.scratch = search_scratch(nodes)
        totals = np.zeros(SEARCHES_MAX, np.int64), np.zeros(SEARCHES_MAX, np.int64)
        starts = listed[span[0] : span[1]]
        distances_of_starts(links, starts, threads.scratch, totals, interrupt.flag)
        return totals[0][: len(starts)], totals[1][: len(starts)]

    with Blocks(_spans(len(listed)), concurrency, interrupt) as blocks:
        parts = blocks.run(work)
    interrupt.check()
    nothing = np.zeros(0, np.int64)
    return (
        np.concatenate([nothing, *[counts for counts, _ in parts]]),
        np.concatenate([nothing, *[distances for _, distances in parts]]),
    )
