"""The engine and the oracle answer alike, whatever the options and the rules.

Method: random expressions over random values, and random queries over random small graphs, by four
configurations of the engine, by plans after other sets of rules, and by the oracle. Both fail, or
both give the same rows. What the compiler refuses says nothing about either. Each query is asked
twice, since the engine may have learned from the first time.
"""

from __future__ import annotations

from copy import deepcopy

import pytest
from hypothesis import event, given, note
from hypothesis import strategies as st

from seaglass.testkit import generated
from seaglass.testkit.oracle import PlainGraph, answer
from tests.engine.exec.compare import (
    OPTIONS,
    by_engine,
    by_oracle,
    check_rows,
    compiled,
    exact,
    made,
    rule_sets,
    view_of,
)
from tests.engine.exec.tools import WorkingView

ROWS = st.lists(
    st.fixed_dictionaries(dict.fromkeys("abc", generated.values)), min_size=1, max_size=4
)


@given(generated.expressions(("a", "b", "c"), 2), ROWS)
def test_expressions(expression: str, rows: list[dict[str, object]]) -> None:
    text = f"UNWIND $rows AS row WITH row.a AS a, row.b AS b, row.c AS c RETURN {expression} AS x"
    compiled(text)
    expected = by_oracle(text, PlainGraph(), {"rows": deepcopy(rows)})
    event("fails" if expected is None else "answers")
    for options in OPTIONS:
        found = by_engine(text, WorkingView(), options, {"rows": deepcopy(rows)})
        if expected is None or found is None:
            assert expected == found, options
        else:
            assert [*map(exact, map(list, found))] == [*map(exact, map(list, expected))], options


@given(
    made(generated.query) | made(generated.count) | made(generated.search),
    made(generated.graph),
    rule_sets(4),
)
def test_queries(query: generated.Query, graph: PlainGraph, others: list) -> None:
    compiled(query.text)
    view, parameters = view_of(graph), generated.PARAMETERS
    expected = by_oracle(query.whole, graph, parameters)
    assert expected is not None
    event(f"rows: {min(len(expected), 3)}")
    for options in OPTIONS:
        note(f"{options}")
        for _ in range(2 if options.frame_rows > 1 else 1):
            found = by_engine(query.text, view, options, parameters)
            assert found is not None
            check_rows(query, found, expected)
    for rules in others:
        note(f"{[rule.__name__ for rule in rules]}")
        found = by_engine(query.text, view, OPTIONS[0], parameters, rules)
        assert found is not None
        check_rows(query, found, expected)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("RETURN 7 / -2, -7 % 2, 2 ^ 2, [1] + 2, 'a' + 1", [(-3, -1, 4.0, [1, 2], "a1")]),
        ("RETURN null IN [], 1 IN [2, null], [1] < [1, 2]", [(False, None, True)]),
        ("MATCH (n:A)-[r]-(m) RETURN n.x, r.w, m.x ORDER BY r.w", [(1, 1, 2), (1, 2, 1)]),
        ("MATCH (n:B) OPTIONAL MATCH (n)-->(m) RETURN n.x AS x, m", [(2, None)]),
        (
            "MATCH (n) RETURN n:A AS a, count(*) AS c, sum(n.x) ORDER BY a",
            [(False, 1, 2), (True, 1, 1)],
        ),
        ("MATCH (n) WITH n ORDER BY n.x DESC SKIP 1 RETURN n.x", [(1,)]),
        ("UNWIND [1, 1, 2] AS x RETURN DISTINCT x LIMIT 1", [(1,)]),
    ],
)
def test_the_oracle_itself(text: str, rows: list[tuple[object, ...]]) -> None:
    """What both say of a few queries is what openCypher says."""
    graph = PlainGraph()
    answer("CREATE (a:A {x: 1})-[:R {w: 1}]->(:B {x: 2}), (a)-[:R {w: 2}]->(a)", graph, {})
    assert answer(text, graph, {}).rows == rows
