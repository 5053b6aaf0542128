from __future__ import annotations

import pytest

from seaglass.engine.cypher.rules.count_paths import count_paths
from tests.engine.cypher.plans import around, golden


def test_two_relationships() -> None:
    _, after = around(
        count_paths, "MATCH (a:A)-[:T]->(b)-[:T]->(c:B:C) WHERE b:D RETURN count(*) AS n"
    )
    assert after == golden(
        """
            Project n
            CountPaths (a:A)-[0:T]->(b:D)-[1:T]->(c:B:C) AS n
            Unit
        """
    )


def test_backwards_and_a_variable_that_is_counted() -> None:
    _, after = around(count_paths, "MATCH (a:A)<--(b)<--(c)<--(d:D) RETURN count(c) + 1 AS n")
    assert "CountPaths (a:A)<-[0]-(b)<-[1]-(c)<-[2]-(d:D)" in after


def test_a_triangle() -> None:
    _, after = around(
        count_paths, "MATCH (a:A)-[:T|S]->(b)-[:T|S]->(c)-[:T|S]->(a) RETURN count(*) AS n"
    )
    assert "CountPaths (a:A)-[0:T|S]->(b)-[1:T|S]->(c)-[2:T|S]->(a) AS n" in after


def test_grouped_by_one_node() -> None:
    _, after = around(
        count_paths, "MATCH (a:A)-->(b)<--(c), (b)--(d) RETURN b.x AS x, count(a) AS n"
    )
    assert after == golden(
        """
            Project x, n
            Aggregate sum(` ways`) AS n BY b.x AS x
            CountPaths (a:A)-[0]->(b)<-[1]-(c), (b)-[2]-(d) AS ` ways` BY b
            Unit
        """
    )


def test_what_may_be_one_relationship() -> None:
    _, after = around(count_paths, "MATCH (a)-->(b) MATCH (b)-->(c)-->(d) RETURN count(*) AS n")
    assert "(a)-[0]->(b)-[1]->(c) distinct from none-[2]->(d) distinct from 1 AS n" in after


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (a)-->(b)-->(c) WHERE a.x = 1 RETURN count(*)",
        "MATCH (a)-->(b)-->(c) RETURN count(a.x)",
        "MATCH (a)-->(b)-->(c) RETURN count(DISTINCT a)",
        "MATCH (a)-->(b)-->(c) RETURN a, c, count(*)",
        "MATCH (a)-->(b)-->(c) RETURN a.x + rand() AS x, count(*)",
        "MATCH (a)-->(b)-->(c) RETURN count(*), collect(a)",
        "MATCH (a)-[r]->(b)-->(c) RETURN r, count(*)",
        "MATCH (a)-->(b)-[*1..2]->(c) RETURN count(*)",
        "MATCH (a)-->(b) RETURN count(*)",
        "MATCH (a)-->(b), (c)-->(d) RETURN count(*)",
        "MATCH (a)-->(b)-->(c)-->(d)-->(e)-->(a) RETURN count(*)",
        "MATCH (a)-->(b)-->(c)-->(a)-->(d), (b)-->(d)<--(c) RETURN count(*)",
        "MATCH (a)-->(b)-->(c)-->(d)-->(e)-->(f)-->(g) RETURN count(*)",
        "UNWIND [1, 2] AS u MATCH (a)-->(b)-->(c) RETURN count(*)",
    ],
)
def test_what_stays(text: str) -> None:
    before, after = around(count_paths, text)
    assert after == before
