"""Queries that real clients of Neptune Analytics send, as far as the language is served."""

from __future__ import annotations

import pytest

from seaglass.engine.cypher.compile import compile as compile_query

SHAPES = [
    (
        "UNWIND $rows AS row MERGE (n:L {`~id`: row.node_id}) ON CREATE SET n = row.properties"
        " ON MATCH SET n += row.properties"
    ),
    (
        "MATCH (a) WHERE id(a)=$x MATCH (b) WHERE id(b)=$y MERGE (a)-[r:`T`]->(b)"
        " ON CREATE SET r = $p, r.updated_at = timestamp() ON MATCH SET r = $p"
    ),
    "MATCH (n:L) WHERE id(n) IN $ids DETACH DELETE n",
    "MATCH( n :L) WHERE id(n) in $ids RETURN ID(n)",
    "MATCH (n) RETURN true LIMIT 1;",
    "MATCH (n:L)-[r]->(n:L) RETURN count(r)",
    "MATCH ()-[r]->() RETURN COUNT(r) > 0 AS e",
    "MATCH ({`~id`: $node_id})-[r:T]->(p) DELETE r;",
    "MATCH (doc) WHERE (doc:L) AND doc.type in ['a'] // what for\n RETURN doc",
    "MATCH (n) RETURN n.`~id` AS id",
    "MATCH (n:L) RETURN n LIMIT $limit",
    "MATCH (n:`L`) WHERE id(n) = $id WITH n as x WHERE 'L' in labels(x) RETURN x",
    (
        "MATCH (n) WITH n as c, n.s AS score ORDER BY score ASC MATCH (c)-->(m)"
        " RETURN {score: score, m: m} AS result ORDER BY result.score ASC LIMIT 5"
    ),
    "MATCH (v) WHERE labels(v) = [] RETURN count(v)",
    "MATCH (src)-->(tgt) RETURN tgt ORDER BY toInteger(ID(tgt))",
    "MATCH (n) RETURN collect(DISTINCT {id: id(n)}) AS ids",
    "MATCH () -[e:`t`]-> () RETURN e LIMIT 1",
    (
        "MATCH (a)-[e:`x`]->(b) RETURN DISTINCT labels(a) AS from, type(e) AS edge, labels(b) AS to"
        " LIMIT 10"
    ),
    "MATCH (a:`L`) RETURN properties(a) AS props LIMIT 100",
    "MATCH (n) RETURN n, rand() AS r ORDER BY r LIMIT 50",
    "MATCH (node) RETURN DISTINCT(node) ORDER BY id(node)",
    (
        "WITH $primary + $nbrs AS nodelist, $rels AS rels UNWIND nodelist AS node"
        " WITH collect(DISTINCT node) AS nodes, rels MATCH (a)-[r]-(b) WHERE a IN nodes AND b IN nodes"
        " RETURN a, r, b, rels"
    ),
]


@pytest.mark.parametrize("query", SHAPES)
def test_compiles(query: str) -> None:
    compile_query(query)
