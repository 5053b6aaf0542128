"""The rules change how fast a query is, and nothing else.

Method: random patterns, conditions and projections over one small graph are run by the plan as built, by the plan after
each prefix of the rules, and by the plan after all; all give the same rows.
"""

from __future__ import annotations

import dataclasses
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.cypher.rules import RULES, apply
from seaglass.engine.exec.run import run
from tests.engine.cypher.plans import built
from tests.engine.exec.tools import context_of, text_view

GRAPH = text_view(
    "CREATE (a:A {`~id`: 'a', x: 1}), (b:B {`~id`: 'b', x: 2}), (c:A:B {`~id`: 'c', x: 1}),"
    " (d {`~id`: 'd'}), (a)-[:S {w: 1}]->(b), (b)-[:T {w: 2}]->(c), (c)-[:S {w: 1}]->(a),"
    " (a)-[:T]->(a), (b)-[:S]->(a), (c)-[:T {w: 3}]->(d), (a)-[:S]->(b), (d)-[:S]->(d)"
)
PARAMETERS = {"id": "b", "ids": ["a", "c", "a", 1, None], "null": None, "n": 2}


def rows(text: str, rules: int | None) -> list[tuple[str, ...]]:
    """The rows by the plan after the first `rules` rules, or as it is compiled, as text, in the order in which they
    come."""
    query = compile_query(text)
    if rules is not None:
        query = dataclasses.replace(query, root=apply(RULES[:rules], built(text)))
    found: list[tuple[str, ...]] = []
    for frame in run(query, context_of(GRAPH, PARAMETERS)):
        columns = [frame.columns[name].to_list() for name in query.columns]
        found.extend(zip(*(map(repr, column) for column in columns), strict=True))
    return found


