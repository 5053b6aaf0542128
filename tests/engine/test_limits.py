"""Both sides of every limit that `docs/limits.md` names, and text that is no Unicode."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seaglass.base import limits
from seaglass.base.errors import Exhausted, Invalid
from seaglass.engine.database import Database
from seaglass.engine.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seaglass.engine.live_graph import Graph

TEXT = "WITH reduce(t = 'x', i IN range(1, 26) | t + t) AS t "
LONGEST = "RETURN 1 AS x".ljust(limits.QUERY_CHARS_MAX)


@pytest.fixture(scope="module")
def graph() -> Iterator[Graph]:
    with Database.open(None) as database:
        yield database.create_graph("limits")


def nested(depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value]
    return value


WITHIN = {
    "brackets": "RETURN " + "(" * 99 + "1" + ")" * 99 + " AS x",
    "lists": "RETURN " + "[" * 99 + "1" + "]" * 99 + " AS x",
    "operators of an expression": "RETURN " + " + ".join("1" * 90) + " AS x",
    "conditions": "RETURN " + " OR ".join(["false"] * 5_000) + " AS x",
    "steps": "WITH 1 AS x " * 200 + "RETURN x",
    "characters": LONGEST,
    "integers": "RETURN [9223372036854775807, -9223372036854775808] AS x",
    "floats": "RETURN 1e308 AS x",
    "columns": "RETURN " + ", ".join(f"{number} AS c{number}" for number in range(2_000)),
    "length of a path": "MATCH p = (a)-[*1..100000]->(b) RETURN p",
    "NUL": "RETURN 'a\0b' AS x",
    "any character": "RETURN '\\uD83D\\uDE00 \U0010ffff' AS x",
    "items": "RETURN size(range(1, 10000000)) AS x",
    "characters of a text": TEXT + "RETURN size(t) AS x",
}
PAST = {
    "brackets": ("RETURN " + "(" * 100 + "1" + ")" * 100 + " AS x", "nested more than 100 deep"),
    "many brackets": ("RETURN " + "(" * 100_000 + "1", "nested more than 100 deep"),
    "many lists": ("RETURN " + "[" * 100_000, "nested more than 100 deep"),
    "many signs": ("RETURN " + "-" * 100_000 + "1", "deep"),
    "operators": ("RETURN " + "+".join("1" * 101) + " AS x", "100 operators deep"),
    "steps": ("WITH 1 AS x " * 260 + "RETURN x", "limit is 250"),
    "characters": (LONGEST + " ", "limit is 4194304"),
    "integers": ("RETURN 9223372036854775808 AS x", "does not fit in 64 bits"),
    "huge numbers": ("RETURN " + "9" * 100_000 + " AS x", "does not fit in 64 bits"),
    "floats": ("RETURN 1e309 AS x", "too large for a 64-bit float"),
    "escapes": ("RETURN '\\ud800' AS x", "half (of )?a surrogate pair"),
    "surrogates": ("RETURN '\ud800' AS x", "half (of )?a surrogate pair"),
    "items of a range": ("RETURN range(1, 10000001) AS x", "more than 10000000"),
}


@pytest.mark.parametrize("name", WITHIN)
def test_within_the_limit(graph: Graph, name: str) -> None:
    assert len(b"".join(graph.query(WITHIN[name]).json())) > 10


@pytest.mark.parametrize("name", PAST)
def test_past_the_limit(graph: Graph, name: str) -> None:
    text, message = PAST[name]
    with pytest.raises(Invalid, match=message):
        graph.query(text).rows()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TEXT + "RETURN size(t + 'x') AS x", "67,108,865 characters"),
        (TEXT + "RETURN size(replace(t, 'x', 'xy')) AS x", "134,217,728 characters"),
        (TEXT + "RETURN size(join([t, t], ',')) AS x", "134,217,730 characters"),
        ("WITH range(1, 10000000) AS l RETURN size(l + 1) AS x", "10,000,001 items"),
    ],
)
def test_a_value_past_the_limit(graph: Graph, text: str, message: str) -> None:
    with pytest.raises(Exhausted, match=message):
        graph.query(text).rows()


@pytest.mark.parametrize("depth", [500, 100_000])
def test_values_that_a_query_nests_too_deep(graph: Graph, depth: int) -> None:
    for step in ("{a: s}", "[s]"):
        text = f"RETURN reduce(s = 0, x IN range(1, {depth}) | {step}) AS v"
        for read in (Result.rows, Result.arrow, lambda result: list(result.json())):
            with pytest.raises(Invalid, match="nested too deep"):
                read(graph.query(text))
        assert graph.queries() == []


@pytest.mark.parametrize(
    "text",
    [
        "RETURN reduce(s = 0, x IN range(1, 60) | [s, s]) AS v",
        "RETURN reduce(s = 0, x IN range(1, 60) | {a: s, b: [s]}) AS v",
        "WITH [1] AS a " + "WITH [a, a] AS a " * 60 + "RETURN size(a) AS v",
    ],
)
def test_values_that_double_with_each_step(graph: Graph, text: str) -> None:
    # Each is small in memory, and would be 2 ** 60 items for all that goes through it.
    with pytest.raises(Exhausted, match="memory"):
        graph.query(text).rows()


def test_parameters(graph: Graph) -> None:
    text = "RETURN $p AS x"
    for value in (2**63 - 1, -(2**63), nested(128), "a\0b", "\U0001f600"):
        assert graph.query(text, {"p": value}).rows() == [{"x": value}]
    for value, message in (
        (2**63, "does not fit in 64 bits"),
        (nested(129), "deeper than 128"),
        (nested(50_000), "deeper than 128"),
        ("\ud800", "surrogate"),
        ({"\udfff": 1}, "surrogate"),
    ):
        with pytest.raises(Invalid, match=message):
            graph.query(text, {"p": value}).rows()
