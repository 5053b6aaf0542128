"""CALL (x) { } that names its variables, and OPTIONAL CALL.

Method: what each gives by hand, however rows are cut into frames and on both paths; the older form
with a first WITH says the same.
"""

from __future__ import annotations

import pytest

from seaglass.base.errors import Invalid
from seaglass.engine.cypher.logical.operators import all_operators
from seaglass.engine.cypher.logical.plan import Apply
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.run import run
from tests.engine.exec.tools import WorkingView, compile_query, context_of, ran

WAYS = [Options(), Options(force_mixed=True), Options(frame_rows=1), Options(frame_rows=2)]
GRAPH = WorkingView()
ran("CREATE (:A {v: 1})-[:R]->(b:A {v: 2})-[:R]->(:A {v: 3}), (b)-[:R]->(:A {v: 4})", GRAPH)

CASES = [
    ("MATCH (m)<--(n) RETURN m.v AS x", [(1, 2), (2, 3), (2, 4)]),
    ("MATCH (m)<--(n) RETURN m.v AS x ORDER BY x DESC LIMIT 1", [(1, 2), (2, 4)]),
    ("MATCH (m)<--(n) WITH max(m.v) AS v, n AS k RETURN v + k.v AS x", [(1, 3), (2, 6)]),
    ("WITH 10 AS ten MATCH (n)-->(m) RETURN m.v + ten AS x", [(1, 12), (2, 13), (2, 14)]),
    (
        "MATCH (n)-->(m) RETURN m.v AS x UNION MATCH (n)<--(m) RETURN m.v AS x",
        [(1, 2), (2, 1), (2, 3), (2, 4), (3, 2), (4, 2)],
    ),
    ("OPTIONAL CALL (n) { MATCH (n)-->(m) RETURN m } RETURN count(m) AS x",
     [(1, 1), (2, 2), (3, 0), (4, 0)]),
]  # fmt: skip


@pytest.mark.parametrize("options", WAYS)
@pytest.mark.parametrize(("body", "found"), CASES)
def test_named_and_optional(body: str, found: list[tuple[int, int]], options: Options) -> None:
    text = f"MATCH (n) %sCALL (n) {{ {body} }} RETURN n.v, x ORDER BY n.v, x"
    assert ran(text % "", GRAPH, options).rows == found
    without = {1, 2, 3, 4} - {v for v, _ in found}
    filled = sorted([*found, *[(v, None) for v in without]], key=lambda row: row[0])
    assert ran(text % "OPTIONAL ", GRAPH, options).rows == filled
    if "UNION" not in body and not body.startswith("WITH"):
        older = text.replace("CALL (n) { ", "CALL { WITH n ", 1)
        assert ran(older % "OPTIONAL ", GRAPH, options).rows == filled


@pytest.mark.parametrize("options", WAYS)
def test_what_is_taken_in(options: Options) -> None:
    outer = "UNWIND [1, 2] AS a WITH a, a * 10 AS b "
    assert ran(outer + "CALL (*) { RETURN a + b AS c } RETURN c", options=options).rows == [
        (11,),
        (22,),
    ]
    assert ran(outer + "CALL () { RETURN 1 AS c } RETURN c", options=options).rows == [(1,), (1,)]
    wrote = ran(outer + "CALL (a) { CREATE (n {v: a}) RETURN n } RETURN n.v", options=options)
    assert wrote.rows == [(1,), (2,)]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("CALL (z) { RETURN 1 AS c }", "`z` is not defined"),
        ("CALL (a) { RETURN b AS c }", "`b` is not defined"),
        ("CALL (a) { RETURN a }", "already bound outside"),
        ("CALL (a) RETURN a", "and a subquery after `CALL (...)`"),
        ("CALL (a { RETURN 1 AS c }", "Expected `,` or `)`"),
    ],
)
def test_what_is_wrong(call: str, message: str) -> None:
    with pytest.raises(Invalid) as caught:
        ran(f"UNWIND [1] AS a WITH a, 2 AS b {call} RETURN 1 AS one")
    assert message in str(caught.value)


@pytest.mark.parametrize("options", WAYS)
@pytest.mark.parametrize(
    ("body", "each"),
    [
        ("MATCH (m:A) RETURN count(m) AS c", [4]),
        ("MATCH (m:A) WHERE m.v > 2 RETURN m.v AS c", [3, 4]),
        ("MATCH (m:A) RETURN max(m.v) AS c UNION RETURN 7 AS c", [4, 7]),
        ("MATCH (m:None) RETURN m.v AS c", []),
    ],
)
def test_what_reads_nothing_of_the_rows_runs_once(
    body: str, each: list[int], options: Options
) -> None:
    text = f"UNWIND [1, 2, 3] AS x CALL {{ {body} }} RETURN x, c"
    found = ran(text, GRAPH, options).rows
    assert sorted(found) == [(x, c) for x in (1, 2, 3) for c in each]
    (apply,) = [one for one in all_operators(compile_query(text).root) if isinstance(one, Apply)]
    # Numbered rows would be paired with all that it finds, before these are counted.
    assert apply.row is None


def test_what_is_drawn_by_chance_is_drawn_for_each_row() -> None:
    text = "UNWIND range(1, 9) AS x CALL { RETURN rand() AS r } RETURN count(DISTINCT r)"
    assert ran(text).rows == [(9,)]


def test_a_query_in_call_at_the_beginning_gives_rows_as_it_finds_them() -> None:
    context = context_of(options=Options(frame_rows=10))
    frames = run(compile_query("CALL { UNWIND range(1, 5000) AS x RETURN x } RETURN x"), context)
    assert next(frames).rows == 10
    assert context.interrupt.checks < 100
