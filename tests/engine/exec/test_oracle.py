"""The engine and the oracle answer alike, whatever the options.

Method: random expressions over random values, and random queries over random small graphs, by four
configurations of the engine and by the oracle. Both fail, or both give the same rows. What the
compiler refuses says nothing about either.
"""

from __future__ import annotations

from collections import Counter
from copy import deepcopy

import pytest
from hypothesis import assume, event, given, note
from hypothesis import strategies as st

from seaglass.base.errors import Invalid, SeaglassError, Unsupported
from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.run import run
from seaglass.engine.values.order import order_key
from seaglass.engine.values.types import Edge, Node, Path
from seaglass.testkit import generated
from seaglass.testkit.oracle import PlainGraph, Wrong, answer
from tests.engine.exec.tools import WorkingView, context_of, ran

OPTIONS = [Options(rows, mixed) for rows in (65_536, 1) for mixed in (False, True)]
Rows = "list[tuple[object, ...]] | None"


def exact(value: object) -> object:
    """A value as one that equals only the same value of the same type."""
    if isinstance(value, list):
        return ("list", *map(exact, value))
    if isinstance(value, dict):
        return ("map", *((key, exact(value[key])) for key in sorted(value)))
    if isinstance(value, Node | Edge | Path):
        return value
    return (type(value), repr(value))


def compiled(text: str) -> object:
    try:
        return compile_query(text)
    except (Invalid, Unsupported) as refused:
        event(f"refused: {refused.kind}")
        note(str(refused))
        assume(False)


def by_engine(text: str, view: WorkingView, options: Options, parameters: dict) -> Rows:
    query = compile_query(text)
    rows: list[tuple[object, ...]] = []
    try:
        for frame in run(query, context_of(view, parameters, options)):
            columns = [frame.columns[name].to_list() for name in query.columns]
            rows.extend(zip(*columns, strict=True))
    except SeaglassError as error:
        note(f"engine: {error.message}")
        return None
    return rows


def by_oracle(text: str, graph: PlainGraph, parameters: dict) -> Rows:
    try:
        return answer(text, graph, parameters).rows
    except Wrong as error:
        note(f"oracle: {error}")
        return None


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


def view_of(graph: PlainGraph) -> WorkingView:
    view = WorkingView()
    if graph.nodes:
        text, parameters = generated.creation(graph)
        ran(text, view, **parameters)
    return view


def loose(row: tuple[object, ...]) -> tuple[object, ...]:
    """A row whose lists are in an order of their own: collect() promises none."""
    return tuple(
        exact(sorted(value, key=order_key) if isinstance(value, list) else value) for value in row
    )


@given(generated.queries(), generated.graphs())
def test_queries(text: str, graph: PlainGraph) -> None:
    compiled(text)
    view = view_of(graph)
    expected = by_oracle(text, graph, {})
    assert expected is not None
    event(f"rows: {min(len(expected), 3)}")
    for options in OPTIONS:
        found = by_engine(text, view, options, {})
        assert found is not None, options
        assert Counter(map(loose, found)) == Counter(map(loose, expected)), options
        if " ORDER BY " in text.rpartition(" RETURN ")[2] and " UNION " not in text:
            assert [*map(loose, found)] == [*map(loose, expected)], options


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
