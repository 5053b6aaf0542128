from __future__ import annotations

import pytest

from seaglass.engine.cypher.rules.reach_ends import reach_ends
from tests.engine.cypher.plans import around, golden


def test_ends_that_are_counted_once_are_searched() -> None:
    before, after = around(
        reach_ends, "MATCH (a:A)-[*1..4]->(b) WHERE b.x > 1 RETURN count(DISTINCT b) AS n"
    )
    assert before == golden(
        """
            Aggregate count(DISTINCT b) AS n
            Filter b.x > 1
            ExpandMany (a)-[*1..4]->(b)
            NodeScan (a:A)
            Unit
        """
    )
    assert after == golden(
        """
            Aggregate count(DISTINCT b) AS n
            Filter b.x > 1
            ExpandMany (a)-[*1..4]->(b) ends once
            NodeScan (a:A)
            Unit
        """
    )


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (a:A)-[:S* {w: a.x}]-(b) RETURN DISTINCT b.x AS x",
        "MATCH (a:A)-[*0..]->(b) WITH b.x AS x, a RETURN DISTINCT x",
        "MATCH (a:A), (b:B) WITH a, b MATCH (a)-[*]-(b) RETURN max(b.x), count(DISTINCT a)",
        "MATCH (a:A)-[*]->(b) MATCH (b)-->(c) RETURN DISTINCT c",
    ],
)
def test_equal_rows_are_one(text: str) -> None:
    _, after = around(reach_ends, text)
    assert "ends once" in after


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (a:A)-[*]->(b) RETURN b",
        "MATCH (a:A)-[*]->(b) RETURN count(b)",
        "MATCH (a:A)-[*]->(b) RETURN count(DISTINCT b), count(*)",
        "MATCH (a:A)-[r*]->(b) RETURN DISTINCT b, r",
        "MATCH p = (a:A)-[*]->(b) RETURN DISTINCT p",
        "MATCH (a:A)-[*2..]->(b) RETURN DISTINCT b",
        "MATCH (a:A)-[*]->(b)-->(c) RETURN DISTINCT c",
        "MATCH (a:A)-[*]->(b) WITH b LIMIT 3 RETURN DISTINCT b",
        "MATCH (a:A)-[*]->(b) WHERE rand() < 0.5 RETURN DISTINCT b",
        "MATCH (a:A)-[*]->(b) CREATE (n) RETURN DISTINCT b",
    ],
)
def test_paths_that_matter_stay(text: str) -> None:
    before, after = around(reach_ends, text)
    assert after == before
