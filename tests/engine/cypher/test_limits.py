"""The limits of a query, each at limit - 1, limit and limit + 1: a clean error, and never a
RecursionError.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seaglass.base.errors import Invalid
from seaglass.base.limits import (
    QUERY_CHARS_MAX,
    QUERY_COPIES_MAX,
    QUERY_DEPTH_MAX,
    QUERY_OPERATORS_MAX,
    QUERY_SUBQUERY_DEPTH,
)
from seaglass.engine.cypher.compile import compile as compile_query
from seaglass.engine.exec.context import Options
from tests.engine.exec.tools import ran, text_view

if TYPE_CHECKING:
    from collections.abc import Callable


def _chars(count: int) -> str:
    return "RETURN 1" + " " * (count - 8)


def _brackets(count: int) -> str:
    # The innermost literal is one level too.
    return "RETURN " + "(" * (count - 1) + "1" + ")" * (count - 1)


def _sums(count: int) -> str:
    return "RETURN 1" + " + 1" * (count - 1)


def _operators(count: int) -> str:
    # The last is the projection.
    return "".join(f"UNWIND $l AS x{number} " for number in range(count - 1)) + "RETURN 1"


def _copies(count: int) -> str:
    return "RETURN CASE $x" + " WHEN 1 THEN 2" * (count + 1) + " END"


def _branches(count: int) -> str:
    # Each is one projection; the first operator joins them.
    return " UNION ALL ".join(["RETURN 1 AS x"] * (count - 1))


def _subqueries(levels: int) -> str:
    inner = "RETURN 1 AS x"
    for _ in range(levels):
        inner = f"MATCH (n) WHERE EXISTS {{ {inner} }} RETURN n"
    return inner


@pytest.mark.parametrize(
    ("query", "limit"),
    [
        (_chars, QUERY_CHARS_MAX),
        (_brackets, QUERY_DEPTH_MAX),
        (_sums, QUERY_DEPTH_MAX),
        (_operators, QUERY_OPERATORS_MAX),
        (_copies, QUERY_COPIES_MAX),
        (_branches, QUERY_OPERATORS_MAX),
    ],
)
def test_limit(query: Callable[[int], str], limit: int) -> None:
    compile_query(query(limit - 1))
    compile_query(query(limit))
    with pytest.raises(Invalid) as caught:
        compile_query(query(limit + 1))
    assert caught.value.kind == "query_too_large"
    assert str(limit) in caught.value.message


@pytest.mark.parametrize(
    "query",
    [
        "RETURN " + "[" * 100_000,
        "RETURN " + "(" * 100_000,
        "RETURN " + "{a: " * 100_000,
        "RETURN " + "NOT " * 100_000 + "true",
        "RETURN " + "- " * 100_000 + "$a",
        "RETURN " + "CASE " * 100_000,
        "RETURN " + "size(" * 100_000,
        "RETURN $a" + ".b" * 100_000,
        "RETURN $a" + "[0]" * 100_000,
        "RETURN $a" + " IS NULL" * 100_000,
        "RETURN 1" + " ^ 1" * 100_000,
        "RETURN " + "1 < (" * 60 + "1" + ") < 2" * 60,
        "RETURN " + "CASE " * 60 + "1" + " WHEN 1 THEN 1 WHEN 2 THEN 2 END" * 60,
        "MATCH (a)" + "-->()" * 20_000 + " RETURN a",
        "MATCH " + ", ".join(f"(a{number})" for number in range(20_000)) + " RETURN 1",
    ],
    ids=range(15),
)
def test_deep_or_long_queries_are_refused(query: str) -> None:
    with pytest.raises(Invalid) as caught:
        compile_query(query)
    assert caught.value.kind in ("query_too_large", "malformed_query")


def test_long_lists_and_many_creates_are_no_problem() -> None:
    compile_query("UNWIND [" + ", ".join(map(str, range(20_000))) + "] AS x RETURN x")
    compile_query(" ".join(f"CREATE (a{number}:L {{x: {number}}})" for number in range(2_000)))


def test_nested_subqueries_stay_inside_the_stack() -> None:
    most = (QUERY_DEPTH_MAX - 1) // (QUERY_SUBQUERY_DEPTH + 1)
    view = text_view("CREATE (:A)")
    for options in (Options(), Options(force_mixed=True)):
        assert len(ran(_subqueries(most), view, options).rows) == 1
    called = "RETURN 1 AS x"
    for level in range(QUERY_DEPTH_MAX // QUERY_SUBQUERY_DEPTH):
        called = f"CALL {{ {called} }} RETURN x{level - 1 if level else ''} AS x{level}"
    assert ran(called).rows == [(1,)]
    for text in (_subqueries(most + 1), f"CALL {{ {called} }} RETURN 1"):
        with pytest.raises(Invalid) as caught:
            compile_query(text)
        assert caught.value.kind == "query_too_large"


def test_patterns_in_expressions_count() -> None:
    # Each is two operators; the last one is the projection.
    most = (QUERY_OPERATORS_MAX - 2) // 2
    compile_query(f"MATCH (a) WHERE {' AND '.join(['(a)-->()'] * (most - 1))} RETURN a")
    with pytest.raises(Invalid) as caught:
        compile_query(f"MATCH (a) WHERE {' AND '.join(['(a)-->()'] * (most + 1))} RETURN a")
    assert caught.value.kind == "query_too_large"
