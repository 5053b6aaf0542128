from __future__ import annotations

from seaglass.engine.cypher.rules.merge_creates import merge_creates
from tests.engine.cypher.plans import around, golden


def test_creates_in_a_row_become_one() -> None:
    before, after = around(merge_creates, "CREATE (a:A) CREATE (b:B) CREATE (a)-[:T]->(b)")
    assert before == golden(
        """
            Discard
            Create (a)-[` e1`:T]->(b)
            Create (b:B)
            Create (a:A)
            Unit
        """
    )
    assert after == golden(
        """
            Discard
            Create (a:A), (b:B), (a)-[` e1`:T]->(b)
            Unit
        """
    )


def test_a_create_that_reads_what_is_made_stays_apart() -> None:
    before, after = around(merge_creates, "CREATE (a {x: 1}) CREATE (b {y: a.x}) CREATE (c)")
    assert before == golden(
        """
            Discard
            Create (c)
            Create (b {y: a.x})
            Create (a {x: 1})
            Unit
        """
    )
    assert after == golden(
        """
            Discard
            Create (b {y: a.x}), (c)
            Create (a {x: 1})
            Unit
        """
    )


def test_a_create_that_asks_the_graph_stays_apart() -> None:
    asking = (
        "CREATE (:A)-[:T]->(:A) CREATE (:B {n: COUNT { ()-[:T]->() }})",
        "CREATE (:A)-[:T {n: COUNT { (:B) }}]->(:A) CREATE (:B)",
        "MATCH (a), (b) CREATE (a)-[:T]->(b) CREATE (:B {n: length(shortestPath((a)-[*]->(b)))})",
    )
    for text in asking:
        before, after = around(merge_creates, text)
        assert after == before
