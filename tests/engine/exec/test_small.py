"""Small reads give what the operators of their plans give.

Each question is asked of one graph as a small read and without: rows, order and JSON are the same.
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
from seaglass.engine.exec.small import small_read
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


@pytest.mark.parametrize("text", SMALL)
def test_these_are_small(text: str) -> None:
    assert small_read(compile_query(text)) is not None


@pytest.mark.parametrize("text", OTHERS)
def test_these_are_not(text: str) -> None:
    assert small_read(compile_query(text)) is None


def test_a_parameter_that_is_not_given_is_named() -> None:
    for text in SMALL:
        with pytest.raises(Invalid, match=r"\$id"):
            run(compile_query(text), context_of())


def test_a_small_read_of_a_query_that_must_end_raises() -> None:
    class Ended(Never):
        def check(self) -> None:
            raise Interrupted("cancelled", "over")

    for text in SMALL:
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
