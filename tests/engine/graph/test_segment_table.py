"""Entries read through a table of segments are those of one node at a time, patches or not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from seaglass.base.limits import GROUP_ROWS
from seaglass.engine.graph import read
from seaglass.engine.graph.apply import apply
from seaglass.engine.graph.builder import build
from seaglass.engine.graph.delta import CreateEdges
from seaglass.engine.graph.version import empty

if TYPE_CHECKING:
    from seaglass.engine.graph.expand import Direction
    from seaglass.engine.graph.version import GraphVersion

NODES = 2 * GROUP_ROWS + 1_000
EDGES = 60_000


@pytest.fixture(scope="module")
def version() -> GraphVersion:
    rng = np.random.default_rng(3)
    ids = np.arange(NODES).astype(str)
    # Some nodes have many, and no node of the last group has any that goes out.
    ends = rng.integers(0, 2 * GROUP_ROWS, EDGES) // 50 * 50, rng.integers(0, NODES, EDGES)
    kinds = np.array(["KNOWS", "LIKES"])[rng.integers(0, 2, EDGES)]
    table = {"~from": ends[0].astype(str), "~to": ends[1].astype(str), "~label": kinds}
    return build(empty(), {"~id": ids}, table)


def check(version: GraphVersion, nodes: list[int]) -> None:
    array = np.array(nodes, np.int64)
    for types in ((), ("KNOWS",), ("LIKES", "KNOWS"), ("NONE",)):
        directions: tuple[Direction, ...] = ("out", "in")
        for direction in directions:
            found = read.expand(version, array, types, direction)
            counts = [read.degree_one(version, node, types, direction) for node in nodes]
            assert read.degrees(version, array, types, direction).tolist() == counts
            assert found.rows.tolist() == np.repeat(np.arange(len(nodes)), counts).tolist()
            each = [read.expand_one(version, node, types, direction) for node in nodes]
            assert found.nodes.tolist() == [n for ends, _ in each for n in ends.tolist()]
            assert found.edges.tolist() == [e for _, edges in each for e in edges.tolist()]


def some(count: int) -> list[int]:
    numbers = np.random.default_rng(count).integers(0, NODES, count)
    return [-1, 0, 50, 50, *(numbers // 50 * 50).tolist(), NODES - 1]


def test_a_few_and_many_nodes_of_all_groups(version: GraphVersion) -> None:
    for count in (0, 3, 100, 5_000):
        check(version, some(count))


def test_a_group_with_a_patch_is_read_with_it(version: GraphVersion) -> None:
    check(version, some(20))
    more = np.array([50, NODES - 1], np.int64)
    change = CreateEdges(version.next_edge, "KNOWS", more, more[::-1], {})
    changed = apply(version, change)
    check(changed, some(20))
    check(changed, [100, 150, 200, 100])
    check(version, some(20))
