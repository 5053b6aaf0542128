"""Counting by degrees gives what counting rows gives."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.cypher.logical import plan
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.operators.count_edges import counting
from tests.engine.exec.tools import WorkingView, ran, text_view

# A pattern, and what it is counted by.
PATTERNS = [
    ("(a)-[r]->(b)", "a.k"),
    ("(a)<-[r:T]-(b)", "a.k"),
    ("(a)-[r:T|U]-(b)", "id(a)"),
    ("(a)-[r]->(b)-[s]->(c)", "id(a), b.k"),
    ("(a)-[r]-(b)-[s]-(c)", "id(b)"),
    ("(a)-[r]-(b)-[s:T]-(c)-[t]-(d)", "a.k"),
    ("(a)-[r]->(b)<-[s]-(c)", "r.w"),
]
steps = st.tuples(st.integers(0, 3), st.sampled_from("TU"), st.integers(0, 3))


@pytest.mark.parametrize(("pattern", "keys"), PATTERNS)
@settings(max_examples=8)
@given(st.lists(steps, max_size=8))
def test_counts(pattern: str, keys: str, edges: list[tuple[int, str, int]]) -> None:
    made = text_view("UNWIND [0, 1, 2, 3] AS k CREATE (:N {`~id`: toString(k), k: k % 2})")
    for number, (start, name, end) in enumerate(edges):
        ran(
            f"MATCH (a {{`~id`: $a}}), (b {{`~id`: $b}}) CREATE (a)-[:{name} {{w: $w}}]->(b)",
            made,
            a=str(start),
            b=str(end),
            w=number % 2,
        )
    last = pattern.rstrip(")")[-1]
    for options in (Options(), Options(frame_rows=2, force_mixed=True)):
        view = WorkingView(made.version)
        # min() needs the rows, so that query counts them.
        rows = ran(f"MATCH {pattern} RETURN {keys}, count(*), min({last}.k)", view, options).rows
        fast = ran(f"MATCH {pattern} RETURN {keys}, count(*), count({last})", view, options).rows
        assert sorted(map(repr, (row[:-1] for row in fast))) == sorted(
            map(repr, (row[:-1] for row in rows))
        )
        assert all(row[-1] == row[-2] for row in fast)
        total = sum(row[-2] for row in rows)
        assert ran(f"MATCH {pattern} RETURN count(*)", view, options).rows == [(total,)]


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("MATCH (a)-[r]->(b) RETURN a.x, count(*), count(b), count(r)", True),
        ("MATCH (a)-[r]->(b) RETURN b.x, count(*)", False),
        ("MATCH (a)-[r]->(b) RETURN count(DISTINCT b)", False),
        ("MATCH (a)-[r]->(b) RETURN count(b.x)", False),
        ("MATCH (a)-[r]->(b) RETURN count(*), max(a.x)", False),
        ("MATCH (a)-[r]->(a) RETURN count(*)", False),
    ],
)
def test_which_are_counted_by_degrees(text: str, short: bool) -> None:
    op = compile_query(text).root
    while not isinstance(op, plan.Aggregate):
        op = op.input
    assert (counting(op) is not None) is short
