"""Segments by edge and back, against NumPy's sorting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.graph.adjacency import narrow_segment
from seaglass.engine.kernels.csr import build_segment
from seaglass.engine.kernels.edge_order import by_edge, by_row, edges_rise, in_order


@given(
    st.integers(0, 2**32),
    st.integers(1, 60),
    st.sampled_from([1, 5, 1000]),
    st.sampled_from([0, 1]),
)
def test_entries_by_edge_and_back(seed: int, entries: int, spread: int, wide: int) -> None:
    rng = np.random.default_rng(seed)
    # More spread than the bits take sorts; numbers past 31 bits take the other way back.
    edges = rng.permutation(entries * spread)[:entries] + wide * 2**40
    neighbours = np.argsort(np.argsort(edges)) // 2
    rows = rng.integers(0, 7, entries)
    segment = narrow_segment(build_segment((rows, neighbours, edges), 7))
    triple = (segment.indptr, segment.neighbours, segment.edges)
    assert edges_rise(segment.indptr, segment.edges)[0]
    assert in_order(triple)
    found = by_edge(triple)
    order = np.argsort(edges)
    for got, expected in zip(found, (rows, neighbours, edges), strict=True):
        assert got.tolist() == expected[order].tolist()
    for got, expected in zip(by_row(found, 7), triple, strict=True):
        assert got.tolist() == expected.tolist()


@pytest.mark.parametrize("spread", [1, 16, 300])
def test_many_entries_by_edge_and_back(spread: int) -> None:
    """Of more than one step of each kernel."""
    rng = np.random.default_rng(spread)
    edges = 7 + np.sort(rng.choice(100_000 * spread, 100_000, replace=False))
    neighbours, rows = np.arange(100_000) // 3, rng.integers(0, 65_536, 100_000)
    rows[0] = 65_535
    segment = narrow_segment(build_segment((rows, neighbours, edges), 65_536))
    triple = (segment.indptr, segment.neighbours, segment.edges)
    found = by_edge(triple)
    for got, expected in zip(found, (rows, neighbours, edges), strict=True):
        assert np.array_equal(got, expected)
    for got, expected in zip(by_row(found, 65_536), triple, strict=True):
        assert np.array_equal(got, expected)


@pytest.mark.parametrize(
    ("neighbours", "edges", "ordered", "rises"),
    [
        ([1, 2, 0], [5, 6, 1], True, True),
        ([1, 2, 0], [6, 5, 1], True, False),
        ([1, 1, 0], [5, 6, 1], True, True),
        ([1, 1, 0], [6, 5, 1], False, False),
        ([1, 1, 0], [5, 5, 1], False, False),
        ([2, 1, 0], [5, 6, 1], False, True),
    ],
)
def test_order(neighbours: list[int], edges: list[int], ordered: bool, rises: bool) -> None:
    indptr = np.array([0, 0, 2, 2, 3])
    assert in_order((indptr, np.array(neighbours), np.array(edges))) is ordered
    assert edges_rise(indptr, np.array(edges)) == (rises, False)


def test_edges_that_rise_throughout() -> None:
    assert edges_rise(np.array([0, 0, 2, 2, 3]), np.array([1, 5, 9])) == (True, True)
    assert edges_rise(np.array([0, 0]), np.array([], np.int64)) == (True, True)
