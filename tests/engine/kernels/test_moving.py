"""The steps of Louvain and Leiden, each against a matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.kernels.plain_graphs import Plain, links_of, plain_graphs

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
from seaglass.engine.kernels.stopping import new_flag

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from seaglass.engine.kernels.moving import Weighted

    Matrix: TypeAlias = NDArray[np.float64]


def matrix_of(graph: Plain, *, weighted: bool = True) -> Matrix:
    nodes, edges = graph
    matrix = np.zeros((nodes, nodes))
    for source, target, weight in edges:
        matrix[source, target] += weight if weighted else 1.0
        matrix[target, source] += weight if weighted else 1.0
    return matrix


def dense(graph: Weighted) -> Matrix:
    indptr, neighbours, weights = graph
    nodes = len(indptr) - 1
    matrix = np.zeros((nodes, nodes))
    for row in range(nodes):
        for entry in range(indptr[row], indptr[row + 1]):
            matrix[row, neighbours[entry]] += weights[entry] if len(weights) else 1.0
    return matrix


def undirected(graph: Plain, *, weighted: bool = True) -> Weighted:
    links = links_of(graph, weighted=weighted), links_of(graph, back=True, weighted=weighted)
    return both_ways(*links, np.arange(graph[0]), new_flag())


def worth(matrix: Matrix, communities: NDArray[np.int64]) -> float:
    """Modularity by its definition, over all pairs of nodes."""
    total = matrix.sum()
    if total == 0.0:
        return 0.0
    strengths = matrix.sum(axis=1)
    same = communities[:, None] == communities[None, :]
    return float(((matrix - np.outer(strengths, strengths) / total) * same).sum() / total)


@st.composite
def partitioned(draw: st.DrawFn) -> tuple[Plain, NDArray[np.int64]]:
    graph = draw(plain_graphs())
    communities = draw(st.lists(st.integers(0, graph[0] - 1), min_size=graph[0], max_size=graph[0]))
    return graph, np.array(communities, np.int64)


@given(plain_graphs(), st.booleans())
def test_edges_both_ways_in_another_order(graph: Plain, weighted: bool) -> None:
    order = shuffled(graph[0])
    links = links_of(graph, weighted=weighted), links_of(graph, back=True, weighted=weighted)
    made = both_ways(*links, order, new_flag())
    matrix = matrix_of(graph, weighted=weighted)
    assert dense(made).tolist() == matrix[np.ix_(order, order)].tolist()
    assert strengths_of(made).tolist() == matrix.sum(axis=1)[order].tolist()
    assert (made[2] > 0.0).all()


@given(partitioned(), st.booleans())
def test_modularity_and_communities_as_nodes(
    case: tuple[Plain, NDArray[np.int64]], weighted: bool
) -> None:
    graph, communities = case
    made = undirected(graph, weighted=weighted)
    matrix = matrix_of(graph, weighted=weighted)
    found = modularity(made, communities, strengths_of(made), new_flag())
    assert found == pytest.approx(worth(matrix, communities))
    named = communities.copy()
    first = renumber(named, graph[0])
    assert named[first].tolist() == list(range(len(first)))
    assert first.tolist() == sorted(first.tolist())
    for name in range(len(first)):
        assert len({*communities[named == name].tolist()}) == 1
    members, starts = counting_order(named, len(first), np.arange(len(named)))
    smaller = aggregate(made, named, (starts, members), new_flag())
    kinds = np.eye(len(first))[named]
    assert dense(smaller) == pytest.approx(kinds.T @ matrix @ kinds)
    # What is held together as communities is held together as nodes.
    alone = np.arange(len(first))
    assert modularity(smaller, alone, strengths_of(smaller), new_flag()) == pytest.approx(found)


@given(partitioned())
def test_moves_gain_what_they_say(case: tuple[Plain, NDArray[np.int64]]) -> None:
    graph, communities = case
    made, matrix = undirected(graph), matrix_of(graph)
    strengths = strengths_of(made)
    if strengths.sum() == 0.0:
        return
    held = np.bincount(communities, weights=strengths, minlength=graph[0])
    waiting = np.ones(graph[0], np.bool_)
    tally = tally_of(graph[0])
    before = worth(matrix, communities)
    gained = 1.0
    while gained:
        # Only neighbours of what moved wait; what others move may change a choice, too.
        waiting[:] = True
        state = communities, waiting, strengths
        gained = move(made, state, (held, float(strengths.sum())), tally, new_flag())
        after = worth(matrix, communities)
        assert after - before == pytest.approx(gained, abs=1e-9)
        before = after
    # In the end no node gains by moving to a neighbour's community.
    for node in range(graph[0]):
        for neighbour in np.flatnonzero(matrix[node]).tolist():
            moved = communities.copy()
            moved[node] = communities[neighbour]
            assert worth(matrix, moved) <= before + 1e-9


def parts_of(matrix: Matrix, communities: NDArray[np.int64]) -> list[set[int]]:
    """The connected parts of each community, by their first nodes."""
    left, parts = set(range(len(matrix))), []
    while left:
        front = [min(left)]
        part = set(front)
        while front:
            node = front.pop()
            near = {
                n for n in left - part if matrix[node, n] and communities[n] == communities[node]
            }
            part |= near
            front.extend(near)
        parts.append(part)
        left -= part
    return parts


@given(partitioned(), st.sampled_from([0.001, 0.05, 1.0]))
def test_parts_are_connected_and_inside_a_community(
    case: tuple[Plain, NDArray[np.int64]], theta: float
) -> None:
    graph, communities = case
    made, matrix = undirected(graph), matrix_of(graph)
    expected = parts_of(matrix, communities)
    found = connected_parts(made, communities, new_flag())
    assert [{*np.flatnonzero(found == part).tolist()} for part in range(len(expected))] == expected
    strengths = strengths_of(made)
    total = float(strengths.sum())
    if total == 0.0:
        return
    held = np.bincount(communities, weights=strengths, minlength=graph[0])
    draws = np.zeros(1, np.uint64)
    whole = communities, strengths, held
    parts = refine(made, whole, (theta, total), draws, new_flag())
    assert len(parts_of(matrix, parts)) == len({*parts.tolist()})
    for part in {*parts.tolist()}:
        assert len({*communities[parts == part].tolist()}) == 1
    # Joining never made modularity fall.
    assert worth(matrix, parts) >= worth(matrix, np.arange(graph[0])) - 1e-9


def test_a_raised_flag_ends_a_step() -> None:
    graph = 5000, [(node, node + 1, 1.0) for node in range(4999)]
    made = undirected(graph)
    flag = new_flag()
    flag[0] = 1
    nodes = np.arange(5000)
    assert both_ways(links_of(graph), links_of(graph, back=True), nodes, flag)[0][-1] == 0
    strengths = strengths_of(made)
    total = float(strengths.sum())
    state = nodes.copy(), np.ones(5000, np.bool_), strengths
    assert move(made, state, (strengths.copy(), total), tally_of(5000), flag) == 0.0
    members = np.arange(5001), nodes
    assert aggregate(made, nodes, members, flag)[0][-1] == 0
    together = np.zeros(5000, np.int64)
    assert connected_parts(made, together, flag)[-1] == -1
    assert modularity(made, together, strengths, flag) == -1.0
    draws = np.zeros(1, np.uint64)
    whole = together, strengths, np.array([total])
    assert refine(made, whole, (0.05, total), draws, flag).tolist() == nodes.tolist()
