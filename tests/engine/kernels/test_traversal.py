"""Searches from a node of a flat CSR, against plain Python; scratch used again and again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.kernels.stopping import new_flag
from seaglass.engine.kernels.traversal import (
    BreadthScratch,
    DistanceScratch,
    breadth_first,
    by_distance,
)

EVERYTHING = np.empty(0, np.int64)
WEIGHTS = [0, 1, 1, 2, 5, 9]
LINKS = st.integers(1, 9).flatmap(
    lambda nodes: st.tuples(
        st.just(nodes),
        st.lists(
            st.tuples(
                st.integers(0, nodes - 1), st.integers(0, nodes - 1), st.sampled_from(WEIGHTS)
            ),
            max_size=30,
        ),
    )
)


def csr(nodes: int, links: list[tuple[int, int, int]], small: bool) -> tuple[Any, Any, Any]:
    ordered = sorted(links)
    indptr = np.zeros(nodes + 1, np.int64)
    np.cumsum(np.bincount([a for a, _, _ in ordered], minlength=nodes), out=indptr[1:])
    targets = np.array([b for _, b, _ in ordered], np.int32 if small else np.int64)
    weights = np.array([w for _, _, w in ordered], np.int64 if small else np.float64)
    return indptr, targets, weights


def hops(nodes: int, links: list[tuple[int, int, int]], source: int) -> dict[int, int]:
    levels = {source: 0}
    for level in range(nodes):
        for a, b, _ in links:
            if levels.get(a) == level:
                levels.setdefault(b, level + 1)
    return levels


def distances(nodes: int, links: list[tuple[int, int, int]], source: int) -> dict[int, int]:
    found = {source: 0}
    for _ in range(nodes):
        for a, b, weight in links:
            if a in found and found[a] + weight < found.get(b, 10**9):
                found[b] = found[a] + weight
    return found


@given(LINKS, st.integers(-1, 4), st.booleans())
def test_breadth_first_reaches_each_node_at_its_level(
    graph: tuple[int, list[tuple[int, int, int]]], most: int, small: bool
) -> None:
    nodes, links = graph
    indptr, targets, _ = csr(nodes, links, small)
    scratch = BreadthScratch(nodes)
    pairs = {(a, b) for a, b, _ in links}
    for source in range(nodes):
        reached, levels, parents = breadth_first(
            (indptr, targets), source, most, scratch, new_flag()
        )
        found = dict(zip(reached.tolist(), levels.tolist(), strict=True))
        every = hops(nodes, links, source)
        assert found == {n: level for n, level in every.items() if most < 0 or level <= most}
        assert sorted(levels.tolist()) == levels.tolist()
        assert (reached[0], parents[0]) == (source, source)
        for node, parent in list(zip(reached.tolist(), parents.tolist(), strict=True))[1:]:
            assert (parent, node) in pairs
            assert found[parent] == found[node] - 1


@given(LINKS, st.booleans(), st.lists(st.integers(0, 8), max_size=3))
def test_by_distance_gives_a_tree_of_shortest_ways(
    graph: tuple[int, list[tuple[int, int, int]]], small: bool, wanted: list[int]
) -> None:
    nodes, links = graph
    flat = csr(nodes, links, small)
    scratch = DistanceScratch(nodes, flat[2].dtype)
    some = np.unique([node for node in wanted if node < nodes]).astype(np.int64)
    for source in range(nodes):
        every = distances(nodes, links, source)
        reached = by_distance(flat, source, EVERYTHING, scratch, new_flag())
        found = dict(zip(reached.tolist(), scratch.distances[reached].tolist(), strict=True))
        assert found == every
        assert list(found.values()) == sorted(found.values())
        assert (reached[0], scratch.entries[source]) == (source, -1)
        for node in reached[1:].tolist():
            entry = int(scratch.entries[node])
            parent = int(np.searchsorted(flat[0], entry, "right")) - 1
            assert flat[1][entry] == node
            assert found[parent] + flat[2][entry] == found[node]
        if len(some):
            early = by_distance(flat, source, some, scratch, new_flag())
            assert early.tolist() == reached[: len(early)].tolist()
            assert {node for node in some.tolist() if node in every} <= set(early.tolist())
            last = set(some.tolist()) <= set(every)
            assert not last or early[-1] in some


@pytest.mark.parametrize("nodes", [200_000])
def test_a_raised_flag_ends_a_search(nodes: int) -> None:
    indptr = np.arange(nodes + 1)
    ring = np.roll(np.arange(nodes, dtype=np.int32), -1)
    flag = new_flag()
    scratch = BreadthScratch(nodes)
    reached, _, _ = breadth_first((indptr, ring), 0, -1, scratch, flag)
    assert len(reached) == nodes
    weights = np.ones(nodes)
    distance = DistanceScratch(nodes, np.float64)
    assert len(by_distance((indptr, ring, weights), 0, EVERYTHING, distance, flag)) == nodes
    flag[0] = 1
    assert len(breadth_first((indptr, ring), 0, -1, scratch, flag)[0]) < nodes
    assert len(by_distance((indptr, ring, weights), 0, EVERYTHING, distance, flag)) < nodes
