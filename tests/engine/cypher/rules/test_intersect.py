from __future__ import annotations

import pytest

from seaglass.engine.cypher.rules.intersect import intersect
from tests.engine.cypher.plans import around, golden


def test_a_triangle() -> None:
    _, after = around(intersect, "MATCH (a)-[r:T]->(b)-[s]->(c:C)-[t]->(a) RETURN a, b, c, t")
    assert after == golden(
        """
            Project a, b, c, t
            Intersect (b)<-[r:T]-(a) distinct from s; (c)-[t]->(a) distinct from r, s
            Expand (c)<-[s]-(b)
            NodeScan (c:C)
            Unit
        """
    )


def test_conditions_move_above_and_a_clique_has_three_legs() -> None:
    _, after = around(
        intersect,
        "MATCH (a:A)-[r]->(b)-[s]->(c)-[t]->(a) MATCH (d)-[u]->(a), (d)-[v]-(b), (c)-[w]->(d) "
        "WHERE d.x = 1 RETURN d, r",
    )
    assert after == golden(
        """
            Project d, r
            Filter d.x = 1
            Intersect (a)<-[u]-(d); (b)-[v]-(d) distinct from u; (c)-[w]->(d) distinct from u, v
            Intersect (b)-[s]->(c) distinct from r; (a)<-[t]-(c) distinct from r, s
            Expand (a)-[r]->(b)
            NodeScan (a:A)
            Unit
        """
    )


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (a)-->(b)-->(c) WHERE rand() < c.x MATCH (c)-->(a) RETURN a",
        "MATCH (a)-->(b)-->(c) WITH a, c MATCH (a)-->(c) RETURN a",
        "MATCH (a)-[r]->(b) MATCH (b)-->(c)-[r]->(d) RETURN a",
        "MATCH (a)-->(b)-[*1..2]->(c)-->(a) RETURN a",
        "MATCH (a)-->(b)-->(c), (c)-->(c) RETURN a",
    ],
)
def test_what_stays(text: str) -> None:
    before, after = around(intersect, text)
    assert after == before
