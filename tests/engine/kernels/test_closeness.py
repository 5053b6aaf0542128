"""Searches side by side against one search after the other in plain Python."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.engine.kernels.plain_graphs import Plain, links_of, plain_graphs

from seaglass.engine.kernels.closeness import (
    SEARCHES_MAX,
    distances_of_starts,
    distances_to_nodes,
    search_scratch,
)
from seaglass.engine.kernels.stopping import new_flag


def distances(graph: Plain, start: int) -> dict[int, int]:
    """How many steps each node that is reached is away, but for the start."""
    _, edges = graph
    found, front = {start: 0}, [start]
    while front:
        ahead = {t for s, t, _ in edges if s in front and t not in found}
        found |= dict.fromkeys(ahead, found[front[0]] + 1)
        front = sorted(ahead)
    return {node: steps for node, steps in found.items() if node != start}


@given(plain_graphs(), st.data())
def test_distances_of_many_searches(graph: Plain, data: st.DataObject) -> None:
    nodes, _ = graph
    starts = np.array(sorted(data.draw(st.sets(st.integers(0, nodes - 1)))), np.int64)
    onward, back = links_of(graph)[:2], links_of(graph, back=True)[:2]
    expected = [distances(graph, int(start)) for start in starts]
    scratch, flag = search_scratch(nodes), new_flag()
    totals = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    distances_to_nodes((onward, back), starts, scratch, totals, flag)
    assert totals[0].tolist() == [sum(n in one for one in expected) for n in range(nodes)]
    assert totals[1].tolist() == [sum(one.get(n, 0) for one in expected) for n in range(nodes)]
    counted = np.arange(nodes) % 2 == 0
    by_start = np.zeros(SEARCHES_MAX, np.int64), np.zeros(SEARCHES_MAX, np.int64)
    # The scratch may be used again.
    distances_of_starts((onward, back, counted), starts, scratch, by_start, flag)
    even = [{n: steps for n, steps in one.items() if counted[n]} for one in expected]
    assert by_start[0][: len(starts)].tolist() == [len(one) for one in even]
    assert by_start[1][: len(starts)].tolist() == [sum(one.values()) for one in even]


@pytest.mark.parametrize("shape", ["path", "star"])
def test_fronts_that_push_and_fronts_that_pull(shape: str) -> None:
    # Along the path fronts have one edge each; from the star's middle all edges at once.
    nodes = 40
    pairs = {
        "path": [(n, n + 1, 1.0) for n in range(nodes - 1)],
        "star": [(0, n, 1.0) for n in range(1, nodes)],
    }[shape]
    graph = nodes, pairs
    onward, back = links_of(graph)[:2], links_of(graph, back=True)[:2]
    totals = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    starts = np.arange(nodes)
    distances_to_nodes((onward, back), starts, search_scratch(nodes), totals, new_flag())
    found = [distances(graph, start) for start in range(nodes)]
    assert totals[1].tolist() == [sum(one.get(n, 0) for one in found) for n in range(nodes)]


def test_a_raised_flag_ends_a_long_search() -> None:
    nodes = 10_000
    graph = nodes, [(n, n + 1, 1.0) for n in range(nodes - 1)]
    onward, back = links_of(graph)[:2], links_of(graph, back=True)[:2]
    totals = np.zeros(nodes, np.int64), np.zeros(nodes, np.int64)
    flag = new_flag()
    flag[0] = 1
    starts = np.array([0])
    distances_to_nodes((onward, back), starts, search_scratch(nodes), totals, flag)
    assert totals[0].sum() < nodes - 1
