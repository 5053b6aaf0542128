"""Counted paths against paths that are made: random graphs with loops, parallel edges, labels and types."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seaglass.base.errors import Invalid
from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.cypher.rules import RULES, apply
from seaglass.engine.cypher.rules.count_paths import count_paths
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.run import run
from tests.engine.cypher.plans import built, compiled
from tests.engine.exec.tools import WorkingView, context_of, ran, text_view

if TYPE_CHECKING:
    from seaglass.engine.cypher.rules import Rule

PATTERNS = [
    "(a:A)-[:T]->(b)-[:T]->(c)",
    "(a)<--(b:A)<--(c:B)",
    "(a)-->(b)-->(c)-->(d)",
    "(a:A)-[:T|S]->(b:B)-[:T|S]->(c:A)-[:T|S]->(d:B)",
    "(a)<-[:S]-(b:A)<-[:S]-(c)<-[:S]-(d:A)",
    "(a)-->(b)-->(c)-->(a)",
    "(a:A)-[:T]->(b:B)-[:T]->(c)-[:T]->(a)",
    "(a:A)<--(b)<--(c:B)<--(a)",
    "(a)-[:NONE]->(b)-[:NONE]->(c)",
    "(a)-->(b:B)",
    "(a)-->(b)-->(c)-->(d)-->(a)",
    "(a:A)-[:T]->(b)-[:S|T]->(c)-[:T]->(d)-->(a)",
    "(a)-->(b)-->(c)-->(d)-->(e)",
    "(a)<--(b)-[:S]->(c)-[:T]->(d:B)<--(e), (c)-[:S]->(f)",
    "(a)-->(b)<--(c:A), (b)-->(d)",
    "(a)--(b)--(c:B)",
    "(a)-[:T]-(b)--(c)-->(d)",
    "(a)--(b)--(c)--(a)",
    "(a)-->(b)-->(b)",
    "(a)-->(b)--(a)-->(a)",
    "(a)-[:T]->(b)-[:S]->(c)<--(a), (b)-[:T]->(d)<-[:S]-(c), (b)-[:S]->(c)",
    "(a)-->(b) MATCH (b)-->(c) MATCH (a)-->(d)<--(c)",
]
edges = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from("TS")), max_size=9)
KEYS = ["a", "b.x", "labels(b) AS l, id(b) AS i"]


def answer(view: WorkingView, text: str, rules: tuple[Rule, ...]) -> Counter[tuple[object, ...]]:
    query = dataclasses.replace(compile_query(text), root=apply(rules, built(text)))
    found: Counter[tuple[object, ...]] = Counter()
    for frame in run(query, context_of(view, options=Options(frame_rows=2))):
        columns = [map(repr, frame.columns[name].to_list()) for name in query.columns]
        found.update(zip(*columns, strict=True))
    return found


def view_of(links: list[tuple[int, int, str]]) -> WorkingView:
    parts = ["(n0:A {x: 1})", "(n1:B {x: 1})", "(n2:A:B {x: 2})", "(n3)"]
    parts += [f"(n{source})-[:{kind}]->(n{target})" for source, target, kind in links]
    return text_view("CREATE " + ", ".join(parts))


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=6)
@given(links=edges)
def test_as_many_as_are_made(pattern: str, links: list[tuple[int, int, str]]) -> None:
    plain = tuple(rule for rule in RULES if rule is not count_paths)
    view = view_of(links)
    texts = [f"MATCH {pattern} RETURN count(*) AS n"]
    texts += [f"MATCH {pattern} RETURN {key}, count(*) AS n, count(b) AS m" for key in KEYS]
    texts.append(f"MATCH {pattern} RETURN count(a) AS n, count(DISTINCT a) AS m, max(a.x) AS x")
    for text in texts:
        assert answer(view, text, RULES) == answer(view, text, plain), text


def test_most_patterns_are_counted() -> None:
    texts = [f"MATCH {pattern} RETURN count(*)" for pattern in PATTERNS]
    assert [text for text in texts if "CountPaths" not in compiled(text)] == []


def test_an_empty_graph_has_none() -> None:
    text = "MATCH (a)-->(b)-->(c) RETURN count(*) AS n"
    assert answer(text_view(), text, RULES) == Counter([("0",)])


def test_what_does_not_fit_is_an_error_and_not_a_wrong_number() -> None:
    """2,000 parallel relationships between each of six nodes and the next."""
    parts = ", ".join(f"(n{place})-[:R{place}]->(n{place + 1})" for place in range(6))
    view = text_view(
        "CREATE (a {x: 0}), (b {x: 1}), (c {x: 2}), (d {x: 3}), (e {x: 4}), (f {x: 5}), (g {x: 6})"
    )
    for place in range(6):
        ran(
            f"MATCH (a {{x: {place}}}), (b {{x: {place + 1}}}) UNWIND range(1, 2000) AS i "
            f"CREATE (a)-[:R{place}]->(b)",
            view,
        )
    with pytest.raises(Invalid, match="does not fit"):
        ran(f"MATCH {parts} RETURN count(*)", view)
    assert ran(f"MATCH {parts.rpartition(',')[0]} RETURN count(*)", view).rows == [(2000**5,)]
