"""What a query does with a graph (reads, writes, deletes), and that what is withheld is not done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import seaglass
from seaglass.base.errors import Forbidden

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass import Graph

RIGHTS = {"reads": "no Read", "writes": "no Write", "deletes": "no Delete"}
START = "CREATE (:City {code: 'ATL'})-[:ROUTE {dist: 1}]->(:City:Old {code: 'BOS'})"
CASES = [
    ("RETURN 1", "reads"),
    ("MATCH (n) RETURN n", "reads"),
    ("CALL neptune.graph.pg_info() YIELD metric RETURN metric", "reads"),
    ("CREATE (:City)", "writes"),
    ("CREATE (n:City) RETURN n", "reads writes"),
    ("UNWIND [1, 2] AS x CREATE (:City {x: x})", "writes"),
    ("MERGE (:City {code: 'ATL'})", "reads writes"),
    ("MATCH (n:City) SET n.x = 1", "reads writes"),
    ("MATCH (n:City) SET n:New", "reads writes"),
    ("MATCH (n:City) DETACH DELETE n", "reads deletes"),
    ("MATCH ()-[r:ROUTE]->() DELETE r", "reads deletes"),
    ("MATCH (n:City) REMOVE n.code", "reads deletes"),
    ("MATCH (n:Old) REMOVE n:Old", "reads deletes"),
    ("MATCH (n:City) SET n.x = 1 REMOVE n.code", "reads writes deletes"),
    ("CREATE (a:City) CREATE (b:City) SET b.x = 1 DELETE a", "writes deletes"),
    ("CALL { MATCH (n:City) DETACH DELETE n }", "reads deletes"),
    ("MATCH (n:City) WHERE EXISTS { (n)-[:ROUTE]->() } SET n.x = 1", "reads writes"),
    ("CREATE (:City {n: COUNT { MATCH (n) RETURN n }})", "reads writes"),
    ("CALL neptune.load({source: 'none', format: 'csv'})", "writes deletes"),
]


@pytest.fixture
def graph() -> Iterator[Graph]:
    with seaglass.open(None) as db:
        made = db.create_graph("guarded")
        made.query(START)
        yield made


def contents(graph: Graph) -> object:
    return graph.query("MATCH (n) OPTIONAL MATCH (n)-[r]->(m) RETURN n, r, m").rows()


@pytest.mark.parametrize(("text", "does"), CASES)
def test_what_is_withheld_is_refused_and_nothing_changes(
    graph: Graph, text: str, does: str
) -> None:
    before = contents(graph)
    for right, words in RIGHTS.items():
        if right not in does.split():
            continue
        with pytest.raises(Forbidden) as caught:
            graph.query(text, withheld={right: words})
        assert (caught.value.kind, caught.value.message) == ("denied", words)
        for mode in ("STATIC", "DETAILS"):
            with pytest.raises(Forbidden):
                graph.explain(text, mode=mode, withheld={right: words})
    assert contents(graph) == before
    assert graph.queries() == []


@pytest.mark.parametrize(("text", "does"), CASES[:-1])
def test_what_is_not_needed_may_be_withheld(graph: Graph, text: str, does: str) -> None:
    others = {right: words for right, words in RIGHTS.items() if right not in does.split()}
    graph.query(text, withheld=others).rows()


def test_a_kept_plan_is_no_way_around(graph: Graph) -> None:
    text = "MATCH (n:City) RETURN count(n) AS n"
    for _ in range(2):
        assert graph.query(text, plan_cache="ENABLED").rows() == [{"n": 2}]
        with pytest.raises(Forbidden):
            graph.query(text, plan_cache="ENABLED", withheld=RIGHTS)
