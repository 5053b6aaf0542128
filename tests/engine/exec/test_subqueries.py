"""Queries and patterns inside expressions, CALL { } and UNION: one meaning, however the frames are cut and whether the
plan inside runs on many rows at once or on one."""

from __future__ import annotations

import pytest

from seaglass.base.errors import Exhausted, Invalid
from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.run import run
from tests.engine.exec.tools import context_of, ran, text_view

WAYS = [Options(), Options(force_mixed=True), *(Options(frame_rows=rows) for rows in (1, 2, 7))]
# Ten nodes; node i has an edge to each of its i % 4 successors.
MAKE = (
    "UNWIND range(0, 9) AS i CREATE (:N {i: i})",
    "MATCH (a:N), (b:N) WHERE a.i < b.i AND b.i <= a.i + a.i % 4 CREATE (a)-[:E {w: b.i}]->(b)",
)
OUT = {i: [j for j in range(i + 1, i + i % 4 + 1) if j <= 9] for i in range(10)}
INTO = {i: [j for j in range(10) if i in OUT[j]] for i in range(10)}


def of_each(expression: str, options: Options) -> list[object]:
    """The value of an expression for node 0, 1, 2, ..."""
    rows = ran(f"MATCH (a:N) RETURN a.i, {expression}", text_view(*MAKE), options).rows
    assert [i for i, _ in rows] == list(range(10))
    return [value for _, value in rows]


EACH = [
    ("COUNT { (a)-->() }", lambda i: len(OUT[i])),
    ("COUNT { (a)--() WHERE a.i > 2 }", lambda i: len(OUT[i] + INTO[i]) if i > 2 else 0),
    ("COUNT { (a)-->(b)-->(c) }", lambda i: sum(len(OUT[j]) for j in OUT[i])),
    ("EXISTS { (a)-[e]->(b) WHERE e.w > 5 }", lambda i: any(j > 5 for j in OUT[i])),
    ("exists((a)-[:E]->())", lambda i: bool(OUT[i])),
    ("NOT (a)<--() AND (a)-->()", lambda i: bool(OUT[i]) and not INTO[i]),
    (
        "(a:N&!(M|O) WHERE a.i > 1)-[:E WHERE a.i < 7]->() OR false",
        lambda i: bool(OUT[i]) and 1 < i < 7,
    ),
    ("(:M|N)-->(a:!M) AND true", lambda i: bool(INTO[i])),
    ("CASE WHEN (a)-->() THEN 1 ELSE 2 END", lambda i: 1 if OUT[i] else 2),
    ("[(a)-->(b) WHERE b.i <> 5 | b.i * 2]", lambda i: [j * 2 for j in OUT[i] if j != 5]),
    ("[x IN [a, null] | size([(x)<--(b) | b])]", lambda i: [len(INTO[i]), 0]),
    ("size([(a)-->(b) WHERE b.i > 5 | b])", lambda i: sum(j > 5 for j in OUT[i])),
    ("size([p = (a)-->(b) WHERE length(p) = b.i % 2 | p])", lambda i: sum(j % 2 for j in OUT[i])),
    ("size([(a)-->(b) | b.i + 1])", lambda i: len(OUT[i])),
    ("[p = (a)-->() | length(p)]", lambda i: [1] * len(OUT[i])),
    ("any(x IN [1, 2] WHERE EXISTS { (a)-->({i: a.i + x}) })", lambda i: bool(OUT[i])),
    (
        "[(a)-->(b) | [(b)-->(c) WHERE c.i > a.i + 2 | c.i]]",
        lambda i: [[k for k in OUT[j] if k > i + 2] for j in OUT[i]],
    ),
    # Whole queries: at once, and row by row.
    ("COUNT { MATCH (a)-->(b) RETURN DISTINCT b.i % 2 }", lambda i: len({j % 2 for j in OUT[i]})),
    ("COUNT { MATCH (a)-->(b) RETURN b ORDER BY b.i LIMIT 2 }", lambda i: min(2, len(OUT[i]))),
    ("COUNT { MATCH (a)-->(b) RETURN count(b) }", lambda i: 1),
    (
        "COUNT { MATCH (a)-->(b) RETURN b.i % 2 AS x UNION MATCH (a)<--(b) RETURN b.i % 2 AS x }",
        lambda i: len({j % 2 for j in OUT[i] + INTO[i]}),
    ),
    ("EXISTS { WITH 1 AS one MATCH (a)-->({i: a.i + one}) }", lambda i: bool(OUT[i])),
    ("EXISTS { MATCH (a)-->(b) WITH a, count(*) AS n WHERE n = 2 }", lambda i: len(OUT[i]) == 2),
    ("EXISTS { MATCH (a)-->() WITH count(*) AS n WHERE n = 2 }", lambda i: len(OUT[i]) == 2),
    ("EXISTS { MATCH (b:N) WHERE NOT (a)-->(b) AND b.i > a.i }", lambda i: len(OUT[i]) < 9 - i),
    ("COLLECT { MATCH (a)-->(b) RETURN b.i }", lambda i: OUT[i]),
    ("COLLECT { MATCH (a)-->(b) RETURN b.i AS a ORDER BY a DESC }", lambda i: OUT[i][::-1]),
    ("COLLECT { MATCH (a)-->(b) RETURN b.i ORDER BY b.i DESC LIMIT 1 }", lambda i: OUT[i][-1:]),
    ("COLLECT { MATCH (a)-->(b) RETURN b.none }", lambda i: [None] * len(OUT[i])),
    ("COLLECT { MATCH (a)-->(b) RETURN count(b) }", lambda i: [len(OUT[i])]),
    (
        "COLLECT { MATCH (a)-->(b) RETURN DISTINCT b.i % 2 AS x ORDER BY x }",
        lambda i: sorted({j % 2 for j in OUT[i]}),
    ),
    (
        "COLLECT { MATCH (a)-->(b) RETURN b.i AS x UNION ALL MATCH (a)<--(b) RETURN b.i AS x }",
        lambda i: OUT[i] + INTO[i],
    ),
    (
        "COLLECT { MATCH (a)-->(b) RETURN size(COLLECT { MATCH (b)-->(c) RETURN c }) }",
        lambda i: [len(OUT[j]) for j in OUT[i]],
    ),
    (
        "COLLECT { UNWIND [2, 1] AS x WITH x WHERE x > a.i RETURN x }",
        lambda i: [2, 1][: 2 - i] if i < 2 else [],
    ),
    (
        "size(COLLECT { MATCH (a)-->(b) WHERE b.i > 5 RETURN b })",
        lambda i: sum(j > 5 for j in OUT[i]),
    ),
    # Nothing of the row is used: one run for all.
    ("COLLECT { MATCH (b:N) WHERE b.i > 7 RETURN b.i }", lambda i: [8, 9]),
    ("COUNT { ()-->() }", lambda i: 11),
    ("EXISTS { (:No) }", lambda i: False),
]


