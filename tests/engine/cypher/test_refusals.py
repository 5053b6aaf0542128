"""What openCypher or Neptune has and seaglass has not yet: refused by name, at its place."""

from __future__ import annotations

import pytest

from tests.engine.cypher.refused import refusal

# Query, the column of the caret (line 1), and the name that the refusal gives.
NOT_YET = [
    ("MANDATORY MATCH (n) RETURN n", 1, "MANDATORY MATCH"),
    ("MATCH (a) RETURN shortestPath((a)-[*]->(:B))", 40, "An end of a shortest path"),
    ("MATCH (a)-[* {x: b.x}]->(b) RETURN a", 18, "A property of variable length"),
    (
        "MATCH (n) OPTIONAL CALL (n) { CREATE (m) RETURN m } RETURN m",
        11,
        "OPTIONAL CALL of a query that writes",
    ),
    ("OPTIONAL CALL db.labels()", 1, "OPTIONAL CALL of a procedure"),
    (
        "MATCH (n) RETURN EXISTS { MATCH (n)--(m) WITH count(m) AS c MATCH (n)--(x {c: c}) }",
        61,
        "A variable from outside a subquery, after a WITH in it that only aggregates,",
    ),
    ("FOREACH (x IN [1] | CREATE (n))", 1, "FOREACH"),
    ("LOAD CSV FROM 'x' AS row RETURN row", 1, "LOAD CSV"),
    ("MATCH (n) USING INDEX n:L(x) RETURN n", 11, "The USING planner hint"),
    ("EXPLAIN MATCH (n) RETURN n", 1, "EXPLAIN"),
    ("PROFILE MATCH (n) RETURN n", 1, "PROFILE"),
    ("CREATE INDEX FOR (n:L) ON (n.x)", 1, "CREATE INDEX"),
    ("DROP INDEX x", 1, "DROP"),
]


# The same, of what stays so.
NEVER = [
    ("RETURN point({x: 1, y: 2})", 8, "The function point()", "spatial types"),
    ("RETURN point.distance(1, 2)", 8, "The function point.distance()", "spatial types"),
    ("RETURN Distance(1, 2)", 8, "The function Distance()", "spatial types"),
    ("CALL { CREATE (n) } IN TRANSACTIONS", 21, "CALL { } IN TRANSACTIONS", "one transaction"),
    (
        "UNWIND [1] AS x CALL (x) { CREATE (n) } IN 3 CONCURRENT TRANSACTIONS OF 10 ROWS",
        41,
        "CALL { } IN TRANSACTIONS",
        "one transaction",
    ),
]


@pytest.mark.parametrize(("text", "column", "what"), NOT_YET, ids=[case[0] for case in NOT_YET])
def test_not_yet(text: str, column: int, what: str) -> None:
    kind, sentence, line, found = refusal(text)
    assert kind == "unsupported_operation"
    assert sentence.startswith(what)
    assert "not supported yet" in sentence
    assert (line, found) == (1, column)


@pytest.mark.parametrize(
    ("text", "instead"),
    [
        ("FOREACH (x IN [1] | CREATE (n))", "write `UNWIND list AS item`"),
        ("LOAD CSV FROM 'x' AS row RETURN row", "neptune.load"),
        ("EXPLAIN MATCH (n) RETURN n", "ask for its explain"),
        ("PROFILE MATCH (n) RETURN n", "explain with DETAILS"),
        ("CREATE INDEX FOR (n:L) ON (n.x)", "indexed by themselves"),
        ("MATCH (n) USING INDEX n:L(x) RETURN n", "leave it out"),
    ],
)
def test_what_to_do_instead(text: str, instead: str) -> None:
    assert instead in refusal(text)[1]


@pytest.mark.parametrize(("text", "column", "what", "why"), NEVER, ids=[case[0] for case in NEVER])
def test_what_neptune_has_not_either(text: str, column: int, what: str, why: str) -> None:
    kind, sentence, line, found = refusal(text)
    assert kind == "unsupported_operation"
    assert sentence.startswith(f"{what} is not supported: ")
    assert why in sentence
    assert "as in Neptune Analytics" in sentence
    assert (line, found) == (1, column)
