"""What openCypher or Neptune has and seaglass has not yet: refused by name, at its place."""

from __future__ import annotations

import pytest

from tests.engine.cypher.refused import refusal

# Query, the column of the caret (line 1), and the name that the refusal gives.
NOT_YET = [
    ("MANDATORY MATCH (n) RETURN n", 1, "MANDATORY MATCH"),
    ("MATCH (a)-[* {x: b.x}]->(b) RETURN a", 18, "A property of variable length"),
    ("MATCH shortestPath((a)-[*]->(b)) RETURN a", 7, "shortestPath()"),
    ("MATCH (a), (b) RETURN shortestPath((a)-[*]->(b))", 23, "shortestPath()"),
    ("MATCH (a), (b) RETURN allShortestPaths((a)-[*]->(b))", 23, "allShortestPaths()"),
    ("MATCH (a) RETURN [(a)-->(b) | b.x]", 18, "Pattern comprehension"),
    ("MATCH (a) RETURN [p = (a)-->(b) | p]", 18, "Pattern comprehension"),
    ("MATCH (a) WHERE (a)-->() RETURN a", 17, "A pattern inside an expression"),
    (
        "MATCH (a) WHERE NOT (a:L {x: {y: 1}})<-[:T]-() RETURN a",
        21,
        "A pattern inside an expression",
    ),
    ("MATCH (a) WHERE (a)--(:L) RETURN a", 17, "A pattern inside an expression"),
    ("MATCH (a) WHERE exists((a)-->()) RETURN a", 24, "A pattern inside an expression"),
    ("MATCH (a), (b) WHERE (a)-[r]-(b) RETURN a", 22, "A pattern inside an expression"),
    ("MATCH (a) WHERE EXISTS { (a)-->() } RETURN a", 17, "An EXISTS { } subquery"),
    ("MATCH (a) RETURN COUNT { (a)-->() }", 18, "A COUNT { } subquery"),
    ("CALL neptune.algo.wcc({}) YIELD node RETURN node", 6, "The procedure neptune.algo.wcc()"),
    ("MATCH (n) CALL { WITH n RETURN 1 AS x } RETURN x", 11, "A CALL { } subquery"),
    ("RETURN 1 AS x UNION RETURN 2 AS x", 15, "UNION"),
    ("FOREACH (x IN [1] | CREATE (n))", 1, "FOREACH"),
    ("LOAD CSV FROM 'x' AS row RETURN row", 1, "LOAD CSV"),
    ("MATCH (n) USING INDEX n:L(x) RETURN n", 11, "The USING planner hint"),
    ("EXPLAIN MATCH (n) RETURN n", 1, "EXPLAIN"),
    ("PROFILE MATCH (n) RETURN n", 1, "PROFILE"),
    ("PREFIX ex: <http://example.com/> MATCH (n) RETURN n", 1, "PREFIX"),
    ("CREATE INDEX FOR (n:L) ON (n.x)", 1, "CREATE INDEX"),
    ("DROP INDEX x", 1, "DROP"),
    ("MATCH (n:A|B) RETURN n", 11, "A label expression"),
    ("MATCH (n WHERE n.x = 1) RETURN n", 10, "WHERE inside a node pattern"),
]


@pytest.mark.parametrize(("text", "column", "what"), NOT_YET, ids=[case[0] for case in NOT_YET])
def test_not_yet(text: str, column: int, what: str) -> None:
    kind, sentence, line, found = refusal(text)
    assert kind == "unsupported_operation"
    assert sentence.startswith(what)
    assert sentence.endswith("not supported yet")
    assert (line, found) == (1, column)
