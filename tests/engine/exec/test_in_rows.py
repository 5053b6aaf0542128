"""What is a step of Python for each row is done for some rows at a time: the same answer, and the query
may end between."""

from __future__ import annotations

import numpy as np
import pytest

from seaglass.engine.exec.expressions import growing, membership, paths, text_parts
from seaglass.engine.exec.operators import create
from seaglass.engine.exec.run import run
from seaglass.engine.values import column as cols
from seaglass.engine.values import equality, order, parts
from seaglass.engine.values.lists import listed
from tests.engine.exec.tools import (
    Never,
    WorkingView,
    compile_query,
    context_of,
    ran,
    text_view,
)

ROWS = 100
EXPRESSIONS = (
    "duration({days: x, hours: x % 5})",
    "date('2020-01-' + (10 + x % 20))",
    "datetime({epochMillis: x})",
    "valueType(CASE x % 2 WHEN 0 THEN x ELSE 'a' END)",
    "CASE x % 2 WHEN 0 THEN x ELSE x + 0.5 END * 3",
    "CASE x % 2 WHEN 0 THEN x ELSE 'a' END < 7",
    "[x, x % 3] = [1, 2]",
    "[x, 'a', null] = [x, 'a', x % 2]",
)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_the_same_as_at_once(expression: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"UNWIND range(1, {ROWS}) AS x RETURN {expression} AS y"
    whole = ran(text).rows
    monkeypatch.setattr(text_parts, "_PART_ROWS", 7)
    assert ran(text).rows == whole


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_query_may_end_between(expression: str, monkeypatch: pytest.MonkeyPatch) -> None:
    query = compile_query(f"UNWIND range(1, {ROWS}) AS x RETURN {expression} AS y")

    def looks() -> int:
        context = context_of()
        assert sum(frame.rows for frame in run(query, context)) == ROWS
        assert isinstance(context.interrupt, Never)
        return context.interrupt.checks

    few = looks()
    monkeypatch.setattr(text_parts, "_PART_ROWS", 7)
    assert looks() >= few + ROWS // 7


STEPS = {
    "percentiles": (
        "UNWIND range(1, 600) AS x RETURN percentileCont(x, 0.3) AS a, percentileDisc(x / 2.0, 1) AS b",
        ((order, "_MANY_ROWS"), (parts, "FAR_ROWS"), (parts, "PART_ROWS")),
    ),
    "percentiles of groups": (
        "UNWIND range(1, 600) AS x RETURN x % 7 AS k, percentileCont(-x, 0.3) AS a",
        ((order, "_MANY_ROWS"), (parts, "FAR_ROWS"), (parts, "PART_ROWS")),
    ),
    "new ids": (
        "UNWIND range(1, 600) AS x CREATE (a:A {x: x}) RETURN a.x AS x",
        ((create, "_IDS_AT_ONCE"),),
    ),
    "paths": (
        "MATCH p = (a)-[:R]->(b) RETURN length(p) AS l, nodes(p) AS n",
        ((paths, "_BATCH_VALUES"),),
    ),
    "lists that are compared": (
        "WITH range(1, 600) AS l, range(1, 600) AS m RETURN l = m AS a, l < m AS b, l <> m + 1 AS c",
        ((equality, "_MANY_ITEMS"),),
    ),
    "a list that is looked in": (
        "WITH ['b'] + range(1, 600) AS l UNWIND ['a', 600, null, [599]] AS x RETURN x IN l AS a",
        ((membership, "_ITEMS_AT_ONCE"),),
    ),
    "a list of numbers that is looked in": (
        "WITH ['b'] + range(1, 600) AS l UNWIND range(1, 20) AS x RETURN x IN l AS a",
        ((membership, "_ITEMS_AT_ONCE"),),
    ),
    "map projections": (
        "MATCH (a)-[r]->(b) RETURN a {.*, b: b.x} AS m",
        ((growing, "_BATCH_VALUES"),),
    ),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_has_a_bounded_number_of_rows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    text, limits = STEPS[name]
    query = compile_query(text)
    version = text_view(
        "UNWIND range(1, 300) AS x CREATE (:S {x: x})-[:R]->(:T {x: -x})-[:R]->(:U)"
    ).version

    def ran_with() -> tuple[list[object], int]:
        context = context_of(WorkingView(version))
        frames = list(run(query, context))
        assert isinstance(context.interrupt, Never)
        found = [frame.columns[name].to_list() for frame in frames for name in query.columns]
        return found, context.interrupt.checks

    whole, few = ran_with()
    for module, limit in limits:
        monkeypatch.setattr(module, limit, 16)
    again, many = ran_with()
    assert again == whole
    assert many >= few + 600 // 16 - 2


def test_of_long_paths_few_rows_are_objects_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    length, rows = 30, 40
    lists = listed(np.full(rows, length), cols.edges(np.zeros(rows * length, np.int64)))
    nodes = cols.nodes(np.zeros(rows, np.int64))
    sizes: list[int] = []
    values_of = paths.values_of

    def seen(column: cols.Column, count: int) -> object:
        sizes.append(count)
        return values_of(column, count)

    monkeypatch.setattr(paths, "values_of", seen)
    monkeypatch.setattr(paths, "_BATCH_VALUES", 100)
    assert len(list(paths._rows([nodes, lists, nodes], rows))) == rows
    assert max(sizes) == 100 // (length + 3)
