"""A condition fails a query only for what it is asked of by the text, whatever the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import seaglass
from seaglass.base.errors import Invalid

if TYPE_CHECKING:
    from seaglass.engine.live_graph import Graph

# `y` is a text where there is a relationship, and a number, which has no size, where there is none.
NODES = "CREATE (:A {x: 1, y: 'abc'})-[:R]->(:B {x: 2}), (:A {x: 3, y: 7})"


@pytest.fixture
def graph() -> Graph:
    graph = seaglass.open(None).create_graph("careful")
    graph.query(NODES).rows()
    return graph


def test_what_is_in_no_match_is_not_asked(graph: Graph) -> None:
    text = "MATCH (a:A)-[:R]->(b) WHERE size(a.y) = 3 RETURN a.x, b.x"
    assert graph.query(text).rows() == [{"a.x": 1, "b.x": 2}]
    counted = "MATCH (a:A)-[:R]->(b) WHERE size(a.y) = 3 RETURN count(*)"
    assert graph.query(counted).rows() == [{"count(*)": 1}]
    details = graph.explain(text, mode="DETAILS")
    assert details.index("DFEPipelineJoin") < details.index("DFESelectRows")


def test_what_is_in_a_match_fails(graph: Graph) -> None:
    with pytest.raises(Invalid) as caught:
        graph.query("MATCH (a:A) WHERE size(a.y) = 3 RETURN a.x").rows()
    assert caught.value.kind == "illegal_argument"
    assert graph.queries() == []


def test_a_query_that_writes_writes_once(graph: Graph) -> None:
    made = "CREATE (:C {x: 0}) WITH 1 AS one"
    graph.query(f"{made} MATCH (a:A)-[:R]->(b) WHERE size(a.y) = 3 SET b.z = 4").rows()
    assert graph.query("MATCH (n) RETURN count(*)").rows() == [{"count(*)": 4}]
    assert graph.query("MATCH (b:B) RETURN b.z").rows() == [{"b.z": 4}]
    with pytest.raises(Invalid):
        graph.query(f"{made} MATCH (a:A) WHERE size(a.y) = 3 SET a.z = 4").rows()
    assert graph.query("MATCH (n) RETURN count(*)").rows() == [{"count(*)": 4}]


def test_what_is_on_no_path_is_not_asked(graph: Graph) -> None:
    text = (
        "MATCH p = shortestPath((:A {x: 1})-[*]->(:B))"
        " WHERE all(n IN nodes(p) WHERE coalesce(size(n.y), 3) = 3) RETURN length(p) AS l"
    )
    assert graph.query(text).rows() == [{"l": 1}]
