"""Components against what is reached from where, and graphs on which recursion would end."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from tests.engine.kernels.plain_graphs import Plain, links_of, plain_graphs

from seaglass.engine.kernels.components import strong_components, weak_components
from seaglass.engine.kernels.stopping import new_flag


def reached(nodes: int, pairs: set[tuple[int, int]]) -> list[set[int]]:
    """The nodes that each node reaches, itself among them (Warshall)."""
    found = [{node, *[t for s, t in pairs if s == node]} for node in range(nodes)]
    for middle in range(nodes):
        for node in range(nodes):
            if middle in found[node]:
                found[node] |= found[middle]
    return found


@given(plain_graphs())
def test_components_are_what_reaches_each_other(graph: Plain) -> None:
    nodes, edges = graph
    pairs = {(source, target) for source, target, _ in edges}
    links = links_of(graph)[:2]
    either = reached(nodes, pairs | {(target, source) for source, target in pairs})
    assert weak_components(links, new_flag()).tolist() == [min(found) for found in either]
    onward = reached(nodes, pairs)
    assert strong_components(links, new_flag()).tolist() == [
        min(other for other in onward[node] if node in onward[other]) for node in range(nodes)
    ]


@pytest.mark.parametrize("closed", [False, True])
def test_a_long_way(closed: bool) -> None:
    nodes = 200_000
    # Backwards, so that each union meets the longest tree.
    edges = [(node, node - 1, 1.0) for node in range(1, nodes)]
    links = links_of((nodes, [*edges, (0, nodes - 1, 1.0)] if closed else edges))[:2]
    assert not weak_components(links, new_flag()).any()
    strong = strong_components(links, new_flag())
    assert np.array_equal(strong, np.zeros(nodes) if closed else np.arange(nodes))


def test_a_raised_flag_ends_both() -> None:
    flag = new_flag()
    flag[0] = 1
    nodes = 10_000
    links = links_of((nodes, [(node, node + 1, 1.0) for node in range(nodes - 1)]))[:2]
    assert weak_components(links, flag)[1:].any()
    assert len(strong_components(links, flag)) == nodes
