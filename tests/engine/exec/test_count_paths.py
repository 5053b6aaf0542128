"""Counted paths against paths that are made: random graphs with loops, parallel edges, labels and types."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.cypher.rules import RULES, apply
from seaglass.engine.cypher.rules.count_paths import count_paths
from seaglass.engine.exec.run import run
from tests.engine.cypher.plans import built
from tests.engine.exec.tools import WorkingView, context_of, text_view

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
]
edges = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from("TS")), max_size=9)


def counted(view: WorkingView, text: str, rules: tuple[Rule, ...]) -> int:
    query = dataclasses.replace(compile_query(text), root=apply(rules, built(text)))
    (frame,) = run(query, context_of(view))
    (count,) = frame.columns["n"].to_list()
    assert isinstance(count, int)
    return count


def view_of(links: list[tuple[int, int, str]]) -> WorkingView:
    parts = ["(n0:A)", "(n1:B)", "(n2:A:B)", "(n3)"]
    parts += [f"(n{source})-[:{kind}]->(n{target})" for source, target, kind in links]
    return text_view("CREATE " + ", ".join(parts))


@pytest.mark.parametrize("pattern", PATTERNS)
@given(links=edges)
def test_as_many_as_are_made(pattern: str, links: list[tuple[int, int, str]]) -> None:
    text = f"MATCH {pattern} RETURN count(*) AS n"
    plain = tuple(rule for rule in RULES if rule is not count_paths)
    view = view_of(links)
    assert counted(view, text, RULES) == counted(view, text, plain)


def test_an_empty_graph_has_none() -> None:
    assert counted(text_view(), "MATCH (a)-->(b)-->(c) RETURN count(*) AS n", RULES) == 0
