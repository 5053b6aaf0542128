"""Which plans take a moment whatever they meet, so that any thread may run them for another."""

from __future__ import annotations

import pytest

from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.cypher.logical.short import is_short

SHORT = (
    "CREATE (:Item {`~id`: $id, n: 1})",
    "CREATE (a)-[:R {w: $w}]->(b) RETURN a",
    "MATCH (n {`~id`: $id}) SET n.x = n.x + 1, n:Label RETURN n, labels(n)",
    "MATCH (n:Item) WHERE id(n) = $id SET n += $map REMOVE n.y",
    "MATCH (a {`~id`: $a}), (b {`~id`: $b}) CREATE (a)-[:R {at: timestamp()}]->(b)",
    "MERGE (n:Item {`~id`: $id}) ON CREATE SET n.n = 0 ON MATCH SET n.n = coalesce(n.n, 0) + 1",
    "MATCH (n {`~id`: $id}) WHERE n.x > 3 SET n.y = CASE WHEN n.z THEN 1 ELSE null END",
)
LONG = (
    "UNWIND $rows AS row CREATE (:Item {n: row})",
    "MATCH (n:Item) SET n.x = 1",
    "MATCH (n) WHERE id(n) IN $ids SET n.x = 1",
    "MATCH (n {`~id`: $id})-[r]->(m) SET r.x = 1",
    "MATCH (n {`~id`: $id}) DETACH DELETE n",
    "MERGE (n:Item {name: $name})",
    "MATCH (n {`~id`: $id}) SET n.x = reduce(a = 0, i IN range(1, 100000000) | a + i)",
    "MATCH (n {`~id`: $id}) SET n.x = size(range(1, 100000000))",
    "MATCH (n {`~id`: $id}) WHERE n.x =~ $pattern SET n.y = 1",
    "MATCH (n {`~id`: $id}) SET n.x = EXISTS { MATCH (n)-->() }",
    "MATCH (n {`~id`: $id}) CALL { MATCH (m) RETURN count(m) AS c } SET n.c = c",
)


@pytest.mark.parametrize("text", SHORT)
def test_short(text: str) -> None:
    assert is_short(compile_query(text).root)


@pytest.mark.parametrize("text", LONG)
def test_not_short(text: str) -> None:
    assert not is_short(compile_query(text).root)