@pytest.mark.parametrize("options", WAYS, ids=str)
@pytest.mark.parametrize(("expression", "expected"), EACH, ids=[case[0] for case in EACH])
def test_each_row_has_its_own(options: Options, expression: str, expected: object) -> None:
    assert of_each(expression, options) == [expected(i) for i in range(10)]  # type: ignore[operator]


CALLS = [
    ("WITH a MATCH (a)-->(b) RETURN b.i AS x", lambda i: OUT[i]),
    ("WITH a MATCH (a)-->(b) RETURN count(b) AS x", lambda i: [len(OUT[i])]),
    ("WITH a MATCH (a)-->(b) RETURN b.i AS x ORDER BY x DESC LIMIT 1", lambda i: OUT[i][-1:]),
    ("WITH a MATCH (a)-->(b) WITH DISTINCT b.i % 2 AS y RETURN y + 1 AS x ORDER BY x", lambda i: sorted({j % 2 + 1 for j in OUT[i]})),
    ("WITH a OPTIONAL MATCH (a)-->(b {i: a.i + 2}) RETURN b.i AS x", lambda i: [i + 2 if i + 2 in OUT[i] else None]),
    ("WITH a MATCH (a)-->(b) RETURN b.i AS x UNION ALL WITH a MATCH (a)<--(b) RETURN b.i AS x", lambda i: OUT[i] + INTO[i]),
    ("WITH a MATCH (a)-->(b) CALL { WITH b MATCH (b)-->(c) RETURN max(c.i) AS m } RETURN m AS x", lambda i: [max(OUT[j], default=None) for j in OUT[i]]),
    ("MATCH (a:N) WHERE a.i > 7 RETURN a.i AS x", lambda i: [8, 9]),
    ("UNWIND [2, 1] AS x RETURN x", lambda i: [2, 1]),
    ("MATCH (b:N) WHERE b.i % 4 = 3 RETURN b.i AS x ORDER BY x DESC LIMIT 5", lambda i: [7, 3]),
    ("WITH a MATCH (a)-->(b) WITH collect(b.i) AS l, sum(b.i) + min(b.i) AS s RETURN [l, s] AS x", lambda i: [[OUT[i], sum(OUT[i]) + min(OUT[i]) if OUT[i] else None]]),
    ("WITH a MATCH (a)-->(b) WITH count(DISTINCT b.i % 2) AS n RETURN max(n) AS x", lambda i: [len({j % 2 for j in OUT[i]})]),
    ("WITH a MATCH (a)-->(b) RETURN stDev(b.i) AS x", lambda i: [0.5 * (len(OUT[i]) - 1) * 2**0.5 if len(OUT[i]) == 2 else 1.0 if len(OUT[i]) == 3 else 0.0]),
]  # fmt: skip


