"""What flows along edges in one iteration: ranks (PageRank) and plain sums (eigenvector centrality).

Above: `engine/algo`. Below: Numba.
Links are one row per node of where its share comes from: `(indptr, neighbours, weights)`, weights
empty where every edge counts 1. Each row is written by itself, so callers give ranges of rows to
several threads; what a range adds up it returns, and the caller adds the ranges in their order, so
that the number of threads changes no digit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from numba import njit

from seaglass.engine.kernels.frozen import frozen

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]
    Links: TypeAlias = tuple[NDArray[np.int64], NDArray[Any], Floats]


def shown(links: Links) -> Links:
    """The links as kernels take them."""
    return frozen(links[0]), frozen(links[1]), frozen(links[2])


@njit(nogil=True, cache=True, inline="always")
def _inflow(links, values, row):  # type: ignore[no-untyped-def]
    indptr, neighbours, weights = links
    total = 0.0
    if len(weights):
        for entry in range(indptr[row], indptr[row + 1]):
            total += weights[entry] * values[neighbours[entry]]
    else:
        for entry in range(indptr[row], indptr[row + 1]):
            total += values[neighbours[entry]]
    return total


@njit(nogil=True, cache=True)
def _rank_rows(links, nodes, ranks, terms, rows):  # type: ignore[no-untyped-def]
    restart, inverse = nodes
    shares, held, shared = ranks
    damping, lost = terms
    from_restart = 1.0 - damping + damping * lost
    change = 0.0
    dangling = 0.0
    for row in range(rows[0], rows[1]):
        rank = from_restart * restart[row] + damping * _inflow(links, shares, row)
        change += abs(rank - held[row])
        held[row] = rank
        shared[row] = rank * inverse[row]
        if inverse[row] == 0.0:
            dangling += rank
    return change, dangling


def rank_rows(
    links: Links,
    nodes: tuple[Floats, Floats],
    ranks: tuple[Floats, Floats, Floats],
    terms: tuple[float, float],
    rows: tuple[int, int],
) -> tuple[float, float]:
    """One iteration of PageRank for the rows begin <= row < end.

    Args:
        links: as the module says, by `shown`: those along which rank comes
        nodes: float64[n] each: where a restart leads (its sum is 1), and 1 / the weight of all
            edges that leave a node, 0 where none does
        ranks: float64[n] each: what each node gives along a weight of 1, read; the ranks, read and
            written; what each node gives next time, written
        terms: the damping factor; the rank of all nodes that no edge leaves, together
        rows: (begin, end)
    Returns: (the sum of what ranks changed by, the new rank of the rows that no edge leaves)
    Cost: about 2 ns an edge, more where the shares do not fit the cache.
    """
    change, dangling = _rank_rows(links, nodes, ranks, terms, rows)
    return float(change), float(dangling)


@njit(nogil=True, cache=True)
def _sum_rows(links, values, rows, sums):  # type: ignore[no-untyped-def]
    squares = 0.0
    for row in range(rows[0], rows[1]):
        total = _inflow(links, values, row)
        sums[row] = total
        squares += total * total
    return squares


def sum_rows(links: Links, values: Floats, rows: tuple[int, int], sums: Floats) -> float:
    """Writes to each row of the range what its neighbours hold, times the edges' weights.

    Args: links: as the module says, by `shown`; values, sums: float64[n]; rows: (begin, end)
    Returns: the sum of the squares of these
    Cost: as `rank_rows`
    """
    return float(_sum_rows(links, frozen(values), rows, sums))


@njit(nogil=True, cache=True)
def _add_weights(links, entries, sums):  # type: ignore[no-untyped-def]
    _, neighbours, weights = links
    for entry in range(entries[0], entries[1]):
        sums[neighbours[entry]] += weights[entry] if len(weights) else 1.0


def add_weights(links: Links, entries: tuple[int, int], sums: Floats) -> None:
    """Adds the weights of entries begin <= entry < end to what they lead to.

    Args: links: as the module says, by `shown`; sums: float64[n], added to
    Cost: about 2 ns an entry, more where the sums do not fit the cache.
    """
    _add_weights(links, entries, sums)