NODES = [
    "(a)",
    "(b)",
    "(c)",
    "()",
    "(a:A)",
    "(b:B)",
    "(c:A:B)",
    "(:A)",
    "(a {x: 1})",
    "(b {x: a.x})",
    "(b {`~id`: 'b'})",
    "(c {`~id`: $id})",
]
EDGES = [
    "-->",
    "<--",
    "--",
    "-[:S]->",
    "<-[:T]-",
    "-[:S|T]-",
    "-[{w: 1}]->",
    "-[*1..2]->",
    "<-[:S*0..1]-",
    "-[* {w: 1}]-",
]
CONDITIONS = [
    "a.x = 1",
    "a.x = b.x",
    "b:B",
    "id(a) = 'a'",
    "id(b) IN $ids",
    "a.`~id` = $id",
    "id(c) = a.x",
    "id(a) = $ids",
    "id(b) = $null",
    "a.x < b.x OR c:A",
    "NOT a = b",
    "c.x IS NULL",
    "$n = 2",
    "id(a) IN ['a', 'd'] AND id(b) = 'b'",
]
ENDINGS = [
    "RETURN a, b, c",
    "RETURN count(*) AS n",
    "RETURN a.x AS x, count(b) AS n, sum(c.x) AS s",
    "WITH a AS b, b AS a, c WHERE a.x = 1 RETURN a, b",
    "WITH DISTINCT a, b.x AS x WHERE x = 2 AND a:A RETURN x, id(a)",
    "WITH a, b.x + 1 AS y, c WHERE y > 1 AND c.x = 1 RETURN id(a), y",
    "RETURN id(a) AS i, id(b) AS j, id(c) AS k, a.x + 1 AS x ORDER BY i, j, k DESC SKIP 1 LIMIT 4",
    "WITH a, b, c ORDER BY id(a), id(b), id(c) LIMIT 3 RETURN a.x, b.x AS y, id(c) AS i",
    "WITH a MATCH (a)-[r]->(q)-[s]-(z:A) RETURN a, q, z, r, s",
    "OPTIONAL MATCH (q {x: a.x})-[r:S]->(b) WHERE a:A AND b.x > q.x RETURN a, b, c, q, r",
    "WITH a, b OPTIONAL MATCH (a)-[r]->(q:B) WITH b, a, q WHERE a.x = 1 AND b.x = q.x RETURN q",
    "WITH a AS b, b AS a, c WHERE (a)-->({x: b.x}) AND a.x = 2 RETURN id(a), id(b)",
    "WITH a, b.x AS x WHERE EXISTS { MATCH (q)-[:S]->(a) WHERE id(q) = 'b' OR q.x = x } RETURN a, x",
    "RETURN id(a) AS i, [(a)-->(q:A)<--(b) WHERE q.x = 1 | id(q)] AS l, COUNT { (c)--(a) } AS n",
    """CALL { WITH a, b MATCH (a)-->(q) WHERE a.x = 1 RETURN q ORDER BY id(q) LIMIT 1 }
       WITH a AS z, q, b WHERE z:B AND q.x = b.x RETURN z, q""",
    """CALL { WITH c MATCH (c)-[r]->(q:A) RETURN q, r UNION MATCH (q)<-[r:T]-() RETURN r, q }
       WITH q, b WHERE b.x = 2 AND q.x = 1 RETURN id(q), count(*) AS n""",
    "WITH a, b.x AS x OPTIONAL MATCH (q) WHERE id(q) = 'a' AND q.x = x RETURN id(q), x",
    "WITH DISTINCT a, c MATCH (c)-[*]-(q), (c)-->(x) RETURN DISTINCT a, q, x",
    "WITH a, b, c MATCH (a)-[:S* {w: 1}]-(q) RETURN DISTINCT id(a), id(q)",
    "WITH a, c MATCH (a)-[*1..2]->(c) MATCH (c)<-[*0..1]-(q) RETURN a, count(DISTINCT q) AS n",
    "MATCH p = (c)-[r*2]-(d), q = (a)-->(d) WHERE length(p) > 1 RETURN a, c, p, nodes(q)",
    "MATCH (c)-[r]-() WITH a, r MATCH (x)-[r]->(y) WHERE y.x = 1 RETURN a, x, y",
    "UNWIND [1, 2] AS u WITH a, u WHERE u = 2 AND a.x = 1 RETURN *",
]


@st.composite
def queries(draw: st.DrawFn) -> str:
    path = draw(st.sampled_from(NODES))
    for _ in range(draw(st.integers(0, 2))):
        path += draw(st.sampled_from(EDGES)) + draw(st.sampled_from(NODES))
    parts = [f"MATCH {path}"]
    # So that every variable is there, whatever the path has.
    parts.append(
        draw(
            st.sampled_from(["MATCH (a), (b), (c)", "MATCH (a)-->(b), (c)", "MATCH (b)--(c)<--(a)"])
        )
    )
    conditions = draw(st.lists(st.sampled_from(CONDITIONS), max_size=3))
    if conditions:
        parts.append("WHERE " + " AND ".join(f"({condition})" for condition in conditions))
    parts.append(draw(st.sampled_from(ENDINGS)))
    text = " ".join(parts)
    # A property may use a variable of its own clause, or of one before, but not of a later one.
    return text if "(a" in path else text.replace("{x: a.x}", "{x: 1}")


@given(queries())
def test_random_queries(text: str) -> None:
    plain = rows(text, 0)
    for count in range(1, len(RULES) + 1):
        found = rows(text, count)
        assert Counter(found) == Counter(plain), f"after {count} rules"
        if "ORDER BY i" in text:
            assert found == plain
    # Plans inside expressions have gone through the rules only in the whole.
    assert Counter(rows(text, None)) == Counter(plain)


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_ending_gives_something(ending: str) -> None:
    text = f"MATCH (a)-->(b)--(c) {ending}"
    assert rows(text, 0)
    assert Counter(rows(text, len(RULES))) == Counter(rows(text, 0))
