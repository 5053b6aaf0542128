"""Edges by source and target in ranges of nodes, and the way back, against Python's sort."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.kernels.linking import (
    arrive,
    bucket_edges,
    emit,
    leave,
    sort_range,
    turn_range,
)

NODES = 7
node = st.integers(0, NODES - 1)
edges = st.lists(st.tuples(node, node), max_size=80)


@given(edges, st.integers(1, NODES), st.integers(0, 1000), st.integers(0, 80))
def test_edges_are_sorted_and_turned(
    pairs: list[tuple[int, int]], width: int, first: int, half: int
) -> None:
    ends = np.array(pairs, np.int32).reshape(-1, 2).T.copy()
    starts = range(0, NODES, width)
    plan = np.zeros(1, np.int64), np.full(1, width, np.int64)
    token = np.zeros(1, np.int32)
    parts = [(ends[0][cut], ends[1][cut], token) for cut in (slice(0, half), slice(half, None))]
    bounds, sources, targets, order = bucket_edges(parts, plan, len(starts))
    rows, numbered, backs = [], [], []
    for place, start in enumerate(starts):
        low, high = bounds[place : place + 2].tolist()
        nodes = min(width, NODES - start)
        indptr, words = sort_range(sources[low:high], targets[low:high], start, nodes)
        middle = (high - low) // 2
        pieces = [emit(indptr, words, cut, start) for cut in ((0, middle), (middle, high - low))]
        froms, tos, places = (np.concatenate(both) for both in zip(*pieces, strict=True))
        neighbours, numbers = leave(words, first + low)
        assert neighbours.tolist() == tos.tolist()
        assert numbers.tolist() == list(range(first + low, first + high))
        assert np.repeat(np.arange(nodes) + start, np.diff(indptr)).tolist() == froms.tolist()
        rows += zip(froms.tolist(), tos.tolist(), order[low:high][places].tolist(), strict=True)
        backs.append(turn_range(indptr, words, (start, first + low), (len(starts), width)))
    assert rows == sorted((source, target, row) for row, (source, target) in enumerate(pairs))

    for place, start in enumerate(starts):
        cuts = [(cut[place], cut[place + 1], tos, words) for cut, tos, words in backs]
        given = [(tos[low:high], words[low:high]) for low, high, tos, words in cuts]
        indptr, neighbours, numbers = arrive(given, start, min(width, NODES - start))
        arrived = np.repeat(np.arange(len(indptr) - 1) + start, np.diff(indptr))
        numbered += zip(arrived.tolist(), neighbours.tolist(), numbers.tolist(), strict=True)
    assert numbered == sorted(
        (target, source, first + at) for at, (source, target, _) in enumerate(rows)
    )


@given(st.lists(st.tuples(node, st.integers(0, 2)), min_size=1))
def test_edges_of_several_types_go_to_ranges_of_their_own(rows: list[tuple[int, int]]) -> None:
    sources, tokens = np.array(rows, np.int32).T.copy()
    bases, widths = np.array([0, 2, 3]), np.array([4, NODES, 3])
    bounds, _, targets, order = bucket_edges([(sources, sources, tokens)], (bases, widths), 6)
    keys = [int(bases[token] + source // widths[token]) for source, token in rows]
    assert order.tolist() == np.argsort(keys, kind="stable").tolist()
    assert bounds.tolist() == [sum(key < bucket for key in keys) for bucket in range(7)]
    assert targets.tolist() == sources[order].tolist()
