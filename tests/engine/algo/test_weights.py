"""Weights near the ends of floats give what weights near 1 give: their proportions alone count."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import seaglass
from seaglass.base.errors import Invalid

if TYPE_CHECKING:
    from seaglass.engine.live_graph import Graph

WEIGHTED = "edgeWeightProperty: 'w', edgeWeightType: 'double'"
CALLS = {
    "pageRank": f"pageRank(n, {{{WEIGHTED}}}) YIELD rank AS v",
    "pageRank by sources": (
        "pageRank(n, {sourceNodes: ['0', '1'], sourceWeights: [$most, $most]}) YIELD rank AS v"
    ),
    "eigenvectorCentrality": f"eigenvectorCentrality(n, {{{WEIGHTED}}}) YIELD score AS v",
    "louvain": f"louvain(n, {{{WEIGHTED}}}) YIELD community AS v",
    "leiden": f"leiden(n, {{{WEIGHTED}}}) YIELD community AS v",
    "labelPropagation": (
        f"labelPropagation(n, {{{WEIGHTED}, vertexWeightProperty: 'v', vertexWeightType: 'double'}})"
        " YIELD community AS v"
    ),
}


def weighted(factor: float) -> Graph:
    graph = seaglass.open(None).create_graph("weights")
    graph.query(
        "UNWIND range(0, 7) AS x CREATE (:P {`~id`: toString(x), n: x, v: $f * (1 + x % 3)})",
        {"f": factor},
    )
    graph.query(
        "UNWIND range(0, 7) AS x UNWIND [1, 3, 4] AS d "
        "MATCH (a:P {n: x}), (b:P {n: (x * d + d) % 8}) "
        "CREATE (a)-[:R {w: $f * (1 + (x + d) % 4)}]->(b)",
        {"f": factor},
    )
    return graph


def asked(graph: Graph, call: str, most: float = 1.0) -> list[Any]:
    text = f"MATCH (n:P) CALL neptune.algo.{call} RETURN v ORDER BY n.n"
    return [row["v"] for row in graph.query(text, {"most": most}).rows()]


@pytest.mark.parametrize("name", CALLS)
def test_proportions_alone_count(name: str) -> None:
    expected = asked(weighted(1.0), CALLS[name])
    # Sums of the largest pass all floats, and so do quotients by the smallest.
    for factor in (2.0**1020, 2.0**-1060):
        assert asked(weighted(factor), CALLS[name], most=factor) == pytest.approx(expected, 1e-9)


def test_weights_too_far_apart_are_refused() -> None:
    graph = weighted(1e300)
    graph.query("MATCH (a:P {n: 0}), (b:P {n: 1}) CREATE (a)-[:R {w: 1e-300}]->(b)")
    with pytest.raises(Invalid, match=r"1e-300 and 4e.300"):
        asked(graph, CALLS["pageRank"])
