"""Communities by modularity: nodes move to where they gain most, and communities become nodes.

Above: `refining`, `engine/algo`. Below: Numba.
A graph is `(indptr int64[n + 1], neighbours int32|int64[m], weights float64[m])`, symmetric: what
leads from a to b stands in both rows, maybe in several entries; weights are above 0, or empty where
all are 1. The weight of a node to itself is what stands at [a, a] of the matrix, twice that of its
loops. `total` is the sum of all weights.
Modularity is the sum over communities of inside / total - (strength / total) ** 2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numba import njit

from seaglass.engine.kernels.frozen import frozen
from seaglass.engine.kernels.spreading import shown
from seaglass.engine.kernels.stopping import stopped

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.kernels.spreading import Floats, Links
    from seaglass.engine.kernels.stopping import Flag

    Weighted: TypeAlias = tuple[NDArray[np.int64], NDArray[Any], Floats]
    # The weight towards each community or row, and which of them have one.
    Tally: TypeAlias = tuple[Floats, NDArray[np.int64]]

# A gain must be more than this share of a node's strength, so that rounding moves nothing.
_LEAST_GAIN = 1e-12


def tally_of(nodes: int) -> Tally:
    """What loops over communities work with. Cost: 16 bytes a node."""
    return np.zeros(nodes, np.float64), np.empty(nodes, np.int64)


@njit(nogil=True, cache=True)
def _copy_row(links, node, places, into, start):  # type: ignore[no-untyped-def]
    """Copies a row with other numbers and without weights of 0; gives where the next one begins."""
    indptr, neighbours, weights = links
    new_neighbours, new_weights = into
    for entry in range(indptr[node], indptr[node + 1]):
        if len(weights):
            if weights[entry] == 0.0:
                continue
            new_weights[start] = weights[entry]
        new_neighbours[start] = places[neighbours[entry]]
        start += 1
    return start


@njit(nogil=True, cache=True)
def _join(out, back, order, into, flag):  # type: ignore[no-untyped-def]
    indptr, neighbours, weights = into
    places = np.empty(len(order), neighbours.dtype)
    for place in range(len(order)):
        places[order[place]] = place
    for place in range(len(order)):
        if stopped(flag):
            return
        entries = (neighbours, weights)
        start = _copy_row(out, order[place], places, entries, indptr[place])
        indptr[place + 1] = _copy_row(back, order[place], places, entries, start)


def both_ways(out: Links, back: Links, order: NDArray[np.int64], flag: Flag) -> Weighted:
    """The symmetric graph of edges that have a direction, its nodes in another order.

    Args:
        out, back: one row per node of where edges lead, and of where they come from; weights not
            negative, or empty where every edge counts 1
        order: int64[n], a permutation: which node each row is for
        flag: raised to stop; then the result means nothing
    Returns: as the module says; edges of weight 0 are left out
    Cost: some nanoseconds an edge and direction; 4 or 8 bytes an edge and direction, and 8 for a
        weight.
    """
    entries = len(out[1]) + len(back[1])
    into = (
        np.zeros(len(order) + 1, np.int64),
        np.empty(entries, out[1].dtype),
        np.empty(len(out[2]) + len(back[2]), np.float64),
    )
    _join(shown(out), shown(back), frozen(order), into, flag)
    return _cut(into)


def _cut(graph: Weighted) -> Weighted:
    indptr, neighbours, weights = graph
    entries = int(indptr[-1])
    if entries * 2 < len(neighbours):
        return indptr, neighbours[:entries].copy(), weights[:entries].copy()
    return indptr, neighbours[:entries], weights[:entries]


@njit(nogil=True, cache=True)
def _gather_members(graph, members, communities, into, flag):  # type: ignore[no-untyped-def]
    indptr, neighbours, weights = graph
    starts, order = members
    new_indptr, new_neighbours, new_weights = into
    groups = len(starts) - 1
    weights_to = np.zeros(groups)
    found = np.empty(groups, np.int64)
    for group in range(groups):
        count = 0
        for place in range(starts[group], starts[group + 1]):
            if stopped(flag):
                return
            node = order[place]
            for entry in range(indptr[node], indptr[node + 1]):
                other = communities[neighbours[entry]]
                if weights_to[other] == 0.0:
                    found[count] = other
                    count += 1
                weights_to[other] += weights[entry] if len(weights) else 1.0
        begin = new_indptr[group]
        for place in range(count):
            new_neighbours[begin + place] = found[place]
            new_weights[begin + place] = weights_to[found[place]]
            weights_to[found[place]] = 0.0
        new_indptr[group + 1] = begin + count


def aggregate(
    graph: Weighted,
    communities: NDArray[np.int64],
    members: tuple[NDArray[np.int64], NDArray[np.int64]],
    flag: Flag,
) -> Weighted:
    """The graph whose nodes are the communities of another.

    Args:
        communities: int64[n], 0 <= community < k
        members: int64[k + 1], where each community begins in int64[n], the nodes by community
        flag: raised to stop; then the result means nothing
    Returns: as the module says
    Cost: some nanoseconds an entry; the rows take as much as before until they are cut.
    """
    groups = len(members[0]) - 1
    entries = len(graph[1])
    into = (
        np.zeros(groups + 1, np.int64),
        np.empty(entries, graph[1].dtype),
        np.empty(entries, np.float64),
    )
    frozen_members = frozen(members[0]), frozen(members[1])
    _gather_members(shown(graph), frozen_members, frozen(communities), into, flag)
    return _cut(into)


@njit(nogil=True, cache=True)
def _strengths(graph, strengths):  # type: ignore[no-untyped-def]
    indptr, _, weights = graph
    for row in range(len(strengths)):
        if not len(weights):
            strengths[row] = indptr[row + 1] - indptr[row]
            continue
        total = 0.0
        for entry in range(indptr[row], indptr[row + 1]):
            total += weights[entry]
        strengths[row] = total


def strengths_of(graph: Weighted) -> Floats:
    """float64[n]: the sum of each row's weights."""
    strengths = np.empty(len(graph[0]) - 1, np.float64)
    _strengths(shown(graph), strengths)
    return strengths


