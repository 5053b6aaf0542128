"""One iteration against sums in plain Python, in one range of rows and in two."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.kernels.plain_graphs import Plain, links_of, plain_graphs

from seaglass.engine.kernels.spreading import add_weights, rank_rows, shown, sum_rows


@given(plain_graphs(), st.booleans(), st.integers(0, 12))
def test_what_flows_into_each_node(graph: Plain, weighted: bool, cut: int) -> None:
    nodes, edges = graph
    cut = min(cut, nodes)
    links = shown(links_of(graph, back=True, weighted=weighted))
    values = np.arange(1.0, nodes + 1)
    expected = np.zeros(nodes)
    leaving = np.zeros(nodes)
    for source, target, weight in edges:
        expected[target] += (weight if weighted else 1.0) * values[source]
        leaving[source] += weight if weighted else 1.0
    sums = np.empty(nodes)
    squares = sum_rows(links, values, (0, cut), sums) + sum_rows(links, values, (cut, nodes), sums)
    assert sums.tolist() == expected.tolist()
    assert squares == pytest.approx(float(np.sum(expected**2)))
    summed = np.zeros(nodes)
    half = len(edges) // 2
    add_weights(links, (0, half), summed)
    add_weights(links, (half, len(edges)), summed)
    assert summed.tolist() == leaving.tolist()


@given(plain_graphs(), st.integers(0, 12))
def test_ranks_of_one_iteration(graph: Plain, cut: int) -> None:
    nodes, edges = graph
    cut = min(cut, nodes)
    restart = np.full(nodes, 1 / nodes)
    inverse = np.arange(nodes) % 3 / 2
    shares, ranks, following = np.arange(nodes) / 7, np.full(nodes, 0.25), np.empty(nodes)
    flow = np.zeros(nodes)
    for source, target, weight in edges:
        flow[target] += weight * shares[source]
    expected = (0.5 + 0.5 * 0.125) / nodes + 0.5 * flow
    change, dangling = 0.0, 0.0
    for rows in ((0, cut), (cut, nodes)):
        part = rank_rows(
            shown(links_of(graph, back=True)),
            (restart, inverse),
            (shares, ranks, following),
            (0.5, 0.125),
            rows,
        )
        change, dangling = change + part[0], dangling + part[1]
    assert ranks == pytest.approx(expected)
    assert following == pytest.approx(expected * inverse)
    assert change == pytest.approx(np.abs(expected - 0.25).sum())
    assert dangling == pytest.approx(expected[inverse == 0.0].sum())
