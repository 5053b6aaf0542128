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
            CountPaths (:A)-[:T]->(:D)-[:T]->(:B:C) AS n
            Unit
        """
    )


def test_backwards_and_a_variable_that_is_counted() -> None:
    _, after = around(count_paths, "MATCH (a:A)<--(b)<--(c)<--(d:D) RETURN count(c) + 1 AS n")
    assert "CountPaths (:D)-->()-->()-->(:A)" in after


def test_a_triangle() -> None:
    _, after = around(
        count_paths, "MATCH (a:A)-[:T|S]->(b)-[:T|S]->(c)-[:T|S]->(a) RETURN count(*) AS n"
    )
    assert "CountPaths (:A)-[:T|S]->()-[:T|S]->()-[:T|S]->first AS n" in after


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (a)-->(b)<--(c) RETURN count(*)",
        "MATCH (a)-->(b)--(c) RETURN count(*)",
        "MATCH (a)-[:T]->(b)-[:S]->(c) RETURN count(*)",
        "MATCH (a)-->(b)-->(c) WHERE a.x = 1 RETURN count(*)",
        "MATCH (a)-->(b)-->(c) RETURN count(a.x)",
        "MATCH (a)-->(b)-->(c) RETURN count(DISTINCT a)",
        "MATCH (a)-->(b)-->(c) RETURN a, count(*)",
        "MATCH (a)-->(b)-->(c) RETURN count(*), collect(a)",
        "MATCH (a)-->(b) MATCH (b)-->(c) RETURN count(*)",
        "MATCH (a)-->(b)-->(b) RETURN count(*)",
        "MATCH (a)-->(b)-->(a) RETURN count(*)",
        "MATCH (a)-->(b)-->(c), (a)-->(d) RETURN count(*)",
        "MATCH (a)-->(b)-->(c)-->(d)-->(e) RETURN count(*)",
        "UNWIND [1, 2] AS u MATCH (a)-->(b)-->(c) RETURN count(*)",
    ],
)
def test_what_stays(text: str) -> None:
    before, after = around(count_paths, text)
    assert after == before
