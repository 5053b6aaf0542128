"""Ends of steps are those of one edge at a time, patches or not."""

from __future__ import annotations

import numpy as np
import pytest

from seaglass.base import limits
from seaglass.engine.graph import expand, read, segment_table
from seaglass.engine.graph.adjacency import CsrSegment, Links
from seaglass.engine.graph.apply import apply
from seaglass.engine.graph.builder import build
from seaglass.engine.graph.delta import CreateEdges, DeleteEdges, SetLabels
from seaglass.engine.graph.version import GraphVersion, empty

NODES = 2 * limits.GROUP_ROWS + 1_000
EDGES = 60_000


@pytest.fixture(scope="module")
def version() -> GraphVersion:
    rng = np.random.default_rng(3)
    ids = np.arange(NODES).astype(str)
    ends = rng.integers(0, 2 * limits.GROUP_ROWS, EDGES) // 50 * 50, rng.integers(0, NODES, EDGES)
    kinds = np.array(["KNOWS", "LIKES"])[rng.integers(0, 2, EDGES)]
    table = {"~from": ends[0].astype(str), "~to": ends[1].astype(str), "~label": kinds}
    return build(empty(), {"~id": ids, "~label": ["Person"] * NODES}, table)


@pytest.fixture(scope="module")
def patched(version: GraphVersion) -> GraphVersion:
    """The same with edges added and removed in the first group, and a label taken."""
    nodes = np.array([0, 50, 50, 7], np.int64)
    made = CreateEdges(version.next_edge, "KNOWS", nodes, nodes[::-1].copy(), {})
    changed = apply(version, made)
    changed = apply(changed, DeleteEdges(read.expand_one(version, 100, (), "out")[1][:1]))
    return apply(changed, SetLabels(np.array([50, 7], np.int64), (), ("Person",)))


def check(version: GraphVersion, nodes: list[int]) -> None:
    array = np.array(nodes, np.int64)
    for types in ((), ("KNOWS",), ("LIKES", "KNOWS"), ("NONE",)):
        for direction in ("out", "in", "both"):
            found = read.expand(version, array, types, direction)
            # Of each node, its first and its last edge.
            used = np.full((2, len(nodes)), -1, np.int64)
            used[0, found.rows[::-1]] = found.edges[::-1]
            used[1, found.rows] = found.edges
            rest = (used[:, found.rows] != found.edges).all(axis=0)
            for edges, some in ((used, rest), (used[:0], np.ones(len(rest), np.bool_))):
                ends = read.Ends(version, types, direction, lambda: None)
                ends.add(array, edges)
                wanted = np.unique(found.nodes[some])
                assert ends.count(()) == len(wanted)
                for label in ("Person", "None"):
                    fit = read.has_labels(version, wanted, (label,))
                    assert ends.count((label,)) == fit.sum()


def some_nodes(count: int) -> list[int]:
    numbers = np.random.default_rng(count).integers(0, NODES, count)
    return [-1, 0, 7, 50, 50, 100, *(numbers // 50 * 50).tolist(), NODES - 1]


def test_ends_of_a_few_and_of_many_nodes(version: GraphVersion) -> None:
    for count in (0, 100, 5_000):
        check(version, some_nodes(count))


def test_ends_in_groups_with_patches(
    patched: GraphVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    check(patched, some_nodes(20))
    # With so many nodes the patch is merged, and the group is read through the table again.
    monkeypatch.setattr(limits, "PATCH_OVERLAY_ROWS", 3)
    check(patched, some_nodes(20))


def test_a_patch_is_not_merged_for_many_nodes_of_which_it_changes_few(
    version: GraphVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = np.arange(0, 3_000)
    ends = np.array([50, 2_950], np.int64), np.array([1, NODES - 1], np.int64)
    changed = apply(version, CreateEdges(version.next_edge, "KNOWS", *ends, {}))
    changed = apply(changed, DeleteEdges(read.expand_one(version, 100, (), "out")[1][:1]))
    wanted = np.unique(
        np.concatenate([read.expand_one(changed, node, (), "out")[0] for node in nodes.tolist()])
    )

    def unmerged(links: Links) -> CsrSegment:
        assert not links.patch
        return links.base.get()

    monkeypatch.setattr(Links, "segment", unmerged)
    monkeypatch.setattr(limits, "PATCH_OVERLAY_ROWS", 4)
    found = read.Ends(changed, (), "out", lambda: None)
    found.add(nodes, np.empty((0, len(nodes)), np.int64))
    assert found.count(()) == len(wanted)


def test_more_nodes_are_added_to_the_same_ends(version: GraphVersion) -> None:
    apart, together = (read.Ends(version, (), "out", lambda: None) for _ in range(2))
    nodes = np.arange(0, 1_000)
    nothing = np.empty((0, 500), np.int64)
    for part in (nodes[:500], nodes[500:], nodes[:500]):
        apart.add(part, nothing)
    together.add(nodes, np.empty((0, 1_000), np.int64))
    assert apart.count(()) == together.count(()) > 0


def test_it_can_be_stopped(version: GraphVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_table, "_BUDGET", 10)

    def check() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        read.Ends(version, (), "out", check).add(np.arange(1_000), np.empty((0, 1_000), np.int64))


@pytest.mark.parametrize("most", [64, 3])
def test_neighbours_are_counted_once(
    version: GraphVersion, patched: GraphVersion, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(expand, "_SET_NODES", most)
    for graph in (version, patched):
        for types in ((), ("KNOWS",), ("NONE",)):
            for direction in ("out", "in", "both"):
                for node in (-1, 0, 7, 50, 100, 4_950, NODES - 1):
                    nodes, _ = read.expand_one(graph, node, types, direction)
                    count = read.neighbour_count(graph, node, types, direction)
                    assert count == len(set(nodes.tolist()))
