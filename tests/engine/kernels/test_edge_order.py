"""Segments by edge and back, against NumPy's sorting."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.graph.adjacency import narrow_segment
from seaglass.engine.kernels.csr import build_segment
from seaglass.engine.kernels.edge_order import by_edge, by_row, edges_rise, in_order

if TYPE_CHECKING:
    from seaglass.engine.kernels.csr import Segment, Triples


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
    for got, expected in zip(back(found, 7), triple, strict=True):
        assert got.tolist() == expected.tolist()


def back(found: Triples, rows: int) -> Segment:
    segment = by_row((found[0].astype(np.uint16), *found[1:]), rows)
    assert segment is not None
    return segment


@pytest.mark.parametrize("wide", [0, 2**40])
def test_what_is_not_in_order_by_row_is_no_segment(wide: int) -> None:
    """A row's neighbours fall in the last of its entries, or in one that another row's follows."""
    for rows, neighbours in (([0, 1, 1], [5, 3, 2]), ([0, 0, 1], [5, 4, 9])):
        entries = np.array(rows, np.uint16), np.array(neighbours), np.arange(3) + wide
        narrow = narrow_segment(entries)
        assert by_row((entries[0], narrow.neighbours, narrow.edges), 2) is None
    rows_of, falling = np.array([1, 0, 1], np.uint16), np.array([5, 4, 9])
    narrow = narrow_segment((rows_of, falling, np.arange(3) + wide))
    segment = by_row((rows_of, narrow.neighbours, narrow.edges), 2)
    assert segment is not None
    assert [part.tolist() for part in segment[:2]] == [[0, 1, 3], [4, 5, 9]]
    assert (segment[2] - wide).tolist() == [1, 0, 2]


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
    for got, expected in zip(back(found, 65_536), triple, strict=True):
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
