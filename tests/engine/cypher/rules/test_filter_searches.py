from __future__ import annotations

import pytest

from seaglass.engine.cypher.rules.filter_searches import filter_searches
from tests.engine.cypher.plans import around, golden


def test_what_each_part_fulfils_is_part_of_the_search() -> None:
    before, after = around(
        filter_searches,
        "MATCH (a:A), (b:B), p = shortestPath((a)-[r:S*..5]-(b))"
        " WHERE all(e IN r WHERE e.w > a.x) AND none(n IN nodes(p) WHERE n:C) AND length(p) > 2"
        " AND none(f IN relationships(p) WHERE f.z) RETURN p",
    )
    assert before == golden(
        """
            Project p
            Unwind shortestPaths((a)-[:S*1..5]-(b) EACH PATH #2 WHERE all(#1 IN relationships(#2) WHERE #1.w > a.x) AND none(#1 IN nodes(#2) WHERE #1:C) AND (length(#2) > 2) AND none(#1 IN relationships(#2) WHERE #1.z)) AS p
            NodeScan (b:B)
            NodeScan (a:A)
            Unit
        """
    )
    assert after == golden(
        """
            Project p
            Unwind shortestPaths((a)-[:S*1..5]-(b) EACH RELATIONSHIP #1 WHERE (#1.w > a.x) AND (NOT #1.z) EACH NODE #1' WHERE NOT (#1':C) EACH PATH #1'' WHERE length(#1'') > 2) AS p
            NodeScan (b:B)
            NodeScan (a:A)
            Unit
        """
    )


def test_a_condition_in_the_pattern_is_one_of_each_relationship() -> None:
    _, after = around(
        filter_searches, "MATCH p = allShortestPaths((a)-[r* WHERE r.w > 1]->(b)) RETURN p"
    )
    assert "allShortestPaths((a)-[*1..]->(b) EACH RELATIONSHIP #1 WHERE #1.w > 1)" in after


@pytest.mark.parametrize(
    "condition",
    [
        "length(p) > 2",
        "any(e IN relationships(p) WHERE e.w > 1)",
        "single(n IN nodes(p) WHERE n:A)",
        "all(n IN nodes(p)[1..] WHERE n:A)",
        "all(e IN relationships(p) WHERE e.w < length(p))",
        "all(e IN relationships(p) WHERE e.w < rand())",
        "all(e IN relationships(p) WHERE e.w > 1) OR length(p) = 1",
    ],
)
def test_what_is_said_of_the_whole_stays(condition: str) -> None:
    before, after = around(
        filter_searches, f"MATCH p = shortestPath((a)-[*]->(b)) WHERE {condition} RETURN p"
    )
    assert after == before


def test_a_condition_inside_an_expression_says_where_its_search_may_go() -> None:
    search = "shortestPath((a)-[r* WHERE r.w > 1]->(b))"
    _, after = around(
        filter_searches, f"MATCH (a), (b) WHERE {search} IS NULL RETURN length({search}) AS n"
    )
    assert after.count("shortestPaths((a)-[*1..]->(b) EACH RELATIONSHIP #1") == 2
