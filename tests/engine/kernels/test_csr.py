"""Segments against sorted Python lists."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.kernels.csr import (
    build_segment,
    counting_order,
    expand_into,
    merge_segment,
)
from seaglass.engine.kernels.stopping import new_flag

ROWS = 6
entries = st.lists(
    st.tuples(st.integers(0, ROWS - 1), st.integers(0, 2**33), st.integers(0, 2**40)),
    max_size=30,
    unique_by=lambda entry: entry[2],
)
Entry = tuple[int, int, int]


def triples(rows: list[Entry]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    table = np.array(rows, np.int64).reshape(-1, 3)
    return table[:, 0].copy(), table[:, 1].copy(), table[:, 2].copy()


def entries_of(segment: tuple[np.ndarray, np.ndarray, np.ndarray]) -> list[Entry]:
    indptr, neighbours, edges = segment
    assert indptr[0] == 0
    assert indptr[-1] == len(neighbours) == len(edges)
    rows = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr))
    return list(zip(rows.tolist(), neighbours.tolist(), edges.tolist(), strict=True))


@given(entries)
def test_built_segment_is_sorted_by_row_neighbour_edge(rows: list[Entry]) -> None:
    assert entries_of(build_segment(triples(rows), ROWS)) == sorted(rows)


@given(entries, st.data())
def test_merge_equals_building_anew(rows: list[Entry], data: st.DataObject) -> None:
    split = data.draw(st.integers(0, len(rows)))
    before, added = rows[:split], rows[split:]
    removed = data.draw(st.lists(st.sampled_from(before), unique=True)) if before else []
    base = build_segment(triples(before), ROWS)
    merged = merge_segment(base, triples(added), triples(removed), ROWS + 2)
    assert len(merged[0]) == ROWS + 3
    assert entries_of(merged) == sorted({*before, *added} - {*removed})


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_expand_copies_rows_to_their_places(dtype: type) -> None:
    segment = (
        np.array([0, 2, 2, 3], dtype),
        np.array([7, 8, 9], dtype),
        np.array([1, 2, 3], dtype),
    )
    into = np.full(5, -1, np.int64), np.full(5, -1, np.int64)
    expand_into(segment, np.array([2, 1, 0, 2]), np.array([0, 1, 2, 4]), into)
    assert into[0].tolist() == [9, -1, 7, 8, 9]
    assert into[1].tolist() == [3, -1, 1, 2, 3]


def test_counting_order_is_stopped() -> None:
    keys, flag = np.zeros(1_000, np.int64), new_flag()
    order, indptr = counting_order(keys, 1, np.arange(1_000), flag)
    assert order.tolist() == list(range(1_000))
    assert indptr.tolist() == [0, 1_000]
    flag[0] = 1
    _, indptr = counting_order(keys, 1, np.arange(1_000), flag)
    # Nothing was counted.
    assert indptr.tolist() == [0, 0]


@given(st.lists(st.integers(0, 9)))
def test_counting_order_is_a_stable_sort(keys: list[int]) -> None:
    order, indptr = counting_order(np.array(keys, np.int32), 10, np.arange(len(keys)))
    assert order.tolist() == sorted(range(len(keys)), key=keys.__getitem__)
    assert np.diff(indptr).tolist() == [keys.count(key) for key in range(10)]
