"""Small queries give, and change, what the operators of their plans do.

Each question is asked of one graph as a small query and without: rows, order and JSON are the same,
and so is the graph afterwards.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seaglass.base.errors import Interrupted, Invalid, SeaglassError
from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.cypher.logical import plan
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.operators.count_ends import counting_ends
from seaglass.engine.exec.run import run
from seaglass.engine.exec.small import small_query
from seaglass.engine.values.frame import Frame, Row
from tests.engine.exec.tools import Never, WorkingView, context_of, ran, text_view

GENERAL = Options(small=False)
SMALL = [
    "MATCH (n {`~id`: $id}) RETURN n.k, n.name",
    "MATCH (n:A {`~id`: $id}) RETURN n.k AS k",
    "MATCH (n:A:B {`~id`: $id}) RETURN n",
    "MATCH (n {`~id`: '1'}) RETURN n.`~id`, id(n), labels(n), n.k + 1, $id, 'x' AS x",
    "MATCH (n {`~id`: $id})-[:T]->(m) RETURN count(*)",
    "MATCH (n {`~id`: $id})-[r]-(m:A) RETURN count(m)",
    "MATCH (n:B {`~id`: $id})<-[r:T|U]-(m:A:B) RETURN count(r)",
    "MATCH (n {`~id`: $id})-[]-(m) RETURN count(DISTINCT m)",
    "MATCH (n {`~id`: $id})-[]->(m:B) RETURN count(DISTINCT m) AS other",
    "MATCH (n {`~id`: $id})-[:T]->()-[:T]->(m) RETURN count(DISTINCT m)",
    "MATCH (n {`~id`: $id})-[]-()-[]-(m) RETURN count(DISTINCT m)",
    "MATCH (n {`~id`: $id})-[:T]-(:A)<-[]-(m:B) RETURN count(DISTINCT m)",
    "MATCH (n {`~id`: $id})-[]-(o) MATCH (o)-[]-(m) RETURN count(DISTINCT m)",
]
OTHERS = [
    "MATCH (n) WHERE id(n) IN [$id] RETURN n.k",
    "MATCH (n {`~id`: $id}) RETURN n.k LIMIT 0",
    "MATCH (n {`~id`: $id})-[]-(m) RETURN m.k",
    "MATCH (n {`~id`: $id})-[]-(m) RETURN n.k, count(*)",
    "MATCH (n {`~id`: $id})-[]-(m) RETURN count(m.k)",
    "MATCH (n {`~id`: $id})-[]-(m) RETURN count(n), count(m)",
    "MATCH (n {`~id`: $id})-[r]-(m) RETURN count(DISTINCT r)",
    "MATCH (n {`~id`: $id})-[]-(n) RETURN count(*)",
    "MATCH (n {`~id`: $id})-[]-()-[]-(m) RETURN count(*)",
    "MATCH (n {`~id`: $id})-[]-()-[]-()-[]-(m) RETURN count(DISTINCT m)",
    "UNWIND [1, 2] AS x MATCH (n {`~id`: $id}) RETURN n.k",
]
SETS = [
    "MATCH (n {`~id`: $id}) SET n.k = $id",
    "MATCH (n:A {`~id`: $id}) SET n.k = n.k + 1, n.twice = [n.k, n.k]",
    "MATCH (n {`~id`: $id}) SET n.name = null, n.x = date('2020-01-01'), n.name = labels(n)",
    "MATCH (n {`~id`: '1'}) SET n.k = $id, n.map = {a: 1}",
    "MATCH (n {`~id`: $id}) SET n.k = n",
    "CREATE (:B:A {`~id`: 'new', k: $id, map: null})",
    "CREATE (n {`~id`: $id, k: 1})",
    "CREATE (:B:A:B {`~id`: $id, k: $id, x: 1.5, y: true, name: 'é', none: null})",
    "CREATE ({`~id`: 'new', k: 1 + 1, x: $id})",
    "CREATE ({`~id`: null, k: $id})",
    "CREATE ({`~id`: 5, k: $id})",
    "CREATE ({`~id`: '1', k: $id})",
    "CREATE ({`~id`: 'new', `~label`: $id})",
    "CREATE (:A $id)",
    "CREATE (:A {`~id`: 'x', k: 1})-[:T {k: $id}]->(:B {`~id`: 'y'}), ({`~id`: 'z', map: {a: 1}})",
]
OTHER_SETS = [
    "MATCH (n {`~id`: $id}) SET n.k = 1 RETURN n.k",
    "MATCH (n {`~id`: $id}) SET n.k = 1, n:C",
    "MATCH (n {`~id`: $id}) SET n += {k: 1}",
    "MATCH (n {`~id`: $id}) REMOVE n.k",
    "MATCH (n {`~id`: $id}), (m {`~id`: '1'}) SET m.k = n.k",
    "MATCH (n {`~id`: $id}) WHERE n.k > 0 SET n.k = 0",
    "CREATE (n {`~id`: 'new'}) RETURN n.k",
    "CREATE (n {`~id`: 'new', k: 1}) SET n.k = 2",
    "UNWIND [1, 2] AS x CREATE ({`~id`: toString(10 * x)})",
]
steps = st.tuples(st.integers(0, 3), st.sampled_from("TU"), st.integers(0, 3))


def graph_of(edges: list[tuple[int, str, int]], gone: int | None) -> WorkingView:
    """Four nodes, some labelled, one of them perhaps deleted."""
    made = text_view(
        "CREATE (:A {`~id`: '0', k: 1}), (:A:B {`~id`: '1', k: 2.5, name: 'one'}), "
        "(:B {`~id`: '2', k: 'two'}), ({`~id`: '3', name: 'three'})"
    )
    view = WorkingView(made.version)
    for start, name, end in edges:
        text = f"MATCH (a {{`~id`: $a}}), (b {{`~id`: $b}}) CREATE (a)-[:{name}]->(b)"
        ran(text, view, a=str(start), b=str(end))
    if gone is not None:
        ran("MATCH (n {`~id`: $id}) DETACH DELETE n", view, id=str(gone))
    return view


def answer(text: str, view: WorkingView, options: Options, given: object) -> object:
    try:
        found = ran(text, view, options, id=given)
    except SeaglassError as error:
        return error.kind, error.message
    return found.rows, found.json


@pytest.mark.parametrize("text", SMALL + OTHERS)
@settings(max_examples=10)
@given(st.lists(steps, max_size=8), st.sampled_from([None, 1, 3]))
def test_the_answer_is_that_of_the_operators(
    text: str, edges: list[tuple[int, str, int]], gone: int | None
) -> None:
    view = graph_of(edges, gone)
    for given_id in ("0", "1", "2", "3", "none", "", 1, None, ["1"]):
        small = answer(text, view, Options(), given_id)
        for other in (GENERAL, Options(frame_rows=1, small=False), Options(force_mixed=True)):
            assert small == answer(text, view, other, given_id)


@pytest.mark.parametrize("text", SETS + OTHER_SETS)
def test_what_is_set_is_what_the_operators_set(text: str) -> None:
    for given_id in ("0", "1", "3", "none", 1, None, ["1"]):
        for gone in (None, 1):
            outcomes = []
            for options in (Options(), GENERAL, Options(force_mixed=True)):
                view = graph_of([(0, "T", 1)], gone)
                said = answer(text, view, options, given_id)
                left = ran("MATCH (n) RETURN id(n), labels(n), properties(n)", view).rows
                outcomes.append((said, left, view.version.number))
            assert outcomes[0] == outcomes[1] == outcomes[2]


@pytest.mark.parametrize("text", SMALL + SETS)
def test_these_are_small(text: str) -> None:
    assert small_query(compile_query(text)) is not None


@pytest.mark.parametrize("text", OTHERS + OTHER_SETS)
def test_these_are_not(text: str) -> None:
    assert small_query(compile_query(text)) is None


def test_a_parameter_that_is_not_given_is_named() -> None:
    for text in SMALL + SETS:
        with pytest.raises(Invalid, match=r"\$id"):
            run(compile_query(text), context_of())


def test_a_small_query_of_a_query_that_must_end_raises() -> None:
    class Ended(Never):
        def check(self) -> None:
            raise Interrupted("cancelled", "over")

    for text in SMALL + SETS:
        context = context_of(text_view("CREATE ({`~id`: '1'})"), {"id": "1"})
        context.interrupt = Ended()
        with pytest.raises(Interrupted):
            next(run(compile_query(text), context))


def test_a_row_makes_columns_when_they_are_asked_for() -> None:
    row = Row({"a": 1, "b": None, "c": "x"})
    assert row.rows == 1
    assert {name: column.to_list() for name, column in row.columns.items()} == {
        "a": [1],
        "b": [None],
        "c": ["x"],
    }
    assert isinstance(row, Frame)
    with pytest.raises(AttributeError):
        row.other  # noqa: B018


PATTERNS = [
    "(a)-[]->(b)",
    "(a)-[:T]-(b:A)",
    "(a)-[r]-(x)<-[s]-(b)",
    "(a)-[r]-(x:A)-[s:T]-(b:B)",
    "(a)-[r]-(x)-[s]-(y)-[t]-(b)",
]


@pytest.mark.parametrize("pattern", PATTERNS)
@settings(max_examples=10)
@given(st.lists(steps, max_size=8))
def test_ends_that_are_counted_are_those_of_rows(
    pattern: str, edges: list[tuple[int, str, int]]
) -> None:
    view = graph_of(edges, None)
    for options in (Options(), Options(frame_rows=2, force_mixed=True)):
        # A list needs the rows.
        rows = ran(f"MATCH {pattern} RETURN size(collect(DISTINCT b))", view, options).rows
        assert ran(f"MATCH {pattern} RETURN count(DISTINCT b)", view, options).rows == rows


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("MATCH (a)-[]->(b) RETURN count(DISTINCT b)", True),
        ("MATCH (a:A)-[]->(b:B) RETURN count(DISTINCT b)", True),
        ("MATCH (a)-[]->(b:B)-[]-(c) RETURN count(DISTINCT b)", False),
        ("MATCH (a)-[]->(b) RETURN count(b)", False),
        ("MATCH (a)-[]->(b) RETURN a.x, count(DISTINCT b)", False),
        ("MATCH (a)-[]->(b) RETURN count(DISTINCT b), count(*)", False),
        ("MATCH (a)-[]->(b) RETURN count(DISTINCT a)", False),
        ("MATCH (a)-[]->(b) WHERE b.x > 1 RETURN count(DISTINCT b)", False),
        ("MATCH (a)-[]->(a) RETURN count(DISTINCT a)", False),
        ("MATCH (a)-[]->(b) RETURN sum(DISTINCT b.x)", False),
    ],
)
def test_which_ends_are_counted(text: str, short: bool) -> None:
    op = compile_query(text).root
    while not isinstance(op, plan.Aggregate):
        op = op.input
    assert (counting_ends(op) is not None) is short