@pytest.mark.parametrize("options", WAYS, ids=str)
@pytest.mark.parametrize(("body", "expected"), CALLS, ids=[case[0] for case in CALLS])
def test_call_joins_each_row_with_its_own(options: Options, body: str, expected: object) -> None:
    rows = ran(f"MATCH (a:N) CALL {{ {body} }} RETURN a.i, x", text_view(*MAKE), options).rows
    assert rows == [(i, x) for i in range(10) for x in expected(i)]  # type: ignore[operator]


@pytest.mark.parametrize("options", WAYS, ids=str)
def test_a_writing_call_sees_what_rows_before_it_wrote(options: Options) -> None:
    view = text_view(*MAKE)
    rows = ran(
        "UNWIND [1, 2, 3] AS x CALL { WITH x MATCH (n) WITH x, count(n) AS before"
        " CREATE (:M {x: x}) RETURN before } MATCH (m:M) RETURN x, before, count(m)",
        view,
        options,
    ).rows
    assert rows == [(1, 10, 3), (2, 11, 3), (3, 12, 3)]
    # Without RETURN each row goes on once, whatever the body does.
    rows = ran(
        "UNWIND [1, 2] AS x CALL { MATCH (m:M) SET m.y = 1 } RETURN x LIMIT 1", view, options
    ).rows
    assert rows == [(1,)]
    assert ran("MATCH (m:M) RETURN sum(m.y)", view).rows == [(3,)]
    ran("MATCH (m:M) CALL { WITH m DELETE m }", view, options)
    assert ran("MATCH (m:M) RETURN count(m)", view).rows == [(0,)]


@pytest.mark.parametrize("options", WAYS, ids=str)
def test_union(options: Options) -> None:
    view = text_view(*MAKE)
    query = "MATCH (a:N) WHERE a.i < 3 RETURN a.i % 2 AS x UNION{} UNWIND [1, 5, 5] AS x RETURN x"
    assert ran(query.format(" ALL"), view, options).rows == [(0,), (1,), (0,), (1,), (5,), (5,)]
    assert ran(query.format(""), view, options).rows == [(0,), (1,), (5,)]
    # Columns are told apart by name, not by place.
    assert ran("RETURN 1 AS a, 2 AS b UNION ALL RETURN 3 AS b, 4 AS a", view).rows == [
        (1, 2),
        (4, 3),
    ]
    rows = ran("CREATE (n:New) RETURN n.x AS x UNION ALL MATCH (n:New) RETURN 7 AS x", view).rows
    assert rows == [(None,), (7,)]
    query = "CREATE (:New) UNION CREATE (:New)"
    assert ran(query, view, options).rows == []
    assert ran("MATCH (n:New) RETURN count(n)", view).rows == [(3,)]


