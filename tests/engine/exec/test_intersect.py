"""Intersected lists against edges that are walked and asked: random graphs with loops, parallel edges and two types."""

from __future__ import annotations

import dataclasses
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.cypher.rules import RULES, apply
from seaglass.engine.cypher.rules.intersect import intersect
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.run import run
from tests.engine.cypher.plans import built, compiled
from tests.engine.exec.tools import WorkingView, context_of, ran, text_view

QUERIES = [
    "MATCH (a)-[r]->(b)-[s]->(c)-[t]->(a) RETURN a, b, c, r, s, t",
    "MATCH (a)-[r]-(b)-[s:T]-(c)-[t]-(a) RETURN a, b, c, r, s, t",
    "MATCH (a)-[r]->(b)<-[s:T|S]-(a) RETURN a, b, r.w AS w, s.w AS v",
    "MATCH (a)-->(b)-[r]->(c)-->(d)<--(a), (c)-[s]-(a) RETURN id(a), id(d), r, s",
    "MATCH (a)-->(b)-->(c)-->(a)-->(d), (b)-->(d)<--(c) RETURN count(*) AS n",
    "MATCH (a)-[r]->(b)-[s]->(c {x: 1})<-[t]-(a) WHERE r.w < s.w RETURN a.x + t.w AS n, b, c",
    "MATCH (a) OPTIONAL MATCH (a)-->(b)-->(c)-->(a) WHERE c.x > 1 RETURN a, b, c",
    "MATCH (a)-[q*1..2]->(z) MATCH (a)--(b)--(a), (z)--(b) RETURN q, b, id(z)",
    "MATCH (a)-[q]->(z) MATCH (a)-[r]->(b)<-[s]-(z) RETURN a, b, z, q = r AS same, s",
    "MATCH (a)-->(b) WHERE EXISTS { (a)-->(c)-->(b) WHERE c.x = 1 } RETURN a, b",
    "MATCH (a) OPTIONAL MATCH (q {x: a.x + 1}) WITH a, q MATCH (q)-->(c)<--(a) RETURN a, q, c",
]
edges = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from("TS")), max_size=9)
PLAIN = tuple(rule for rule in RULES if rule is not intersect)


def rows(view: WorkingView, text: str, plain: bool, options: Options) -> list[tuple[str, ...]]:
    query = compile_query(text)
    if plain:
        query = dataclasses.replace(query, root=apply(PLAIN, built(text)))
    found: list[tuple[str, ...]] = []
    for frame in run(query, context_of(view, options=options)):
        columns = [map(repr, frame.columns[name].to_list()) for name in query.columns]
        found.extend(zip(*columns, strict=True))
    return found


@pytest.mark.parametrize("text", QUERIES)
@settings(max_examples=10)
@given(links=edges)
def test_the_rows_of_the_plain_plan(text: str, links: list[tuple[int, int, str]]) -> None:
    parts = ["(n0 {x: 1})", "(n1 {x: 1})", "(n2 {x: 2})", "(n3)"]
    parts += [f"(n{a})-[:{kind} {{w: {n}}}]->(n{b})" for n, (a, b, kind) in enumerate(links)]
    view = text_view("CREATE " + ", ".join(parts))
    expected = Counter(rows(view, text, True, Options()))
    for options in (Options(), Options(frame_rows=1, force_mixed=True)):
        assert Counter(rows(view, text, False, options)) == expected


def test_the_queries_intersect() -> None:
    assert [text for text in QUERIES if "Intersect" not in compiled(text)] == []


def test_the_smallest_list_is_looked_at() -> None:
    """A hub of 70,000 neighbours, one of which has a single edge back to what leads to the hub."""
    view = text_view(
        "CREATE (a {x: 1})-[:T]->(h {x: 2})",
        "MATCH (h {x: 2}) UNWIND range(1, 70000) AS i CREATE (h)-[:T]->(:N {i: i})",
        "MATCH (n:N {i: 77}), (a {x: 1}) CREATE (n)-[:T]->(a)",
    )
    text = "MATCH (a {x: 1})-->(h {x: 2})-->(n)-->(a) RETURN n.i"
    assert ran(text, view).rows == [(77,)]
    assert ran(text, view, Options(frame_rows=7)).rows == [(77,)]
