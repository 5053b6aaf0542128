"""One question asked in seven ways: random patterns and conditions counted for each row by COUNT, a comprehension, CALL
on all rows and row by row, OPTIONAL MATCH, and UNWIND of what MATCH finds; EXISTS says whether there are any."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.exec.context import Options
from tests.engine.cypher.test_same_meaning import EDGES, GRAPH
from tests.engine.exec.tools import WorkingView, ran

WAYS = [Options(), Options(force_mixed=True), Options(frame_rows=1), Options(frame_rows=3)]
NODES = ["()", "(q)", "(q:A)", "(b)", "(p:B)", "(p {x: a.x})", "(a)", "(q WHERE q.x = 1)"]
LONG = ["-[*1..2]->", "-[:S*0..1]-", "<-[*2]-"]
CONDITIONS = [
    "a.x = 1",
    "q.x = a.x",
    "(q)-->(b)",
    "NOT exists((p)--(a))",
    "COUNT { (q)<--(z) WHERE z.x = b.x } > 0",
    "q <> b",
    "any(k IN [1, 2] WHERE EXISTS { (a)-->({x: k}) })",
    "b.x > p.x OR p.x IS NULL",
    "$null",
]


@st.composite
def patterns(draw: st.DrawFn) -> tuple[str, str]:
    """A pattern that begins at `a`, and a WHERE for it or nothing."""
    path = "(a)"
    for _ in range(draw(st.integers(1, 2))):
        path += draw(st.sampled_from(EDGES + LONG)) + draw(st.sampled_from(NODES))
    usable = [
        condition
        for condition in CONDITIONS
        if ("q" not in condition or "(q" in path) and ("p." not in condition or "(p" in path)
        if "(p)" not in condition or "(p" in path
    ]
    conditions = draw(st.lists(st.sampled_from(usable), max_size=2))
    joint = draw(st.sampled_from([" AND ", " OR "]))
    return path, f" WHERE {joint.join(conditions)}" if conditions else ""


def counts(query: str, options: Options) -> Counter[tuple[object, ...]]:
    """How many there are of each row; `a` and `b` begin each."""
    view = WorkingView(GRAPH.version)
    before = "MATCH (a), (b) WHERE b.x <> 1 OR a:A "
    return Counter(ran(before + query, view, options, null=None).rows)


@given(patterns(), st.sampled_from(WAYS))
def test_all_ways_to_count_give_the_same(pattern: tuple[str, str], options: Options) -> None:
    path, where = pattern
    expected = counts(f"RETURN a, b, COUNT {{ {path}{where} }} AS n", Options())
    body = f"WITH a, b MATCH {path}{where} "
    for query in (
        f"RETURN a, b, COUNT {{ {path}{where} }} AS n",
        f"RETURN a, b, size([{path}{where} | 1]) AS n",
        f"RETURN a, b, size([{path}{where} | 1 + 1]) AS n",
        f"RETURN a, b, COUNT {{ MATCH {path}{where} RETURN 1 AS one SKIP 0 }} AS n",
        f"CALL {{ {body} RETURN count(*) AS n }} RETURN a, b, n",
        f"CALL {{ {body} WITH 1 AS one LIMIT 9999 RETURN count(*) AS n }} RETURN a, b, n",
        f"CALL {{ {body} RETURN 1 AS x UNION ALL WITH a RETURN 2 AS x }} RETURN a, b, sum(2 - x) AS n",
        f"OPTIONAL MATCH h = {path}{where} RETURN a, b, count(h) AS n",
    ):
        assert counts(query, options) == expected, query
    assert counts(f"RETURN a, b, EXISTS {{ {path}{where} }} AS n", options) == Counter(
        {(*row[:2], row[2] > 0): times for row, times in expected.items()}  # type: ignore[operator]
    )
    some = counts(f"MATCH {path}{where} RETURN a, b, count(*) AS n", options)
    assert some == Counter({row: times for row, times in expected.items() if row[2]})
