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
from seaglass.engine.exec.run import run, run_small, small_of
from seaglass.engine.exec.small import small_query
from seaglass.engine.graph import read
from seaglass.engine.graph.fold import Place, Table, fold, with_folds
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
BY_VALUE = [
    "MATCH (n {x: $v}) RETURN n.k, n.name",
    "MATCH (n:A {x: $v}) RETURN n",
    "MATCH (n:A:B) WHERE $v = n.x RETURN n.x, labels(n), n.k + 1, $v",
    "MATCH (n:A) WHERE n.s = $v RETURN n.x AS x, n.s",
    "MATCH (n:B) WHERE n.f = $v RETURN n.x",
    "MATCH (n {m: $v}) RETURN n.x",
    "MATCH (n:A {x: 301}) RETURN n.k, $v",
    "MATCH (n:A {none: $v}) RETURN n.k",
    "MATCH (n {x: $v})-[:T]->(m) RETURN count(*)",
    "MATCH (n:A {x: $v})<-[]-(m:B) RETURN count(m)",
    "MATCH (n:A {s: $v})-[]-(m:A) RETURN count(DISTINCT m)",
    "MATCH (n {x: $v})-[]-()-[]-(m) RETURN count(DISTINCT m)",
]
SETS_BY_VALUE = [
    "MATCH (n:A {x: $v}) SET n.k = $v",
    "MATCH (n {s: $v}) SET n.x = n.x + 1, n.s = null",
    "MATCH (n {x: $v}) SET n.x = $v, n.map = {a: 1}",
    "MATCH (n:B {f: $v}) SET n.x = 301",
]
OTHERS = [
    "MATCH (n {x: $id, k: 1}) RETURN n.k",
    "MATCH (n {x: $id + 1}) RETURN n.k",
    "MATCH (n) WHERE n.x > $id RETURN n.k",
    "MATCH (n) WHERE n.x = n.k RETURN n.k",
    "MATCH (n {x: $id}) RETURN n.k LIMIT 1",
    "MATCH (n {x: $id})-[]-(m) RETURN m.k",
    "MATCH (n {x: $id}), (m {x: 1}) RETURN n.k",
    "UNWIND [1, 2] AS x MATCH (n {x: $id}) RETURN n.k",
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
    "MATCH (n {x: $id}) SET n:C",
    "MATCH (n {x: $id}) SET n.k = 1 RETURN n.k",
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


@pytest.mark.parametrize("text", SMALL + SETS + BY_VALUE + SETS_BY_VALUE)
def test_these_are_small(text: str) -> None:
    assert small_query(compile_query(text)) is not None


@pytest.mark.parametrize("text", OTHERS + OTHER_SETS)
def test_these_are_not(text: str) -> None:
    assert small_query(compile_query(text)) is None


def test_a_parameter_that_is_not_given_is_named() -> None:
    for text in SMALL + SETS + BY_VALUE:
        with pytest.raises(Invalid, match=r"\$(id|v)"):
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


# More nodes than are scanned. Each `x` is there once but for 7; each `s` once, all alike for long.
START = (
    (
        "UNWIND range(0, 399) AS i CREATE (:A {x: CASE i WHEN 8 THEN 7 ELSE i END, f: i / 4.0, "
        "s: 'the text number ' + i})"
    ),
    "MATCH (n:A) WHERE n.x % 3 = 0 SET n:B, n.m = CASE n.x % 2 WHEN 0 THEN n.x ELSE 'x' END",
    "MATCH (a:A), (b:A) WHERE b.x = a.x + 3 CREATE (a)-[:T]->(b)",
    "MATCH (n:A {x: 5}) SET n.f = 0.0 / 0.0",
)
CHANGES = (
    "MATCH (n:A {x: 3}) SET n.x = 1000",
    "MATCH (n:A {x: 9}) SET n.x = 9.0, n.s = 9",
    "MATCH (n:A {x: 10}) SET n.x = true, n.f = '2.5'",
    "MATCH (n:A {x: 11}) SET n.x = 11, n.s = n.s",
    "MATCH (n:A {x: 12}) SET n.x = [12]",
    "MATCH (n:A {x: 13}) REMOVE n.x, n.s",
    "MATCH (n:A {x: 15}) DETACH DELETE n",
    "MATCH (n:A {x: 16}) REMOVE n:A",
    "MATCH (n:A {x: 17}) SET n:B",
    "MATCH (n:A {x: 18}) SET n.x = 20",
    "MATCH (n:A {x: 20}) SET n.s = 'the text number ' + 21",
    "MATCH (n:A {x: 7}) SET n.x = date('2020-01-01')",
    "CREATE (:B {x: 1001, f: 1.25, s: 'the text number 1001'}), ({x: 1000, s: 'the'})",
    "CREATE (:A:B {x: 9007199254740993, f: 9007199254740992.0, s: 'the text number 1\\u0000'})",
    "CREATE (:A {x: 0.0 / 0.0, f: -0.0}), (:A {x: 1.5})",
)
VALUES: tuple[object, ...] = (
    *(
        0,
        0.0,
        -0.0,
        1,
        1.0,
        True,
        3,
        5,
        7,
        9,
        10,
        11,
        12,
        13,
        15,
        16,
        17,
        18,
        20,
        21,
        301,
        1000,
        1001,
    ),
    *(
        float("nan"),
        float("inf"),
        1.25,
        1.5,
        2.5,
        2**53,
        2**53 + 1,
        2.0**53,
        2.0**63,
        -(2**63),
        None,
    ),
    *("the text number 9", "the text number 13", "the text number 20", "the text number 21"),
    *(
        "the text number 1",
        "the text number 1\0",
        "the text number 1001",
        "the",
        "",
        "x",
        "z",
        [12],
    ),
)


def folded(view: WorkingView) -> WorkingView:
    done = fold(view.version, Place(Table.NODES, "", 0))
    return WorkingView(with_folds(view.version, [done]))


def changed_views() -> list[WorkingView]:
    """A graph after each change, one in three times with nothing but chunks; and all in a patch."""
    views = [WorkingView(text_view(*START).version)]
    patched = WorkingView(views[0].version)
    for place, text in enumerate(CHANGES):
        ran(text, patched)
        ran(text, views[-1])
        views.append(WorkingView(views[-1].version) if place % 3 else folded(views[-1]))
    return [*views[::4], views[-1], patched]


def warm(view: WorkingView) -> None:
    """Builds what indexes there can be."""
    for key in ("x", "s", "f", "m", "none"):
        for _ in range(2):
            ran(f"MATCH (n {{{key}: 1}}) RETURN n", view, GENERAL)


def asked(text: str, view: WorkingView, options: Options, value: object) -> object:
    """The answer, with the types of what is in it: 1 is not 1.0."""
    try:
        found = ran(text, view, options, v=value)
    except SeaglassError as error:
        return error.kind, error.message
    return repr(found.rows), found.json


@pytest.mark.parametrize("text", BY_VALUE)
def test_the_answer_by_a_value_is_that_of_the_operators(text: str) -> None:
    for view in changed_views():
        for value in VALUES:
            expected = asked(text, view, Options(small=False, force_mixed=True), value)
            # Without an index, with some, and with all that there can be.
            for _ in range(2):
                assert asked(text, view, Options(), value) == expected
            assert asked(text, view, GENERAL, value) == expected
            neptune = [
                asked(text, view, Options(small=s, neptune=True), value) for s in (True, False)
            ]
            assert neptune[0] == neptune[1]


@pytest.mark.parametrize("text", SETS_BY_VALUE)
def test_what_is_set_by_a_value_is_what_the_operators_set(text: str) -> None:
    for made in changed_views()[::2]:
        warm(made)
        for value in VALUES:
            outcomes = []
            for options in (Options(), GENERAL):
                view = WorkingView(made.version)
                said = asked(text, view, options, value)
                left = ran("MATCH (n) RETURN id(n), labels(n), properties(n)", view).rows
                outcomes.append((said, repr(left), view.version.number))
            assert outcomes[0] == outcomes[1], (text, value)


def test_what_was_found_out_before_a_change_is_true_after_it() -> None:
    view = WorkingView(text_view(*START).version)
    warm(view)
    others = ("MATCH (n:A {x: 1}) SET n.k = 1", "MATCH (n:A {x: 1}) SET n.s = 'z', n.x = 21")
    for change in (*CHANGES, *others):
        ran(change, view)
        for key in "xsf":
            text = f"MATCH (n {{{key}: $v}}) RETURN id(n)"
            expected = [asked(text, folded(view), GENERAL, value) for value in VALUES]
            assert [asked(text, view, Options(), value) for value in VALUES] == expected
            # Values of another key are set, of one node and of two: what is known is kept.
            ran("MATCH (n:A {x: 5}) SET n.k = 2", view)
            ran("MATCH (n:A) WHERE n.x IN [0, 1] SET n.k = 3", view)
            assert [asked(text, view, Options(), value) for value in VALUES] == expected


def test_one_node_or_none_by_a_value_needs_no_operators() -> None:
    """Until there is an index, and where nodes are many, the operators run."""
    view = text_view(START[0])
    query = compile_query("MATCH (n:A {x: $v}) RETURN n.s")

    def rows(value: object) -> list[object] | None:
        context = context_of(view, {"v": value})
        small = small_of(query, context)
        assert small is not None
        found = run_small(small, query, context)
        return None if found is None else [row.columns["n.s"].value(0) for row in found]

    assert rows(4) is None
    warm(view)
    assert rows(4) == rows(4.0) == ["the text number 4"]
    assert rows("4") == rows(4.5) == rows(-1) == rows(8) == []
    assert rows(7) is rows(True) is rows(None) is rows([4]) is None
    ran("MATCH (n {x: 4}) SET n.x = 6", view)
    ran("MATCH (n {x: 30}) SET n.x = 31, n.x = 30, n.s = 'new'", view)
    ran("MATCH (n {x: 33}) DETACH DELETE n", view)
    ran("CREATE (:A {x: 8, s: 'eight'}), ({x: 33, s: 'bare'})", view)
    assert rows(6) is None
    assert rows(4) == rows(33) == []
    assert rows(30) == ["new"]
    assert rows(8) == ["eight"]


def test_a_scan_is_not_replaced_by_an_index_of_a_small_graph() -> None:
    view = text_view("UNWIND range(0, 9) AS i CREATE (:A {x: i})")
    for _ in range(3):
        ran("MATCH (n:A {x: 3}) RETURN n", view)
    assert read.seek_node(view.version, ("A",), "x", 3) is None
