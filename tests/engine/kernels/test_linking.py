"""Edges by source and target, and the way back, against Python's sort."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.kernels.linking import (
    count_keys,
    sort_rows,
    split_words,
    spread_by_source,
    turn,
)

NODES = 5
edges = st.lists(st.tuples(st.integers(0, NODES - 1), st.integers(0, NODES - 1)), max_size=80)


@given(edges, st.integers(0, NODES), st.integers(0, 1000))
def test_edges_are_sorted_and_turned(pairs: list[tuple[int, int]], cut: int, first: int) -> None:
    sources, targets = np.array(pairs, np.int32).reshape(-1, 2).T.copy()
    indptr = count_keys(sources, NODES)
    words = spread_by_source(sources, targets, indptr)
    sort_rows(indptr, words, 0, cut)
    sort_rows(indptr, words, cut, NODES)
    sorted_targets, order = split_words(words)
    expected = sorted((source, target, row) for row, (source, target) in enumerate(pairs))
    assert order.tolist() == [row for _, _, row in expected]
    assert sorted_targets.tolist() == [target for _, target, _ in expected]
    by_source = np.repeat(np.arange(NODES, dtype=np.int32), np.diff(indptr))
    assert by_source.tolist() == [source for source, _, _ in expected]

    back = count_keys(sorted_targets, NODES)
    neighbours, numbers = turn(by_source, sorted_targets, first, back)
    numbered = [(target, source, first + at) for at, (source, target, _) in enumerate(expected)]
    turned = sorted(numbered)
    assert neighbours.tolist() == [source for _, source, _ in turned]
    assert numbers.tolist() == [number for _, _, number in turned]
    assert np.diff(back).tolist() == [
        sum(target == node for _, target in pairs) for node in range(NODES)
    ]
