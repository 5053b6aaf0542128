"""The step of the Leiden algorithm that Louvain's lacks: communities are built again inside themselves.

Above: `engine/algo`. Below: `mixing`, `moving`.
Each node begins by itself. One that is still alone, and well connected to its community, joins a
part of the community that is well connected too, drawn at random among those where modularity does
not fall. Source: Traag, Waltman, van Eck, From Louvain to Leiden (2019), appendix A.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.mixing import chance
from seaglass.engine.kernels.spreading import shown
from seaglass.engine.kernels.stopping import stopped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.kernels.moving import Weighted
    from seaglass.engine.kernels.spreading import Floats
    from seaglass.engine.kernels.stopping import Flag

    # Communities, strengths of nodes, strengths of communities.
    Whole: TypeAlias = tuple[NDArray[np.int64], Floats, Floats]


@njit(nogil=True, cache=True)
def _drawn(places, gains, count, theta, state):  # type: ignore[no-untyped-def]
    """One of the places, each with a probability in proportion to exp(gain / theta)."""
    most = gains[0]
    for place in range(1, count):
        most = max(most, gains[place])
    total = 0.0
    for place in range(count):
        total += math.exp((gains[place] - most) / theta)
    left = chance(state) * total
    for place in range(count):
        left -= math.exp((gains[place] - most) / theta)
        if left < 0.0:
            return places[place]
    return places[count - 1]


@njit(nogil=True, cache=True)
def _outward(graph, communities, outward, flag):  # type: ignore[no-untyped-def]
    """What leads from each node to others of its community."""
    indptr, neighbours, weights = graph
    for node in range(len(outward)):
        if stopped(flag):
            return
        for entry in range(indptr[node], indptr[node + 1]):
            neighbour = neighbours[entry]
            if neighbour != node and communities[neighbour] == communities[node]:
                outward[node] += weights[entry] if len(weights) else 1.0


@njit(nogil=True, cache=True)
def _refine(graph, whole, parts, terms, flag):  # type: ignore[no-untyped-def]
    indptr, neighbours, weights = graph
    communities, strengths, held = whole
    part_of, sizes, part_held, outward, weights_to, found, gains = parts
    theta, total, state = terms
    for node in range(len(communities)):
        if stopped(flag):
            return
        own = communities[node]
        strength = strengths[node]
        if sizes[node] != 1 or outward[node] < strength * (held[own] - strength) / total:
            continue
        count = 0
        for entry in range(indptr[node], indptr[node + 1]):
            neighbour = neighbours[entry]
            if neighbour == node or communities[neighbour] != own:
                continue
            part = part_of[neighbour]
            if weights_to[part] == 0.0:
                found[count] = part
                count += 1
            weights_to[part] += weights[entry] if len(weights) else 1.0
        kept = 0
        for place in range(count):
            part = found[place]
            gain = weights_to[part] - strength * part_held[part] / total
            others = held[own] - part_held[part]
            if gain >= 0.0 and outward[part] >= part_held[part] * others / total:
                found[kept] = part
                gains[kept] = gain
                kept += 1
            else:
                weights_to[part] = 0.0
        if kept == 0:
            continue
        chosen = _drawn(found, gains, kept, theta, state)
        part_of[node] = chosen
        sizes[node] = 0
        sizes[chosen] += 1
        outward[chosen] += outward[node] - 2.0 * weights_to[chosen]
        part_held[chosen] += strength
        part_held[node] = 0.0
        for place in range(kept):
            weights_to[found[place]] = 0.0


def refine(
    graph: Weighted,
    whole: Whole,
    terms: tuple[float, float],
    draws: NDArray[np.uint64],
    flag: Flag,
) -> NDArray[np.int64]:
    """Parts of communities, each connected.

    Args:
        graph: as `moving`
        whole: communities int64[n], below n; the strengths of nodes; those of communities
        terms: theta, in weights of a mean edge, above 0; the strength of all nodes
        draws: uint64[1], where the row of random numbers is, moved on
        flag: raised to stop; then the result means nothing
    Returns: int64[n]: the part of each node, named for one of its nodes
    Cost: two passes over the entries.
    """
    nodes = len(graph[0]) - 1
    communities, strengths, held = whole
    outward = np.zeros(nodes, np.float64)
    _outward(shown(graph), frozen(communities), outward, flag)
    part_of = np.arange(nodes)
    parts = (
        *(part_of, np.ones(nodes, np.int64), strengths.copy(), outward),
        *(np.zeros(nodes), np.empty(nodes, np.int64), np.empty(nodes)),
    )
    shown_whole = frozen(communities), frozen(strengths), frozen(held)
    _refine(shown(graph), shown_whole, parts, (terms[0], terms[1], draws), flag)
    return part_of
