"""Queries by values give the same with value indexes and without, whatever was written before.

Method: writes, folds and questions in random order on a graph of a few hundred nodes; each question
is asked of the same version by the plan with the rule that uses indexes and by the one without.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.cypher.rules import RULES, apply
from seaglass.engine.cypher.rules.narrow_scans import narrow_scans
from seaglass.engine.exec.context import Options
from seaglass.engine.exec.run import run
from seaglass.engine.graph.fold import Place, Table, fold, with_folds
from tests.engine.cypher.plans import built
from tests.engine.exec.tools import DEFAULT, WorkingView, context_of, ran, text_view

if TYPE_CHECKING:
    from seaglass.engine.cypher.rules import Rule

PLAIN = tuple(rule for rule in RULES if rule is not narrow_scans)
# More than PATCH_BULK_ROWS, so that they are a chunk at once.
START = (
    "UNWIND range(0, 399) AS i CREATE (:A {x: i % 100, f: i / 7.0, s: 'text ' + (i % 90), o: i})",
    "MATCH (n:A) WHERE n.o % 3 = 0 SET n:B, n.m = CASE n.o % 2 WHEN 0 THEN n.o ELSE 'x' END",
    "MATCH (n:A) SET n.d = date('2020-01-01') + duration({days: n.o % 60}), n.b = n.o % 9 = 0",
    "MATCH (n:A) WHERE n.o % 7 = 0 SET n.t = datetime({epochMillis: n.o * 1000}), n.d = n.o",
    "MATCH (n:A {o: 3}) SET n.d = [3]",
)
WRITES = (
    "MATCH (n {o: $n}) SET n.x = $v",
    "MATCH (n {o: $n}) SET n.s = 'text ' + $n, n.f = $v",
    "MATCH (n {o: $n}) SET n.d = date('2020-01-01') + duration({days: $n}), n.b = NOT n.b",
    "MATCH (n {o: $n}) SET n.d = [$n]",
    "MATCH (n {o: $n}) REMOVE n.x",
    "MATCH (n {o: $n}) DETACH DELETE n",
    "MATCH (n {o: $n}) REMOVE n:A",
    "MATCH (n {o: $n}) SET n:B:C",
    "CREATE (:A {x: $v, s: 'text', o: $n + 400})",
    "MERGE (n:A {x: $v}) ON CREATE SET n.o = $n + 400 ON MATCH SET n.s = 'text 1'",
    "UNWIND [$v, $n, 3, $n] AS x MERGE (n:B {x: x}) SET n.f = 1.0",
    "UNWIND [3, 4, $n] AS x MATCH (n:A {x: x}) SET n.f = $v",
)
CONDITIONS = (
    "n.x = $v",
    "n.x > 97",
    "5 >= n.x AND n.x >= $v",
    "n.f < 1 AND n.x = $n",
    "n.f = 1",
    "n.s STARTS WITH 'text 8' AND n.x > 50",
    "n.s > 'text 88'",
    "n.s = 'text ' + $n",
    "n.x IN [1, $v, 99.0, 'text', null, true]",
    "n.m = $n",
    "n.m IN [$n, 'x'] AND n.x = 3",
    "n.none = 1",
    "n.x = $v OR n.x = $n",
    "n.x = $n OR n.x IN [$v, null, 99.0] OR 3 = n.x",
    "n.d = [$n] OR n.d = date('2020-01-09') OR n.d = null",
    "(n.s = 'text 1' OR n.s = $n) AND (n.x = 1 OR n.f = 2)",
    "n.d = date('2020-01-01') + duration({days: $n})",
    "n.d > date('2020-02-20') AND n.d <= date('2020-02-25')",
    "n.d IN [date('2020-01-09'), $n, [$n], true]",
    "n.d = [$n]",
    "n.b AND n.x = 0",
    "n.b = true",
    "n.b < true AND n.x = 3",
    "n.t >= datetime('1970-01-01T00:06:00+01:00')",
    "n.t < datetime({epochMillis: $n * 1000})",
)
QUESTIONS = (
    *[f"MATCH (n:A) WHERE {condition} RETURN n" for condition in CONDITIONS],
    *[f"MATCH (n) WHERE {condition} RETURN n" for condition in CONDITIONS],
    "MATCH (n:A:B {x: $v}) RETURN n",
    "UNWIND [$v, 1, 2.0, 'a', null, $n] AS w MATCH (n:A) WHERE n.x = w RETURN w, n",
    "UNWIND [$n, 21, 21] AS w MATCH (n:B {x: w, f: 3.0}) RETURN w, n",
    "UNWIND ['text 1', 'text 55', 'text'] AS w MATCH (n {s: w}) RETURN w, n",
    "UNWIND [1, 98] AS w MATCH (n:A) WHERE n.x > w RETURN w, n",
    "UNWIND [1, 98] AS w MATCH (n:A) WHERE n.x > 97 RETURN w, n",
    "UNWIND [$n, 1] AS w OPTIONAL MATCH (n:A {m: w}) RETURN w, n",
    "MATCH (n:A {o: $n}) MATCH (q:A {x: n.x}) RETURN n, q",
)
values = st.sampled_from([0, 3, 3.0, 99, -1, 1.5, "text 1", "text", None, True, [1]])
steps = st.lists(
    st.tuples(st.sampled_from([*WRITES, *QUESTIONS, "fold"]), st.integers(0, 110), values),
    min_size=3,
    max_size=8,
)


def rows(
    view: WorkingView,
    text: str,
    rules: tuple[Rule, ...],
    parameters: dict[str, object],
    options: Options = DEFAULT,
) -> list[tuple[object, ...]]:
    query = dataclasses.replace(compile_query(text), root=apply(rules, built(text)))
    found: list[tuple[object, ...]] = []
    for frame in run(query, context_of(view, parameters, options)):
        columns = [map(repr, frame.columns[name].to_list()) for name in query.columns]
        found.extend(zip(*columns, strict=True))
    return found


def folded(view: WorkingView) -> None:
    done = fold(view.version, Place(Table.NODES, "", 0))
    view.version = with_folds(view.version, [done])


@given(steps)
def test_the_same_with_indexes_and_without(steps: list[tuple[str, int, object]]) -> None:
    view = text_view(*START)
    for text, n, v in steps:
        parameters = {"n": n, "v": v}
        if text == "fold":
            folded(view)
        elif text in WRITES:
            if v is not None or "MERGE" not in text:
                other = WorkingView(view.version)
                for plan_view, rules in ((view, RULES), (other, PLAIN)):
                    rows(plan_view, text, rules, parameters)
                everything = "MATCH (n) RETURN n, labels(n), properties(n)"
                assert rows(view, everything, PLAIN, {}) == rows(other, everything, PLAIN, {})
        else:
            expected = rows(view, text, PLAIN, parameters)
            assert rows(view, text, RULES, parameters) == expected
            small = Options(frame_rows=1, force_mixed=True)
            assert rows(view, text, RULES, parameters, small) == expected


@pytest.mark.parametrize("text", QUESTIONS)
def test_every_question_has_an_answer(text: str) -> None:
    if "none" not in text:
        found = [
            rows(text_view(*START), text, RULES, {"n": n, "v": v}) for n, v in ((3, 3), (6, 2))
        ]
        assert any(found)


def test_a_value_that_is_written_again_is_found_once() -> None:
    view = text_view(*START)
    ran("MATCH (n) WHERE n.o IN [3, 4, 103] SET n.x = n.x, n.s = n.s", view)
    for _ in range(3):
        assert ran("MATCH (n:A {x: 3}) RETURN n.o", view).rows == [(3,), (103,), (203,), (303,)]
        found = ran("UNWIND [3, 4] AS w MATCH (n:B {x: w}) RETURN n.o", view).rows
        assert found == [(3,), (303,), (204,)]


def test_an_error_of_a_sought_value_is_that_of_the_filter() -> None:
    view = text_view(*START)
    assert ran("MATCH (n:None) WHERE n.x = 1 / 0 RETURN n", view).rows == []