# After a DISTINCT or an aggregation only columns may be read; a subquery there sees more, and names
# some of it without reading it.
SEEN = [
    "EXISTS { WITH a MATCH (a)-->(b) RETURN b }",
    "EXISTS { WITH * MATCH (a)-->(b) RETURN * }",
    "EXISTS { MATCH (a)-->(b) WITH DISTINCT b RETURN b }",
    "EXISTS { MATCH (a)-->(b) WITH b, count(*) AS n RETURN n }",
    "EXISTS { MATCH (a)-->(b) WITH a, count(*) AS n RETURN n }",
    "EXISTS { MATCH (a)-->(b) RETURN b.i AS x UNION WITH * MATCH (a)-->(c) RETURN 1 AS x }",
    "EXISTS { CALL (*) { WITH * MATCH (a)-->(b) RETURN b.i AS x } RETURN x }",
    "EXISTS { CALL { WITH a MATCH (a)-->(b) RETURN b } WITH * RETURN b }",
]


@pytest.mark.parametrize("hint", ["", "USING QUERY:RULESOFF 'all' "])
@pytest.mark.parametrize("made", ["DISTINCT a", "a, count(z) AS many"])
@pytest.mark.parametrize("expression", SEEN)
def test_a_subquery_after_distinct_needs_what_it_reads(
    expression: str, made: str, hint: str
) -> None:
    text = f"{hint}MATCH (a:N), (z:N) WITH {made} ORDER BY {expression}, a.i RETURN a.i"
    rows = ran(text, text_view(*MAKE)).rows
    assert rows == [(i,) for i in sorted(range(10), key=lambda i: (bool(OUT[i]), i))]


def test_a_query_that_reads_nothing_of_the_rows_runs_once() -> None:
    calls = "UNWIND range(1, 100) AS x CALL {{ MATCH (a:N) WITH a {} LIMIT 3 RETURN a.i AS i }}"
    once = compile_query(calls.format("ORDER BY a.i") + " RETURN i")
    context = context_of(text_view(*MAKE))
    assert sum(frame.rows for frame in run(once, context)) == 300
    assert context.interrupt.checks < 50
    # Unless chance has a part in it.
    drawn = ran(calls.format("ORDER BY rand()") + " RETURN DISTINCT i", text_view(*MAKE)).rows
    assert len(drawn) == 10


def test_what_a_query_does_counts_what_is_inside() -> None:
    reading = compile_query("UNWIND [1] AS x CALL { MATCH (n {x: $p}) RETURN n } RETURN x")
    assert (reading.reads, reading.writes, reading.deletes) == (True, False, False)
    assert set(reading.parameters) == {"p"}
    writing = compile_query("CALL { MATCH (n) DETACH DELETE n }")
    assert (writing.reads, writing.writes, writing.deletes) == (True, False, True)
    expression = compile_query("CREATE ({x: COUNT { ({y: $q}) }})")
    assert (expression.reads, expression.writes) == (True, True)
    assert set(expression.parameters) == {"q"}


def test_random_values_inside_are_drawn_for_each_row() -> None:
    query = (
        "UNWIND range(1, 50) AS x RETURN COUNT { UNWIND [rand()] AS r WITH r WHERE r < 0.5 } AS c"
    )
    assert {c for (c,) in ran(query).rows} == {0, 1}


def test_errors_inside_a_subquery_end_the_query() -> None:
    with pytest.raises(Invalid, match="division"):
        ran("MATCH (a:N) RETURN [(a)-->(b) | 1 / (b.i - b.i)]", text_view(*MAKE))


class _Tight:
    def charge(self, amount_bytes: int) -> None:
        if amount_bytes > 500:
            raise Exhausted("memory", "tight")


def test_lists_in_the_making_are_charged() -> None:
    query = compile_query("MATCH (n:N {i: 3}) RETURN [(n)-->(b) | b.i]")
    context = context_of(text_view(*MAKE))
    context.budget = _Tight()
    assert [frame.rows for frame in run(query, context)] == [1]
    query = compile_query("RETURN [(a)-->(b) | a.i]")
    context = context_of(text_view(*MAKE, "UNWIND range(1, 99) AS i CREATE (:P)-[:Q]->(:P)"))
    context.budget = _Tight()
    with pytest.raises(Exhausted):
        list(run(query, context))