@njit(nogil=True, cache=True)
def _inside(graph, communities, flag):  # type: ignore[no-untyped-def]
    indptr, neighbours, weights = graph
    total = 0.0
    for row in range(len(communities)):
        if stopped(flag):
            return total
        own = communities[row]
        for entry in range(indptr[row], indptr[row + 1]):
            if communities[neighbours[entry]] == own:
                total += weights[entry] if len(weights) else 1.0
    return total


def modularity(
    graph: Weighted, communities: NDArray[np.int64], strengths: Floats, flag: Flag
) -> float:
    """The modularity of communities 0 <= community < n, 0 for a graph without edges.

    Args: flag: raised to stop; then the result means nothing
    """
    total = float(strengths.sum())
    if total == 0.0:
        return 0.0
    held = np.bincount(communities, weights=strengths) / total
    inside = float(_inside(shown(graph), frozen(communities), flag))
    return inside / total - float(np.sum(held * held))


@njit(nogil=True, cache=True)
def _move(graph, nodes, totals, tally, flag):  # type: ignore[no-untyped-def]
    indptr, neighbours, weights = graph
    communities, waiting, strengths = nodes
    held, total = totals
    weights_to, found = tally
    gained = 0.0
    for node in range(len(communities)):
        if not waiting[node]:
            continue
        if stopped(flag):
            return gained
        waiting[node] = False
        own = communities[node]
        count = 0
        for entry in range(indptr[node], indptr[node + 1]):
            neighbour = neighbours[entry]
            if neighbour == node:
                continue
            community = communities[neighbour]
            if weights_to[community] == 0.0:
                found[count] = community
                count += 1
            weights_to[community] += weights[entry] if len(weights) else 1.0
        share = strengths[node] / total
        held[own] -= strengths[node]
        stays = weights_to[own] - share * held[own]
        best = own
        most = stays + _LEAST_GAIN * strengths[node]
        for place in range(count):
            community = found[place]
            gain = weights_to[community] - share * held[community]
            weights_to[community] = 0.0
            if gain > most:
                most = gain
                best = community
        held[best] += strengths[node]
        if best == own:
            continue
        gained += 2.0 * (most - stays) / total
        communities[node] = best
        for entry in range(indptr[node], indptr[node + 1]):
            if communities[neighbours[entry]] != best:
                waiting[neighbours[entry]] = True
    return gained


def move(
    graph: Weighted,
    nodes: tuple[NDArray[np.int64], NDArray[np.bool_], Floats],
    totals: tuple[Floats, float],
    tally: Tally,
    flag: Flag,
) -> float:
    """One iteration: each node that waits, in the order of their numbers, moves to the community
    where modularity gains most; of equal ones to the one that it meets first.

    Args:
        nodes: communities int64[n], written; bool[n], which nodes wait, written; strengths
        totals: the strength of each community, float64[n], written; that of all, more than 0
        tally: `tally_of`
        flag: raised to stop; then nothing that was written means anything
    Returns: what modularity has gained
    Cost: some nanoseconds for each edge of a node that waits.
    """
    communities, waiting, strengths = nodes
    shown_nodes = communities, waiting, frozen(strengths)
    return float(_move(shown(graph), shown_nodes, totals, tally, flag))


@njit(nogil=True, cache=True)
def _parts(graph, communities, parts, queue, flag):  # type: ignore[no-untyped-def]
    indptr, neighbours, _ = graph
    count = 0
    for start in range(len(parts)):
        if parts[start] >= 0:
            continue
        parts[start] = count
        queue[0] = start
        ahead = 1
        place = 0
        while place < ahead:
            node = queue[place]
            place += 1
            if stopped(flag):
                return
            for entry in range(indptr[node], indptr[node + 1]):
                neighbour = neighbours[entry]
                if parts[neighbour] < 0 and communities[neighbour] == communities[node]:
                    parts[neighbour] = count
                    queue[ahead] = neighbour
                    ahead += 1
        count += 1


def connected_parts(graph: Weighted, communities: NDArray[Any], flag: Flag) -> NDArray[np.int64]:
    """The parts of communities that are connected, numbered by their first nodes.

    Args: flag: raised to stop; then the result means nothing
    Cost: some nanoseconds an entry.
    """
    parts = np.full(len(communities), -1, np.int64)
    queue = np.empty(len(communities), np.int64)
    _parts(shown(graph), frozen(communities), parts, queue, flag)
    return parts


@njit(nogil=True, cache=True)
def _renumber(names, numbers, first):  # type: ignore[no-untyped-def]
    count = 0
    for row in range(len(names)):
        name = names[row]
        if numbers[name] < 0:
            numbers[name] = count
            first[count] = row
            count += 1
        names[row] = numbers[name]
    return count


def renumber(names: NDArray[np.int64], below: int) -> NDArray[np.int64]:
    """Numbers names 0 <= name < below from 0, in the order of where they first stand, in place.

    Returns: int64[k], where each number first stands
    Cost: a few nanoseconds a name; 8 bytes for each possible one.
    """
    first = np.empty(len(names), np.int64)
    count = _renumber(names, np.full(below, -1, np.int64), first)
    return first[:count]
