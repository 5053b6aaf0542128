"""What an error says to write instead, for habits of other languages and of later Cypher.

The part of the message behind what was found, and the column (line 1).
"""

from __future__ import annotations

import pytest

from tests.engine.cypher.refused import refusal

UNQUOTED = "names are written without quotes, or in back-ticks: `` `a b` ``"
NO_VALUE = "labels and types are part of the text; to choose by a value, write `$label IN labels(n)` or `type(r) = $type`"
UNEQUAL = "in braces values are equal; write other conditions as in `WHERE n.x > 1`"
TYPES = "write `valueType(n.x) STARTS WITH 'INTEGER'`"
RANGE = "a range is written with two points, as in `*1..3`"
INSIDE = "how often it is repeated stands inside: `-[:TYPE*1..3]->`"
BETWEEN = "between two nodes stands a relationship, as in `(a)-[:TYPE*1..3]->(b)`, or `,`"
SHORTEST = "write `shortestPath((a)-[:TYPE*]->(b))`, or `allShortestPaths(...)`"
ONE_COMMA = "the `,` before it is one too many"
ALONE = "every query is one transaction; send it by itself"

ADVICE = [
    # Names and values.
    ('MATCH (n) RETURN "n"."name"', 22, UNQUOTED),
    ('MATCH (n:"Person") RETURN n', 10, UNQUOTED),
    ('MATCH ("n") RETURN 1', 8, UNQUOTED),
    ('MATCH (n) RETURN n AS "name"', 23, UNQUOTED),
    ("MATCH (n:$label) RETURN n", 10, NO_VALUE),
    ("MATCH (n:$($label)) RETURN n", 10, NO_VALUE),
    ("MATCH ()-[r:A|$type]->() RETURN r", 15, NO_VALUE),
    ("WITH x := 1 RETURN x", 9, "write `1 AS x`"),
    ("RETURN None", 8, "did you mean `null`?"),
    ("RETURN 1 AS x, x + 1 AS y", 16, "it is made by this same clause; use it in the next one"),
    # Conditions.
    ("MATCH (n) WHERE n.x IS NOT 'a' RETURN n", 28, "write `<>`"),
    ("MATCH (n) WHERE n.x IS :: INTEGER RETURN n", 24, TYPES),
    ("MATCH (n) WHERE n.x IS TYPED INTEGER RETURN n", 24, TYPES),
    ("MATCH (n) WHERE n.x STARTSWITH 'a' RETURN n", 21, "did you mean `STARTS WITH`?"),
    ("MATCH (n) WHERE n.x START WITH 'a' RETURN n", 21, "write `STARTS WITH`"),
    (
        "MATCH (n) WHERE EXISTS n.x RETURN n",
        17,
        "write `n.x IS NOT NULL`, or `EXISTS { (n)-->() }`",
    ),
    ("MATCH (n {x > 1}) RETURN n", 13, UNEQUAL),
    ("MATCH (n {x: > 1}) RETURN n", 14, UNEQUAL),
    (
        "MATCH (n.x = 1) RETURN n",
        9,
        "write `(n {x: 1})`, or `WHERE n.x > 1` behind the pattern",
    ),
    # Patterns.
    ("MATCH [n] RETURN n", 7, "a node stands in parentheses: `(n)`"),
    ("MATCH (a)-->b RETURN a", 13, "a node stands in parentheses: `(b)`"),
    ("MATCH (a)-[:T]-->(b) RETURN a", 16, "one relationship is written `-->` or `-[:TYPE]->`"),
    ("MATCH (a)--T--(b) RETURN a", 12, "one relationship is written `-->` or `-[:TYPE]->`"),
    ("MATCH (a)=>(b) RETURN a", 10, "write `-->`"),
    ("MATCH (a)-[:T]->+(b) RETURN a", 17, INSIDE),
    ("MATCH (a)-[:T]->{1,3}(b) RETURN a", 17, INSIDE),
    ("MATCH (a)((x)-[:T]->(y)){1,3}(b) RETURN a", 10, BETWEEN),
    ("MATCH p = SHORTEST 1 (a)-[:T]-+(b) RETURN p", 11, SHORTEST),
    ("MATCH p = ALL SHORTEST (a)-[:T]-+(b) RETURN p", 11, SHORTEST),
    ("MATCH (a)-[:T*1,3]->(b) RETURN a", 16, RANGE),
    ("MATCH (a)-[:T*1...3]->(b) RETURN a", 18, RANGE),
    ("MATCH (a)-[:T,U]->(b) RETURN a", 14, "write `|` between types"),
    ("MATCH (a)-[:T&U]->(b) RETURN a", 14, "write `|` between types"),
    ("MATCH (a)-[r:!T]->(b) RETURN a", 14, "write `WHERE type(r) <> 'TYPE'`"),
    ("MATCH (n:%) RETURN n", 10, "leave it out: `(n)` is a node of any labels"),
    ("MATCH (n IS Person) RETURN n", 10, "a label is written `(n:Label)`"),
    (
        "MATCH (n:A, m:A) RETURN n",
        11,
        "each node stands in its own parentheses: `(a), (b)`; labels are joined by `|`",
    ),
    # Operators and lists.
    ("RETURN 'a' || 'b'", 12, "write `OR`, or `+` between texts"),
    ("RETURN CASE 3 WHEN 1, 3 THEN 2 END", 21, "each value has a `WHEN` of its own"),
    ("RETURN 5 ** 2", 11, "write `^`"),
    ("RETURN 5 MOD 2", 10, "write `%`"),
    ("RETURN 5 DIV 2", 10, "write `/`: of two integers it gives an integer"),
    ("RETURN [1, 2,]", 14, ONE_COMMA),
    ("RETURN {a: 1,}", 14, ONE_COMMA),
    ("MATCH (n) RETURN n.*", 20, "write `n {.*}` or `properties(n)`"),
    ("MATCH (n) SET n.x += 1", 19, "write `n.x = n.x + 1`"),
    # Aggregates and order.
    ("MATCH (n) RETURN COUNT DISTINCT n", 24, "write `COUNT(DISTINCT n.x)`"),
    (
        "RETURN count(*) FILTER (WHERE true)",
        17,
        "write `WITH * WHERE condition`, or `count(CASE WHEN condition THEN 1 END)`",
    ),
    ("MATCH (n) RETURN n SORT BY n.x", 20, "write `ORDER BY n.x`"),
    (
        "MATCH (n) RETURN n ORDER BY n.x NULLS LAST",
        33,
        "nulls come last, and first with DESC",
    ),
    # Clauses and what is no query.
    ("UPSERT (n:A)", 1, "write `MERGE (n:Label {key: 1}) SET n.x = 2`"),
    ("BEGIN", 1, ALONE),
    (
        "CYPHER 5 RETURN 1",
        1,
        'leave it out; options are query hints, as in `USING QUERY:PLANCACHE "disabled"`',
    ),
    ("USE neo4j RETURN 1", 1, "a query runs on the graph that it is sent to"),
    ("DROP INDEX x", 1, "there are no indexes and constraints, and so none to drop"),
    (
        "CREATE CONSTRAINT FOR (n:A) REQUIRE n.x IS UNIQUE",
        1,
        "``MERGE (n:Label {`~id`: $id})`` makes each node once",
    ),
    # Functions and procedures.
    ("RETURN date.today()", 8, "write date()"),
    ("RETURN greatest(1, 2)", 8, "write `CASE WHEN a > b THEN a ELSE b END`"),
    (
        "MATCH (n) RETURN n.x.contains('a')",
        18,
        "write `text CONTAINS search`, or `value IN list`",
    ),
    (
        "RETURN apoc.text.join(['a'], ',')",
        8,
        "there is no APOC, as in Neptune Analytics; write join(list, separator)",
    ),
    ("RETURN apoc.any.other()", 8, "there is no APOC, as in Neptune Analytics"),
    ("CALL apoc.meta.schema()", 6, "there is no APOC, as in Neptune Analytics"),
    ("CALL db.labels()", 6, "neptune.graph.pg_schema() gives labels, types and properties"),
    ("CALL gds.louvain.stream('g')", 6, "algorithms are procedures such as neptune.algo.pageRank"),
]


@pytest.mark.parametrize(("text", "column", "fix"), ADVICE, ids=[case[0] for case in ADVICE])
def test_advice(text: str, column: int, fix: str) -> None:
    _, sentence, *place = refusal(text)
    assert sentence.endswith((f"; {fix}", f": {fix}"))
    assert place == [1, column]


@pytest.mark.parametrize(
    "text", ["RETURN [7][0, 1]", "RETURN [x IN [1] | x, 2]", "RETURN [1 & 2]", "RETURN (1)(2)"]
)
def test_advice_about_patterns_is_given_in_patterns_only(text: str) -> None:
    sentence = refusal(text)[1]
    assert not [fix for fix in (RANGE, BETWEEN, "between types") if fix in sentence]
