from __future__ import annotations

from seaglass.engine.cypher.rules.drop_unused import drop_unused
from tests.engine.cypher.plans import around, golden


def test_unread_columns_and_aggregates_go() -> None:
    before, after = around(drop_unused, "MATCH (n) WITH n, n.x AS x, count(*) AS c RETURN n")
    assert before == golden(
        """
            Project n
            Aggregate count(*) AS c BY n, n.x AS x
            NodeScan (n)
            Unit
        """
    )
    assert after == golden(
        """
            Project n
            Aggregate BY n, n.x AS x
            NodeScan (n)
            Unit
        """
    )


def test_projections_without_effect_go() -> None:
    before, after = around(drop_unused, "MATCH (a)-[r]->(b) WITH a, b, r RETURN *")
    assert before == golden(
        """
            Project a, b, r
            Expand (a)-[r]->(b)
            NodeScan (a)
            Unit
        """
    )
    assert after == golden(
        """
            Expand (a)-[r]->(b)
            NodeScan (a)
            Unit
        """
    )


def test_columns_of_distinct_stay() -> None:
    before, after = around(drop_unused, "MATCH (n) WITH DISTINCT n.x AS x, n.y AS y RETURN x")
    assert before == golden(
        """
            Project x
            Distinct x, y
            Project n.x AS x, n.y AS y
            NodeScan (n)
            Unit
        """
    )
    assert after == before


def test_counting_needs_no_columns() -> None:
    before, after = around(
        drop_unused, "MATCH (n) WITH n.x AS x UNWIND [1, 2] AS y RETURN count(*) AS c"
    )
    assert before == golden(
        """
            Project c
            Aggregate count(*) AS c
            Unwind [1, 2] AS y
            Project n.x AS x
            NodeScan (n)
            Unit
        """
    )
    assert after == golden(
        """
            Aggregate count(*) AS c
            Unwind [1, 2] AS y
            Project
            NodeScan (n)
            Unit
        """
    )


def test_a_merge_gets_all_columns() -> None:
    before, after = around(drop_unused, "UNWIND [1] AS x WITH x, x + 1 AS y MERGE (n {x: x})")
    assert before == golden(
        """
            Discard
            Merge (n {x: x})
              | Filter n.x = x
              | NodeScan (n)
              | Argument x, y
            Project x, x + 1 AS y
            Unwind [1] AS x
            Unit
        """
    )
    assert after == before


def test_the_edges_of_a_path_are_listed_for_those_who_read_them() -> None:
    before, after = around(drop_unused, "MATCH (a)-[r*]->(b) RETURN b")
    assert before == golden(
        """
            Project b
            ExpandMany (a)-[r*1..]->(b)
            NodeScan (a)
            Unit
        """
    )
    assert after == golden(
        """
            Project b
            ExpandMany (a)-[*1..]->(b)
            NodeScan (a)
            Unit
        """
    )
    _, after = around(drop_unused, "MATCH (a)-[r*]->(b)-[s]->(c) RETURN b")
    assert "ExpandMany (a)-[r*1..]->(b)" in after.splitlines()
